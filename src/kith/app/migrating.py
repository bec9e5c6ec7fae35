"""Bringing the tables to this version: one process at a time, a copy first, and back to the copy when a step fails."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

from kith.app.words import _

KEPT = 5  # copies of a SQLite database from before migrations
_LOCK = 5_641_073  # any number, the same in every process

Say = Callable[[str], None]


class MigrationFailed(Exception):
    """The tables are as they were before, as far as the database can do that; the message says which."""


def pending() -> list[Migration]:
    """The migrations that this version has and the database has not; loads every migration file (0.1 s)."""
    executor = MigrationExecutor(connection)
    return [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def migrate(data: Path, say: Say) -> int:
    """Apply what is pending and check it. Returns how many migrations were applied; raises :class:`MigrationFailed`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(data):
        steps = pending()
        if not steps:
            return 0
        say(_("Preparing the database: {count} steps").format(count=len(steps)))
        fresh = not connection.introspection.table_names()
        if connection.vendor == "mysql":
            _exact_text(fresh)
        copy = None if fresh else _copy(data, say)
        try:
            # PostgreSQL takes table changes back, so all steps hold or none. SQLite cannot switch its foreign keys off
            # inside a transaction and goes back to the copy; MariaDB commits at every change of a table.
            whole = connection.vendor == "postgresql" and all(step.atomic for step in steps)
            with transaction.atomic() if whole else nullcontext():
                call_command("migrate", interactive=False, verbosity=0)
            connection.check_constraints()
        except Exception as error:
            raise MigrationFailed(_failure(error, copy, whole)) from error
        return len(steps)


def _failure(error: Exception, copy: Path | None, whole: bool) -> str:
    if copy is not None:
        _put_back(copy)
    if copy is not None or whole:
        return _("The database could not be brought to this version and is as it was before: {error}").format(
            error=error
        )
    return _(
        "The database could not be brought to this version: {error}. Restore your backup, then run the version before."
    ).format(error=error)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Wait until no other process migrates this database, on this machine (a file) or on another (the database's own
    lock).
    """
    with (data / "migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        take, give = {
            "postgresql": (f"SELECT pg_advisory_lock({_LOCK})", f"SELECT pg_advisory_unlock({_LOCK})"),
            "mysql": (f"SELECT GET_LOCK('kith-{_LOCK}', 600)", f"SELECT RELEASE_LOCK('kith-{_LOCK}')"),
        }.get(connection.vendor, ("", ""))
        _execute(take)
        try:
            yield
        finally:
            _execute(give)


def _execute(statement: str) -> None:
    if statement:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _exact_text(fresh: bool) -> None:
    """Let the tables of a new MariaDB database compare text byte by byte (see ``databases``)."""
    if fresh:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        _execute(f"ALTER DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def _copy(data: Path, say: Say) -> Path | None:
    """A consistent copy of a SQLite database in ``DIR/backups``; None for the others and for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not Path(name).is_file():
        return None
    folder = data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"before-migration-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    connection.close()
    with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)
    say(_("Copied the database to {file}").format(file=copy))
    for old in sorted(folder.glob("before-migration-*.db"))[:-KEPT]:
        old.unlink()
    return copy


def _put_back(copy: Path) -> None:
    """Write the copy over the database, through SQLite itself, so that the write-ahead log is right, too."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(name)) as target:
        source.backup(target)
