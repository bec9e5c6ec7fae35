"""Making a backup: the database of one moment, the files, the settings as they may be shown, and the manifest."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from django.db import connection

from kith import __version__
from kith.app import config
from kith.app.backup import sqlite, tables
from kith.app.backup.archive import Told, Writer, quiet
from kith.app.words import _
from kith.kernel.outside import clock

DATABASE: Final = "kith.db"
SETTINGS: Final = "settings.json"
SECRET_KEY: Final = "secret_key"  # noqa: S105  (the name of a member)
ROOM: Final = 100_000_000  # bytes that stay free


class CannotBackUp(Exception):
    """No backup was made, and nothing was left behind; the message says why."""


def make(target: Path, *, secret: bool = False, whole: bool = False, told: Told = quiet) -> dict[str, Any]:
    """Write a backup of this installation to ``target``; returns its manifest. The site may run meanwhile.

    ``secret`` puts the secret key in: whoever has such an archive can sign cookies, and read second factors. ``whole``
    keeps what is derived and who is signed in, too: for a step that may be taken back at once.
    Raises :class:`CannotBackUp` or ``OSError``.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    enough_room(target.parent)
    settings = config.current()
    manifest: dict[str, Any] = {
        "kith": __version__,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "database": {"vendor": connection.vendor, "version": ".".join(map(str, connection.get_database_version()))},
        "secret_key": secret,
    }
    with Writer(target) as archive:
        manifest |= _file(archive, target.parent, told) if sqlite.path() else _rows(archive, whole, told)
        manifest["files"] = _files(archive, told)
        shown = [{"name": name, "value": value, "source": source} for name, value, source in config.explain(settings)]
        with archive.member(SETTINGS) as write:
            write(json.dumps(shown, ensure_ascii=False, indent=1).encode())
        if secret:
            with archive.member(SECRET_KEY) as write:
                write(config.secret_key(settings).encode())
        return archive.finish(manifest)


def _file(archive: Writer, folder: Path, told: Told) -> dict[str, Any]:
    """A SQLite database goes in as a file."""
    here = sqlite.path()
    assert here is not None  # noqa: S101  (asked by the caller)
    copy = folder / f".{archive.path.name}.{os.getpid()}.db"
    told(_("Database"), 0, 0)
    try:
        sqlite.copy(here, copy)
        sqlite.forget(copy, ("django_session",))
        with sqlite.beside(copy) as alias:
            migrations = tables.applied(alias)
        counted = sqlite.counts(copy, [model._meta.db_table for model in tables.kept(migrations)])
        length = copy.stat().st_size
        with copy.open("rb") as source:
            archive.add(DATABASE, source, lambda at: told(_("Database"), at, length))
    finally:
        for side in ("", *sqlite.SIDES):
            copy.with_name(copy.name + side).unlink(missing_ok=True)
    return {"kind": "sqlite", "tables": counted, "migrations": migrations}


def _rows(archive: Writer, whole: bool, told: Told) -> dict[str, Any]:
    """Other databases go in as lines of JSON, a member a table, which any of the databases can take back."""
    counted: dict[str, int] = {}
    with tables.one_moment():
        migrations = tables.applied()
        for model in tables.kept(migrations, whole=whole):
            name, done = model._meta.db_table, 0
            total = tables.count(model)
            with archive.member(f"tables/{name}.jsonl") as write:
                write(json.dumps([str(field.column) for field in tables.columns(model)]).encode() + b"\n")
                for line in tables.rows(model):
                    write(line)
                    done += 1
                    if done % tables.READ == 0:
                        told(name, done, total)
            counted[name] = done
    return {"kind": "rows", "tables": counted, "migrations": migrations}


def _files(archive: Writer, told: Told) -> dict[str, Any]:
    """Every stored file. They are written once and never changed, so that those of a moment later do no harm."""
    root = files_folder()
    if root is None:
        return {"count": 0, "bytes": 0, "elsewhere": True}
    count = length = 0
    found = sorted(one for one in root.rglob("*") if one.is_file() and not one.is_symlink()) if root.is_dir() else []
    for one in found:
        name = f"files/{one.relative_to(root).as_posix()}"
        try:
            with one.open("rb") as source:
                archive.add(name, source)
        except FileNotFoundError:  # deleted in between, and so its row was, too
            continue
        count, length = count + 1, length + archive.members[name]["bytes"]
        told(_("Files"), count, len(found))
    return {"count": count, "bytes": length, "elsewhere": False}


def files_folder() -> Path | None:
    """Where stored files lie; None when that is not on this machine, and backed up there."""
    return config.current().files_folder


def enough_room(folder: Path) -> None:
    """Raise :class:`CannotBackUp` when the disk would be full before the backup is."""
    needed, free = size() + ROOM, shutil.disk_usage(folder).free
    if free < needed:
        raise CannotBackUp(
            _("There is not enough room in {folder}: {needed} MB are needed, {free} MB are free.").format(
                folder=folder, needed=needed // 1_000_000, free=free // 1_000_000
            )
        )


def size() -> int:
    """Bytes that a backup may take at most while it is made: the copy of the database, and the archive."""
    if here := sqlite.path():
        sides = (here.with_name(here.name + side) for side in ("", *sqlite.SIDES))
        database = 2 * sum(one.stat().st_size for one in sides if one.is_file())
    else:
        question = {
            "postgresql": "SELECT pg_database_size(current_database())",
            "mysql": "SELECT SUM(data_length + index_length) FROM information_schema.tables"
            " WHERE table_schema = DATABASE()",
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(question)
            database = int(cursor.fetchone()[0] or 0)
    root = files_folder()
    return database + sum(one.stat().st_size for one in root.rglob("*") if one.is_file()) if root else database
