"""``kith worker`` and ``kith scheduler``: the parts of ``kith serve`` that are not pages, for many machines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kith.app.commands import Groups, add_data, command, say, start_django
from kith.app.words import _


def add(groups: Groups) -> None:
    help = _("Do the jobs and follow the events; as many of these as you like")
    worker = command(groups, "worker", help, run_worker, "kith worker --threads 2")
    worker.add_argument("--threads", type=_positive, default=1, help=_("jobs at the same time (default: 1)"))
    scheduler = command(
        groups, "scheduler", _("Start what happens by the clock; one is enough, a second takes over"), run_scheduler,
        "kith scheduler",
    )  # fmt: skip
    for parser in (worker, scheduler):
        add_data(parser)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1"))
    return number


def run_worker(args: argparse.Namespace) -> None:
    from kith.app import background

    _run(args, [background.SEALER, background.HANDLERS, *[background.WORKER] * args.threads])


def run_scheduler(args: argparse.Namespace) -> None:
    from kith.app import background

    _run(args, [background.SCHEDULER])


def _run(args: argparse.Namespace, loops: Sequence[str]) -> None:
    from kith.app import background

    start_django(args)
    background.run(loops, ready=lambda: say(_("At work. Stop with Ctrl-C.")))
    say(_("Stopped"))
