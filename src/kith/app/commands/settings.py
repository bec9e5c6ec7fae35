"""``kith config show``."""

from __future__ import annotations

import argparse

from kith.app import config
from kith.app.commands import Groups, add_data, command, show, table, use_data
from kith.app.words import _


def add(groups: Groups) -> None:
    group = command(groups, "config", _("The settings of this installation"), None, "kith config show")
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    parser = command(
        verbs, "show", _("Print every setting and where it comes from, secrets masked"), run, "kith config show --json"
    )
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    add_data(parser)


def run(args: argparse.Namespace) -> None:
    settings = config.explain(use_data(args))
    if args.json:
        show([{"name": name, "value": value, "source": source} for name, value, source in settings])
    else:
        table([(_("Setting"), _("Value"), _("Source")), *settings])
