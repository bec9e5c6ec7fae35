"""The ``kith`` command, one file per group. Each has ``add(groups)``, which declares it, and functions that do it.

Nothing of Django is imported at the top of these files: ``kith version`` and ``--help`` must answer at once.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from kith.app import config
from kith.app.words import _

Groups = Any  # argparse's own type for subparsers is private
Run = Callable[[argparse.Namespace], int | None]


class Failure(Exception):
    """The command could not be done: the message goes to stderr, the exit status is 1."""

    status = 1


class WrongUsage(Failure):
    """The command was given what it cannot take, found out only once Kith had started; the exit status is 2."""

    status = 2


def command(groups: Groups, name: str, help: str, run: Run | None, example: str) -> argparse.ArgumentParser:
    """Declare a command. ``example`` is shown under its ``--help``; ``run`` answers the exit status, None being 0."""
    parser: argparse.ArgumentParser = groups.add_parser(
        name,
        help=help,
        description=help,
        epilog=_("Example:") + f"\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    """``--data``, which every command that touches an installation has."""
    parser.add_argument("--data", metavar="DIR", help=_("folder of the database and files (default: KITH_DATA)"))


def use_data(args: argparse.Namespace) -> config.Config:
    """The settings, with ``--data`` taken into account. A setting that cannot be used is a :class:`Failure`."""
    if getattr(args, "data", None):
        config.override("KITH_DATA", args.data)
    try:
        return config.current()
    except config.ConfigError as wrong:
        raise Failure(str(wrong)) from None


def start_django(args: argparse.Namespace, *, migrated: bool = True) -> config.Config:
    """Settings, Django, and (unless ``migrated`` is false) a database that is ready; else a :class:`Failure` that says
    what to do.
    """
    settings = use_data(args)
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kith.app.settings")
    import django
    from django.db import DatabaseError

    django.setup(set_prefix=False)
    if migrated:
        from kith.app.migrating import pending

        try:
            steps = pending()
        except DatabaseError as error:
            raise Failure(_("The database does not answer: {error}").format(error=error)) from None
        if steps:
            raise Failure(_("The database is not ready for this version. Run: kith migrate"))
    return settings


def say(message: str) -> None:
    """A message for the person at the terminal."""
    print(message, file=sys.stderr, flush=True)


def show(value: object) -> None:
    """Data as JSON on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str), flush=True)


def meter() -> Callable[[str, int, int], None]:
    """What to tell of long work, at a terminal only: what is done, how many, of how many (0: not known)."""
    if not sys.stderr.isatty():
        return lambda _what, _done, _total: None
    shown, at = "", 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal shown, at
        now = time.monotonic()
        if what == shown and now - at < 0.2 and done != total:
            return
        new = "\n" if shown not in ("", what) else "\r"
        shown, at = what, now
        part = f"{done * 100 // total} %" if total else f"{done:,}" if done else "…"
        print(f"{new}\033[K{what}: {part}", end="\n" if total and done == total else "", file=sys.stderr, flush=True)
        if total and done == total:
            shown = ""

    return tell


def table(rows: list[tuple[str, ...]]) -> None:
    """Data as aligned columns on stdout, the first row being the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
