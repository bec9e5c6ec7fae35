"""A SQLite database as a file: copied while others write to it, looked through, opened beside the one in use,
exchanged.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from django.db import connection, connections

from kith.app.words import _

SIDES: Final = ("-wal", "-shm", "-journal")
ALIAS: Final = "kith_backup"


class InUse(Exception):
    """Another process has the database open; the message says what to do."""


def path() -> Path | None:
    """The file of the database in use; None when it is none (another engine, or memory)."""
    name = str(connection.settings_dict["NAME"])
    return Path(name) if connection.vendor == "sqlite" and Path(name).is_file() else None


def copy(source: Path, target: Path) -> None:
    """A copy of one consistent moment, while others read and write.

    In one step: between steps another process may write, and then SQLite begins anew, under load for ever. Writers do
    not wait for it; the write-ahead log grows meanwhile.
    """
    os.close(os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def forget(target: Path, tables: tuple[str, ...]) -> None:
    """Empty tables of a copy, so that nothing of them stays in its pages."""
    with closing(sqlite3.connect(target)) as here:
        here.execute("PRAGMA journal_mode=DELETE")
        here.execute("PRAGMA secure_delete=ON")
        for one in tables:
            if here.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [one]).fetchone():
                here.execute(f'DELETE FROM "{one}"')  # noqa: S608  (names of ours)
        here.commit()


def sound(target: Path, *, quick: bool = False) -> str:
    """What SQLite finds wrong with a file, or ""."""
    try:
        with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)) as here:
            found = [str(row[0]) for row in here.execute(f"PRAGMA {'quick' if quick else 'integrity'}_check(5)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def counts(target: Path, tables: list[str]) -> dict[str, int]:
    """How many rows these tables of a file have."""
    with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)) as here:
        return {
            one: int(here.execute(f'SELECT count(*) FROM "{one}"').fetchone()[0])  # noqa: S608  (names of ours)
            for one in tables
        }


@contextmanager
def beside(target: Path) -> Iterator[str]:
    """The file as a second database for Django; yields its alias."""
    connections.settings[ALIAS] = {**connections.settings["default"], "NAME": str(target), **_PLAIN}
    try:
        yield ALIAS
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


@contextmanager
def instead(target: Path) -> Iterator[None]:
    """Let the default database be this file for a while."""
    held: Any = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(target)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = held


def exchange(made: Path, place: Path) -> None:
    """Put a finished file in the place of the database. Raises :class:`InUse` when somebody has that one open."""
    connection.close()
    if place.is_file():
        leave_wal(place)
    leave_wal(made)
    os.replace(made, place)
    for side in SIDES:
        place.with_name(place.name + side).unlink(missing_ok=True)


def leave_wal(file: Path) -> None:
    """Fold the write-ahead log into the file, which only goes while nobody else has it open."""
    with closing(sqlite3.connect(file, timeout=1)) as here:
        try:
            mode = here.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "locked"
    if mode != "delete":
        raise InUse(_("{file} is in use. Stop Kith first, then try again.").format(file=file))


def put_back(source: Path, place: Path) -> None:
    """Write a copy over the database through SQLite itself, which is safe while others have it open."""
    connection.close()
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(place, timeout=60)) as there:
        here.backup(there)


_PLAIN: dict[str, Any] = {"ENGINE": "kith.app.sqlite", "OPTIONS": {"transaction_mode": "DEFERRED"}, "CONN_MAX_AGE": 0}
