"""Putting a backup back: into an empty installation, on whichever of the databases that one uses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from kith.app import config, migrating
from kith.app.backup import sqlite, tables
from kith.app.backup.archive import Damaged, Reader, Told, quiet, safe
from kith.app.backup.make import SECRET_KEY, SETTINGS, files_folder, make
from kith.app.backup.verify import lines, readable, unpacked, verify
from kith.app.words import _
from kith.kernel.events.verify import verify as verify_log
from kith.kernel.kit.secret_file import write_secret
from kith.kernel.outside import clock

BEFORE: Final = "before-restore"
Source = Iterable[tuple[Any, list[str], Iterable[bytes]]]  # model, its columns, its rows


class CannotRestore(Exception):
    """Nothing was changed, unless the message says so."""


@dataclass(slots=True)
class Restored:
    """What came back, and what a person should know."""

    manifest: dict[str, Any]
    rows: int = 0
    files: int = 0
    events: int = 0
    kept: Path | None = None  # the backup of what was there before
    remarks: list[str] = field(default_factory=list)


def restore(file: Path, *, force: bool = False, told: Told = quiet) -> Restored:
    """Put the backup back. What is there is only written over with ``force``, and only after it was backed up itself.

    Raises :class:`CannotRestore`, :class:`Damaged`, ``sqlite.InUse`` or ``OSError``.
    """
    with Reader(file) as archive:
        readable(archive)
        refuse_newer(archive.manifest)
        verify(file, told)
        done = Restored(archive.manifest, rows=sum(archive.manifest["tables"].values()))
        settings = config.current()
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if strangers := _strangers(archive.manifest):
            text = _("The database has tables that are not Kith's ({names}). Give Kith a database of its own.")
            raise CannotRestore(text.format(names=", ".join(strangers[:5])))
        if _anybody_else():
            raise CannotRestore(
                _("The database is in use. Stop Kith and everything else that uses it, then try again.")
            )
        if in_use := occupied():
            if not force:
                raise CannotRestore(in_use)
            done.kept = settings.data / "backups" / f"{BEFORE}-{clock.stamp()}.zip"
            make(done.kept, secret=True, told=told)
        _database(archive, settings.data, done.kept, told)
        done.files = _files(archive, told)
        done.remarks += [*_secret_key(archive, settings), *_settings(archive), *_left_out(archive)]
        finish(told, documents=archive.manifest["kind"] != "sqlite" or connection.vendor != "sqlite")
        _compare(archive.manifest)
        verdict = verify_log()
        if not verdict.ok:
            text = _("Number {seq} of the log is not what was written ({reason}).")
            done.remarks.append(text.format(seq=verdict.seq, reason=verdict.reason))
        done.events = verdict.checked
        return done


def occupied() -> str:
    """Why nothing may be put here: a company is here already. "" when there is none."""
    from django.contrib.auth import get_user_model

    from kith.kernel.events.models import Event

    present = set(connection.introspection.table_names()) if connection.vendor != "sqlite" or sqlite.path() else set()
    for model in (get_user_model(), Event):
        if model._meta.db_table in present and model._default_manager.exists():
            return _("There is a company here already. Use an empty folder or database, or --force to replace it.")
    return ""


def refuse_newer(manifest: dict[str, Any]) -> None:
    """Raise :class:`CannotRestore` when a newer version made it: its tables are unknown here."""
    if tables.unknown((app, name) for app, name in manifest["migrations"]):
        text = _("This backup was made by Kith {version}, which is newer. Restore it with that version.")
        raise CannotRestore(text.format(version=manifest["kith"]))


def put_rows(archive: Reader, told: Told = quiet) -> None:
    """Replace all tables of this database by those of the archive, as they were; not for a SQLite file into SQLite.

    On PostgreSQL all or nothing. MariaDB cannot take table changes back: when it fails there, half is there.
    """
    manifest = archive.manifest
    migrations = [(app, name) for app, name in manifest["migrations"]]
    if manifest["kind"] == "sqlite":
        with unpacked(archive, config.current().data) as copy, sqlite.beside(copy) as alias, transaction.atomic(alias):
            _replace(migrations, _out_of_database(migrations, manifest["tables"], alias), manifest["tables"], told)
    else:
        _replace(migrations, _out_of_archive(migrations, archive), manifest["tables"], told)


def finish(told: Told = quiet, *, documents: bool = True) -> None:
    """Bring the tables to this version, end sessions and leases, and write anew what is derived."""
    remarks: list[str] = []
    if not migrating.migrate(config.current().data, remarks.append, backup=False):
        migrating.mend(remarks.append)
    with connection.cursor() as cursor:
        for table in ("django_session", "kith_lease"):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  (names of ours)
    if documents:
        from kith.kernel.accounts.context import system
        from kith.kernel.records import rebuild

        rebuild.search(system("command"), lambda name, done: told(name, done, 0))


def _database(archive: Reader, data: Path, kept: Path | None, told: Told) -> None:
    place = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite":
        try:
            put_rows(archive, told)
        except Exception as error:
            if kept is None or connection.vendor == "postgresql":
                raise CannotRestore(_("The backup could not be put back: {error}").format(error=error)) from error
            with Reader(kept) as before:  # what was there, as it was
                put_rows(before, told)
            raise CannotRestore(
                _("The backup could not be put back; what was there is there again: {error}").format(error=error)
            ) from error
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if archive.manifest["kind"] == "sqlite":
        with unpacked(archive, place.parent) as copy:
            copy.chmod(0o600)
            sqlite.exchange(copy, place)
        return
    made = place.with_name(f".{place.name}.{os.getpid()}.restored")
    try:
        with sqlite.instead(made):
            put_rows(archive, told)
        made.chmod(0o600)
        sqlite.exchange(made, place)
    finally:
        for side in ("", *sqlite.SIDES):
            made.with_name(made.name + side).unlink(missing_ok=True)


def _replace(migrations: list[tables.Key], source: Source, counts: dict[str, int], told: Told) -> None:
    whole = connection.vendor == "postgresql"
    with transaction.atomic() if whole else nullcontext():
        _drop()
        _shape(migrations)
        models = tables.models_of(migrations)
        with _unchecked(), nullcontext() if whole else transaction.atomic():
            tables.empty(models)
            for model, columns, rows in source:
                name = model._meta.db_table
                count = tables.write(model, columns, rows, lambda at, name=name: told(name, at, counts[name]))  # type: ignore[misc]
                if count != counts[name]:
                    raise Damaged(name)
            tables.reset_sequences(models)
        connection.check_constraints()


def _out_of_archive(migrations: list[tables.Key], archive: Reader) -> Source:
    for model in _held(migrations, archive.manifest["tables"]):
        rows = lines(archive, model._meta.db_table, head=True)
        yield model, json.loads(next(iter(rows))), rows


def _out_of_database(migrations: list[tables.Key], counts: dict[str, int], alias: str) -> Source:
    for model in _held(migrations, counts):
        yield model, [str(one.column) for one in tables.columns(model)], tables.rows(model, alias)


def _held(migrations: list[tables.Key], counts: dict[str, int]) -> list[Any]:
    return [one for one in tables.kept(migrations, whole=True) if one._meta.db_table in counts]


def _drop() -> None:
    """Every table there is; whose they are was asked before."""
    names = connection.introspection.table_names()
    quote = connection.ops.quote_name
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE {quote(name)}{' CASCADE' if connection.vendor == 'postgresql' else ''}")


def _shape(migrations: list[tables.Key]) -> None:
    """Empty tables as those migrations leave them."""
    if connection.vendor == "mysql":
        migrating.exact_text()  # a database made for it has the server's collation
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    wanted = set(migrations) & set(executor.loader.graph.nodes)
    if wanted == set(executor.loader.graph.nodes):
        call_command("migrate", interactive=False, verbosity=0)  # also makes tables of apps that have no migrations
        return
    nodes = executor.loader.graph.node_map
    last = [one for one in wanted if not any(child.key in wanted for child in nodes[one].children)]
    executor.migrate(last)


@contextmanager
def _unchecked() -> Iterator[None]:
    """Rows may come before those they refer to: looked at when all are there."""
    if connection.vendor == "postgresql":  # its migrations, in the same transaction, made some immediate
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    if connection.vendor != "mysql":
        yield
        return
    connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


def _strangers(manifest: dict[str, Any]) -> list[str]:
    if connection.vendor == "sqlite":
        return []
    every = tables.models_of([*tables.applied(), *((app, name) for app, name in manifest["migrations"])])
    known = {"django_migrations", *manifest["tables"], *tables.LEFT_OUT, *(one._meta.db_table for one in every)}
    return sorted(
        one for one in connection.introspection.table_names() if one not in known and not one.startswith("kith_")
    )


def _anybody_else() -> bool:
    """Whether another connection uses this database; for SQLite the exchange of the file finds out."""
    question = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    }.get(connection.vendor)
    if question is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


def _files(archive: Reader, told: Told) -> int:
    root = files_folder()
    names = [one for one in archive.members if one.startswith("files/")]
    if root is None or not names:
        return 0
    for number, name in enumerate(names, 1):
        place = root / safe(name.removeprefix("files/"))
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.partial")
        with archive.open(name) as source, part.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        part.chmod(0o600)
        os.replace(part, place)
        told(_("Files"), number, len(names))
    return len(names)


def _secret_key(archive: Reader, settings: config.Config) -> Iterator[str]:
    """Put the secret key back where one is in the backup, and say what follows where none is."""
    if SECRET_KEY not in archive.members:
        yield _(
            "The backup has no secret key: people with a second factor need it reset (kith user mfa-reset), unless you"
            " set the KITH_SECRET_KEY of the old installation."
        )
        return
    with archive.open(SECRET_KEY) as source:
        key = source.read().decode("ascii").strip()
    if settings.secret_key == key:
        return
    path = settings.data / "secret_key"
    if settings.secret_key and settings.sources["secret_key"] != str(path):
        yield _("KITH_SECRET_KEY is not that of the backup: second factors cannot be read until it is.")
        return
    if path.is_file():
        path.rename(path.with_name(f"secret_key.{clock.stamp()}"))
    write_secret(path, key)


def _settings(archive: Reader) -> Iterator[str]:
    """Settings that were given in the old place and are another here; a person must decide."""
    with archive.open(SETTINGS) as source:
        before = {one["name"]: one for one in json.loads(source.read())}
    here = {name: value for name, value, _source in config.explain()}
    for name, one in before.items():
        same = name in {"KITH_DATA", "KITH_DATABASE_URL", "KITH_SECRET_KEY", "KITH_FILES_URL"}  # of the place itself
        if not same and one["source"] != "default" and here.get(name) != one["value"]:
            yield _("{name} was {value} and is not set so here.").format(name=name, value=one["value"] or '""')


def _left_out(archive: Reader) -> Iterator[str]:
    if archive.manifest["files"].get("elsewhere"):
        yield _("The files are not in the backup: they were kept elsewhere (KITH_FILES_URL).")


def _compare(manifest: dict[str, Any]) -> None:
    """Raise :class:`CannotRestore` when a table has another number of rows than the backup. Migrations may add some."""
    if set(map(tuple, manifest["migrations"])) != set(tables.applied()):
        return
    for model in tables.kept(tables.applied()):
        name = model._meta.db_table
        if name in manifest["tables"] and name != "kith_lease" and tables.count(model) != manifest["tables"][name]:
            text = _("{table} has {found} rows and should have {stated}. Restore again.")
            raise CannotRestore(text.format(table=name, found=tables.count(model), stated=manifest["tables"][name]))
