"""``kith rebuild``: writes anew what can be made out of the records."""

from __future__ import annotations

import argparse

from kith.app.commands import Failure, Groups, add_data, command, meter, say, start_django
from kith.app.words import _

WHAT = ("search", "indexes", "derived")


def add(groups: Groups) -> None:
    help = _("Write search, indexes or computed values anew, while Kith runs; nothing of yours is changed")
    parser = command(groups, "rebuild", help, run, "kith rebuild search")
    parser.add_argument("what", choices=WHAT)
    add_data(parser)


def run(args: argparse.Namespace) -> None:
    start_django(args)
    from django.db import DatabaseError

    from kith.kernel.accounts.context import system
    from kith.kernel.records import rebuild

    ctx, show = system("command"), meter()
    total = {spec.name: 0 for spec in ctx.schema}

    def told(name: str, count: int) -> None:
        total[name] = count
        show(name, count, 0)

    try:
        if args.what == "search":
            count = rebuild.search(ctx, told)
            text = _("{count} records can be found").format(count=count)
        elif args.what == "indexes":
            made, gone = rebuild.indexes(ctx, told)
            text = _("{made} indexes made, {gone} dropped, the values of {count} records noted").format(
                made=len(made), gone=len(gone), count=sum(total.values())
            )
        else:
            text = _("{count} computed values").format(count=rebuild.derived(ctx, told))
    except DatabaseError as error:
        raise Failure(str(error)) from None
    say(text)
