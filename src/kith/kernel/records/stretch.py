"""SQL that Django has no good word for: the first day of a week, month, …, and text as it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import CharField
from django.db.models.expressions import Func
from django.db.models.functions import Collate

from kith.kernel.fields.key_column import BINARY

FIRST, LAST = 2000, 2045
"""The years whose clock changes are known; before and after, the nearest of them counts."""

_MARIADB: Final = {
    "day": "DATE_FORMAT({0}, '%%Y-%%m-%%d')",
    "week": "DATE_FORMAT({0} - INTERVAL WEEKDAY({0}) DAY, '%%Y-%%m-%%d')",
    "month": "DATE_FORMAT({0}, '%%Y-%%m-01')",
    "quarter": "CONCAT(DATE_FORMAT({0}, '%%Y-'), LPAD(QUARTER({0}) * 3 - 2, 2, '0'), '-01')",
    "year": "DATE_FORMAT({0}, '%%Y-01-01')",
}
_SQLITE: Final = {
    "day": "strftime('%%Y-%%m-%%d', {0})",
    "week": "strftime('%%Y-%%m-%%d', {0}, 'weekday 0', '-6 days')",
    "month": "strftime('%%Y-%%m-01', {0})",
    "quarter": "(strftime('%%Y-', {0}) || substr('01040710', (strftime('%%m', {0}) - 1) / 3 * 2 + 1, 2) || '-01')",
    "year": "strftime('%%Y-01-01', {0})",
}


class Stretch(Func):
    """The first day of the week, month, … of a day or moment, as ISO text.

    Django's own way wants tables of time zones on MariaDB, which a fresh server does not have, and calls Python for
    every row on SQLite; so the changes of the clock stand in the statement. Weeks begin on Monday.
    """

    def __init__(self, expr: Any, bucket: str, zone: ZoneInfo | None = None) -> None:
        self.bucket, self.zone = bucket, zone
        super().__init__(expr, output_field=CharField())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        if params:
            raise ValueError("only columns have stretches")
        shift = "" if self.zone is None else _shift(column, self.zone)
        if connection.vendor == "sqlite":
            return _SQLITE[self.bucket].format(f"{column}, {shift} || ' seconds'" if shift else column), []
        return _MARIADB[self.bucket].format(f"({column} + INTERVAL {shift} SECOND)" if shift else column), []


def _shift(column: str, zone: ZoneInfo) -> str:
    """SQL for the seconds that the clock of the zone is ahead; "" where it never is."""
    *changes, (_end, last) = _offsets(zone)
    if not changes:
        return str(last or "")
    when = " ".join(f"WHEN {column} < '{until:%Y-%m-%d %H:%M:%S}' THEN {seconds}" for until, seconds in changes)
    return f"(CASE {when} ELSE {last} END)"


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo) -> list[tuple[datetime, int]]:
    """(until when in UTC, seconds ahead of UTC), in order: 30 ms for a zone, once a process."""
    found: list[tuple[datetime, int]] = []
    at, end = datetime(FIRST, 1, 1, tzinfo=UTC), datetime(LAST, 1, 1, tzinfo=UTC)
    while at < end:
        after = at + timedelta(days=1)
        if _offset(at, zone) != _offset(after, zone):
            found.append((_change(at, after, zone), _offset(at, zone)))
        at = after
    return [*found, (end, _offset(end, zone))]


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between the two from which on the offset is another one."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        before, after = (middle, after) if _offset(middle, zone) == _offset(before, zone) else (before, middle)
    return after


def _offset(at: datetime, zone: ZoneInfo) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def as_written(expr: Any) -> Any:
    """Text told apart byte by byte; MariaDB would take values out of JSON for the same but for case."""
    return Collate(expr, BINARY["mysql"]) if connection.vendor == "mysql" else expr
