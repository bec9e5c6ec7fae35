"""The same requests inside this process, to see their statements; and those statements again with the bare driver."""

from __future__ import annotations

import sqlite3
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.test import Client

from benchmarks import bulk
from benchmarks.load import Request
from kith.app.databases import SQLITE_PRAGMAS

Statement = tuple[str, Sequence[Any]]
WARM: Final = 3
PROBED: Final = 8
TURNS: Final = 40
LONGEST: Final = 2.0  # seconds for the turns of one case
CONTROL: Final = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Rows(list[Sequence[Any]]):
    """The parameters of a statement that is carried out for each of several rows."""


@dataclass
class Seen:
    """The statements of one request."""

    statements: list[Statement] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().startswith(CONTROL):
            self.statements.append((sql, Rows(map(tuple, params)) if many else tuple(params or ())))
        return execute(sql, params, many, context)


def statements(requests: Sequence[Request], token: str) -> list[list[Statement]]:
    """What some of these requests ask the database, once everything that a process remembers is remembered.

    None is sent twice where there are enough: an update to what is there already would write nothing.
    """
    client = Client(headers={"authorization": f"Bearer {token}"}, SERVER_NAME="127.0.0.1")
    found = []
    for turn in range(WARM + PROBED):
        seen = Seen()
        with connection.execute_wrapper(seen):
            ask(client, requests[turn % len(requests)])
        found.append(seen.statements)
    return found[WARM:]


def ask(client: Client, request: Request) -> None:
    answer = client.generic(request.method, request.path, request.body, "application/json")
    if answer.status_code != request.status:
        raise SystemExit(f"{request.method} {request.path}: {answer.status_code} {answer.content[:500]!r}")


def raw_ms(asked: Sequence[Sequence[Statement]], since: float) -> float:
    """Median milliseconds of one request's statements with the bare driver, one after the other on one connection.

    ``since`` is when they were asked first, in seconds of the clock: ids made after it are made anew.
    """
    took: list[float] = []
    with _bare() as run:
        until = time.perf_counter() + LONGEST
        for turn in range(TURNS):
            chosen = asked[turn % len(asked)]
            if _writes(chosen):
                chosen = _afresh(chosen, since)
            began = time.perf_counter()
            run(chosen)
            took.append((time.perf_counter() - began) * 1000)
            if time.perf_counter() > until:
                break
    return round(statistics.median(took[len(took) // 4 :]), 3)


def _writes(chosen: Sequence[Statement]) -> bool:
    return any(not sql.startswith("SELECT") for sql, _params in chosen)


def _afresh(chosen: Sequence[Statement], since: float) -> list[Statement]:
    """The same writes of other records: each id made after ``since`` becomes a new one."""
    held: dict[str, str] = {}

    def other(value: Any) -> Any:
        if isinstance(value, list):  # Django's bulk inserts on PostgreSQL
            return [other(one) for one in value]
        text = value.hex if isinstance(value, uuid.UUID) else value
        if not (isinstance(text, str) and len(text) == 32 and text[12] == "7"):
            return value
        try:
            if int(text[:12], 16) < since * 1000:
                return value
        except ValueError:
            return value
        made = held.setdefault(text, text[:13] + uuid.uuid4().hex[13:])
        return uuid.UUID(made) if isinstance(value, uuid.UUID) else made

    return [
        (sql, Rows(tuple(map(other, one)) for one in params) if isinstance(params, Rows) else tuple(map(other, params)))
        for sql, params in chosen
    ]


@contextmanager
def _bare() -> Iterator[Callable[[Sequence[Statement]], None]]:
    if connection.vendor == "sqlite":
        with _sqlite() as run:
            yield run
        return
    import psycopg

    with psycopg.connect(**bulk.connection_words(), cursor_factory=psycopg.ClientCursor) as held:

        def run(chosen: Sequence[Statement]) -> None:
            for sql, params in chosen:
                cursor = held.cursor()
                if isinstance(params, Rows):
                    cursor.executemany(sql, params)  # type: ignore[arg-type]
                else:
                    cursor.execute(sql, params)  # type: ignore[arg-type]
                if cursor.description:
                    cursor.fetchall()
            held.commit()

        yield run


@contextmanager
def _sqlite() -> Iterator[Callable[[Sequence[Statement]], None]]:
    held = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    held.executescript(SQLITE_PRAGMAS)

    def run(chosen: Sequence[Statement]) -> None:
        writes = _writes(chosen)
        if writes:
            held.execute("BEGIN IMMEDIATE")
        for sql, params in chosen:
            (held.executemany if isinstance(params, Rows) else held.execute)(plain(sql), params).fetchall()
        if writes:
            held.execute("COMMIT")

    try:
        yield run
    finally:
        held.close()


def plain(sql: str) -> str:
    """Django's statement in the driver's own words."""
    return sql.replace("%s", "?").replace("%%", "%")
