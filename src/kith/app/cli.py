"""The ``kith`` command. Exit status 0 is done, 1 failed, 2 wrong usage; data goes to stdout, messages to stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from kith.app.commands import (
    Failure,
    backup,
    doctor,
    imports,
    migrate,
    rebuild,
    serve,
    settings,
    token,
    user,
    version,
    work,
)
from kith.app.words import _


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = argparse.ArgumentParser(
        prog="kith",
        description=_("A customer relationship platform that a company owns"),
        epilog=_("Help on one command: kith COMMAND --help"),
    )
    groups = made.add_subparsers(metavar="COMMAND", required=True)
    for group in (serve, work, user, token, imports, backup, migrate, rebuild, doctor, settings, version):
        group.add(groups)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit status. ``argv`` without the program's name."""
    args = parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except Failure as failure:
        print(f"kith: {failure}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        print(_("Stopped"), file=sys.stderr)
        return 1
    except BrokenPipeError:  # `kith user list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
