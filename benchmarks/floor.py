"""What the driver alone does with the rows of an import or an export: the floor that no program gets under."""

from __future__ import annotations

import csv
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.db import connection

from benchmarks import bulk

CHUNK: Final = 1000  # contacts a commit, as the kernel writes them
WRITTEN: Final = {  # what an import writes: the tables, and how their rows are found
    "kith_contact": "id",
    "kith_contact_point": "id",
    "kith_facet": "id",
    "kith_event": "id",
    "kith_search_doc": "record",
}
FRESH: Final = "ffffffff"  # what ids begin with that are made from those of an import
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def stamp() -> str:
    """The beginning of ids made from now on."""
    return f"{time.time_ns() // 1_000_000:012x}"


def rows_since(since: str) -> Rows:
    """The rows that were written since, as the driver reads them, with new ids: they are to go in a second time."""
    found: Rows = {}
    with _bare() as (execute, _many):
        for table, column in WRITTEN.items():
            text = column if connection.vendor == "sqlite" else f"replace({column}::text, '-', '')"
            rows = execute(f"SELECT * FROM {table} WHERE {text} >= '{since}' AND {text} < '{FRESH}'")
            names = [one[0] for one in rows.description]
            out = names.index("id") if table == "kith_search_doc" else -1  # a number that the database gives
            found[table] = (
                [one for place, one in enumerate(names) if place != out],
                [tuple(_anew(one, since) for place, one in enumerate(row) if place != out) for row in rows],
            )
    return found


def _anew(value: Any, since: str) -> Any:
    """An id made since, as another; everything else as it is."""
    if isinstance(value, uuid.UUID):
        return uuid.UUID(_anew(value.hex, since))
    if isinstance(value, str) and len(value) == 32 and value[12:13] == "7" and value[:12] >= since:
        return FRESH + value[8:]  # the time goes, which was nearly the same in all of them
    return value


def insert(rows: Rows, contacts: int) -> int:
    """Write the rows, some contacts and what belongs to them a commit. Returns contacts a second."""
    began = time.perf_counter()
    with _bare() as (_execute, many):
        for at in range(0, contacts, CHUNK):
            part = {}
            for table, (columns, held) in rows.items():
                low, high = (len(held) * place // contacts for place in (at, min(at + CHUNK, contacts)))
                part[table] = (columns, held[low:high])
            many(part)
    return round(contacts / (time.perf_counter() - began))


def read(file: Path, most: int) -> int:
    """Read so many contacts into a CSV file. Returns contacts a second."""
    began = time.perf_counter()
    with file.open("w", encoding="utf-8", newline="") as out, _bare() as (execute, _many):
        csv.writer(out).writerows(execute(f"SELECT * FROM kith_contact ORDER BY id LIMIT {most}"))
    took = time.perf_counter() - began
    file.unlink()
    return round(most / took)


@contextmanager
def _bare() -> Iterator[tuple[Callable[[str], Any], Callable[[Any], None]]]:
    """The driver: a function that asks, and one that inserts rows of several tables in one transaction."""
    if connection.vendor == "sqlite":
        from kith.app.databases import SQLITE_PRAGMAS

        held = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
        held.executescript(SQLITE_PRAGMAS)

        def many(part: Any) -> None:
            held.execute("BEGIN IMMEDIATE")
            for table, (columns, rows) in part.items():
                held.executemany(_statement(table, columns, "?"), rows)
            held.execute("COMMIT")

        try:
            yield held.execute, many
        finally:
            held.close()
        return
    import psycopg
    from psycopg.types.json import set_json_loads

    with psycopg.connect(**bulk.connection_words()) as there:
        set_json_loads(_as_it_is, there)

        def pour(part: Any) -> None:
            with there.cursor() as cursor:
                for table, (columns, rows) in part.items():
                    cursor.executemany(_statement(table, columns, "%s"), rows)
            there.commit()

        yield there.execute, pour


def _as_it_is(raw: str | bytes) -> Any:
    """JSON that can be written again as it was read."""
    from psycopg.types.json import Jsonb

    return Jsonb(json.loads(raw))


def _statement(table: str, columns: Sequence[str], mark: str) -> str:
    names = ", ".join(f'"{one}"' for one in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(mark for _one in columns)})"
