"""``kith migrate``."""

from __future__ import annotations

import argparse

from kith.app.commands import Failure, Groups, add_data, command, say, start_django
from kith.app.words import _


def add(groups: Groups) -> None:
    help = _("Bring the database to this version: copy, change, check; back to the copy when a step fails")
    add_data(command(groups, "migrate", help, run, "kith migrate"))


def run(args: argparse.Namespace) -> None:
    settings = start_django(args, migrated=False)
    from django.db import DatabaseError

    from kith.app.migrating import MigrationFailed, migrate

    try:
        count = migrate(settings.data, say)
    except (MigrationFailed, DatabaseError, OSError) as error:
        raise Failure(str(error)) from None
    say(_("Done: {count} steps").format(count=count) if count else _("The database is up to date"))
