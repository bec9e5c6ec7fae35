"""Many rows into a table as fast as the driver goes: no ORM, no indexes while they come in. For benchmarks only.

Rows hold text for ids, times and JSON, which both engines take as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from django.db import connection

TABLES: Final = ("kith_company", "kith_contact", "kith_contact_point", "kith_facet", "kith_search_doc")
BESIDE: Final = {
    "kith_contact_point": (
        "id", "object", "record", "field", "kind", "use", "value", "key", "primary", "status", "position",
    ),
    "kith_facet": ("id", "object", "field", "value", "record"),
    "kith_search_doc": ("object", "record", "title_key", "body"),
}  # fmt: skip


class Writer(Protocol):
    def __call__(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None: ...


@contextmanager
def writer() -> Iterator[Writer]:
    """A function that appends rows to a table, on a connection of its own; committed at the end."""
    connection.close()
    with _sqlite() if connection.vendor == "sqlite" else _postgresql() as write:
        yield write


@contextmanager
def _sqlite() -> Iterator[Writer]:
    held = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    held.execute("PRAGMA synchronous=OFF")
    held.execute("PRAGMA cache_size=-200000")
    held.execute("BEGIN IMMEDIATE")

    def write(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        names, marks = ", ".join(f'"{one}"' for one in columns), ", ".join("?" for _one in columns)
        held.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    try:
        yield write
        held.execute("COMMIT")
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        held.close()


@contextmanager
def _postgresql() -> Iterator[Writer]:
    import psycopg

    with psycopg.connect(**connection_words()) as held:
        held.execute("SET TIME ZONE 'UTC'")
        held.execute("SET synchronous_commit = off")

        def write(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
            names = ", ".join(f'"{one}"' for one in columns)
            with held.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in rows:
                    copy.write_row(row)

        yield write


def connection_words() -> dict[str, Any]:
    """What a bare psycopg connection to the same database is told."""
    kept = connection.settings_dict
    words = {"host": kept["HOST"], "port": kept["PORT"], "user": kept["USER"], "password": kept["PASSWORD"]}
    return {"dbname": kept["NAME"]} | {name: one for name, one in words.items() if one}


@contextmanager
def without_indexes() -> Iterator[None]:
    """Drop the indexes that no constraint needs, and build them again afterwards: a third of the time in all."""
    made = _indexes()
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET maintenance_work_mem = '512MB'")  # the index of words alone took ten minutes with 64
        for statement in made.values():
            cursor.execute(statement.replace("%", "%%"))


def _indexes() -> dict[str, str]:
    names = ", ".join(f"'{one}'" for one in TABLES)
    if connection.vendor == "sqlite":
        question = (
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
        )
    else:
        question = (
            f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename IN ({names})"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    with connection.cursor() as cursor:
        cursor.execute(question)
        return dict(cursor.fetchall())
