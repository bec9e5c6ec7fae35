"""Bringing the tables to this version: one process at a time, a backup first, and back to it when a step fails."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

from kith.app.words import _
from kith.kernel.outside import clock

BEFORE: Final = "before-migration"
KEPT: Final = 5  # backups from before migrations
_LOCK = 5_641_073  # any number, the same in every process

Say = Callable[[str], None]


class MigrationFailed(Exception):
    """The tables are as they were before, as far as the database can do that; the message says which."""


def pending() -> list[Migration]:
    """The migrations that this version has and the database has not; loads every migration file (0.1 s)."""
    executor = MigrationExecutor(connection)
    return [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def migrate(data: Path, say: Say, *, backup: bool = True) -> int:
    """Apply what is pending and check it. Returns how many migrations were applied; raises :class:`MigrationFailed`.

    Without ``backup`` there is no way back: for whoever has just put one back.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(data):
        steps = pending()
        if not steps:
            return 0
        fresh = not connection.introspection.table_names()
        kept = _before(data, say) if backup and not fresh else None
        say(_("Preparing the database: {count} steps").format(count=len(steps)))
        if fresh and connection.vendor == "mysql":
            exact_text()
        # PostgreSQL takes table changes back, so all steps hold or none. SQLite cannot switch its foreign keys off
        # inside a transaction and goes back to the copy; MariaDB commits at every change of a table.
        whole = connection.vendor == "postgresql" and all(step.atomic for step in steps)
        try:
            with transaction.atomic() if whole else nullcontext():
                call_command("migrate", interactive=False, verbosity=0)
                connection.check_constraints()
            if pending():
                raise MigrationFailed(_("some steps were not taken"))
        except Exception as error:
            raise MigrationFailed(_failure(error, kept, whole, say)) from error
        mend(say)
        return len(steps)


def mend(say: Say) -> None:
    """Make anew what is derived and lies in the database itself: a table that SQLite had to write anew has lost it.

    Nothing that is lost when this fails, so nothing is rolled back for it.
    """
    from kith.kernel.records import index
    from kith.kernel.schema.load import current
    from kith.kernel.search import engines

    try:
        engines.install()
        index.sync(current())
    except DatabaseError as error:
        say(_("The indexes could not be made ({error}). Run: kith rebuild indexes").format(error=error))


def _before(data: Path, say: Say) -> Path | None:
    """Look whether it can go well, and keep everything as it is now."""
    from kith.app.backup import archive, make, sqlite, tables, verify

    if newer := tables.unknown(tables.applied()):
        text = _("A newer version of Kith has used this database ({names}). Use that version, or restore a backup.")
        raise MigrationFailed(text.format(names=", ".join(f"{app}.{name}" for app, name in newer[:3])))
    folder = data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        make.enough_room(folder)
        if place := sqlite.path():
            if wrong := sqlite.sound(place, quick=True):
                text = _("The database is damaged and was left as it is: {what}. Restore a backup.")
                raise MigrationFailed(text.format(what=wrong))
            kept = folder / f"{BEFORE}-{clock.stamp()}.db"
            connection.close()
            sqlite.copy(place, kept)
            say(_("Copied the database to {file}").format(file=kept))
        elif connection.vendor == "sqlite":
            return None  # in memory
        else:
            kept = folder / f"{BEFORE}-{clock.stamp()}.zip"
            make.make(kept, whole=True)
            verify.verify(kept)
            say(_("Backed up the database to {file}").format(file=kept))
    except (make.CannotBackUp, archive.Damaged) as error:
        raise MigrationFailed(
            _("Nothing was changed, because there is no backup: {error}").format(error=error)
        ) from None
    for old in sorted(folder.glob(f"{BEFORE}-*"))[:-KEPT]:
        old.unlink()
    return kept


def _failure(error: Exception, kept: Path | None, whole: bool, say: Say) -> str:
    """Go back, and say how it stands."""
    back = whole
    if kept is not None and not whole:
        try:
            _put_back(kept, say)
            back = True
        except Exception as another:
            say(_("The backup {file} could not be put back: {error}").format(file=kept, error=another))
    if back:
        return _("The database could not be brought to this version and is as it was before: {error}").format(
            error=error
        )
    return _(
        "The database could not be brought to this version: {error}. Restore your backup, then run the version before."
    ).format(error=error)


def _put_back(kept: Path, say: Say) -> None:
    from kith.app.backup import restore, sqlite
    from kith.app.backup.archive import Reader

    if kept.suffix == ".db":
        sqlite.put_back(kept, Path(str(connection.settings_dict["NAME"])))
        return
    with Reader(kept) as archive:
        restore.put_rows(archive)
    mend(say)  # the archive holds rows; what lies in the tables themselves is made from them


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


def exact_text() -> None:
    """Let the tables of a new MariaDB database compare text byte by byte (see ``databases``)."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    _execute(f"ALTER DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
