"""``kith token``: keys for programs."""

from __future__ import annotations

import argparse

from kith.app.commands import Failure, Groups, add_data, command, say, start_django
from kith.app.words import _


def add(groups: Groups) -> None:
    group = command(
        groups, "token", _("Keys with which programs use the API"), None, "kith token add mara@example.com --name sync"
    )
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    example = "kith token add mara@example.com --name sync --scope write --objects contacts,deals"
    parser = command(verbs, "add", _("Make a token that acts for a user, and print it once"), run, example)
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--name", required=True, help=_("what it is for"))
    parser.add_argument(
        "--scope", choices=("read", "write", "admin"), default="read", help=_("what it may do at most (default: read)")
    )
    parser.add_argument("--objects", default="", help=_("objects it may touch, with commas (default: all)"))
    add_data(parser)


def run(args: argparse.Namespace) -> None:
    start_django(args)
    from kith.app import people

    objects = [name.strip() for name in args.objects.split(",") if name.strip()]
    try:
        token = people.add_token(people.find(args.email), args.name, args.scope, objects)
    except people.Refused as refused:
        raise Failure(str(refused)) from None
    print(token)
    say(_("Keep it now: it cannot be shown again"))
