"""What the database holds, so that a test can say: nothing was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, transaction

NOT_DATA = {("kith_token", "last_used_at")}  # noted at every use; no change of a record
NO_RECORDS = {"kith_session"}  # where somebody is signed in: noted at most once a minute
CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


def rows() -> dict[str, list[str]]:
    """All rows of all our tables, sorted, as text."""
    found = {}
    with connection.cursor() as cursor:
        for model in (one for one in apps.get_models() if one._meta.managed):
            ours = model.__module__.startswith(("kith.kernel", "kith.modules", "tests"))
            if ours and model._meta.db_table not in NO_RECORDS:
                table, quoted = model._meta.db_table, connection.ops.quote_name
                columns = ", ".join(
                    quoted(one.column) for one in model._meta.local_fields if (table, one.column) not in NOT_DATA
                )
                cursor.execute(f"SELECT {columns} FROM {quoted(table)}")
                found[table] = sorted(repr([_plain(value) for value in row]) for row in cursor.fetchall())
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    """The tables that differ, with one changed row of each; "" when none does."""
    found = []
    for table in before.keys() | after.keys():
        gone, come = (
            set(before.get(table, [])) - set(after.get(table, [])),
            set(after.get(table, [])) - set(before.get(table, [])),
        )
        if before.get(table) != after.get(table):
            found.append(f"{table}: -{len(gone)} +{len(come)} {next(iter(come or gone), '')[:300]}")
    return "; ".join(found)


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside is undone, in the database and in what this process remembers of people, roles and
    schema.
    """
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Counter:
    """Counts statements but for those that only frame a transaction; lets the ``fail``-th one fail."""

    def __init__(self, fail: int = 0) -> None:
        self.fail, self.said = fail, list[str]()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(CONTROL):
            return execute(sql, params, many, context)
        self.said.append(sql)
        if len(self.said) == self.fail:
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)


@contextmanager
def counting(fail: int = 0) -> Iterator[Counter]:
    counter = Counter(fail)
    with connection.execute_wrapper(counter):
        yield counter


def none_of(wrong: list[str]) -> None:
    """Fail with all that was found wrong, one a line."""
    assert not wrong, "\n".join([f"{len(wrong)} wrong:", *wrong[:25]])
