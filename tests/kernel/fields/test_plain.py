"""Text, yes or no, days and moments at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from kith.kernel.fields.store import Json
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, field, parse


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("text", 4930123456, "4930123456"),
        ("text", "e\x01\u0301", "é"),
        ("text", "x\u200b\u2003", "x"),
        ("text", "a\nb", "a b"),
        ("bool", 1, True),
        ("bool", 0.0, False),
        ("bool", " Yes ", True),
        ("bool", "否", False),
        ("date", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 20)),
        ("date", datetime(2026, 11, 20), date(2026, 11, 20)),
        ("datetime", "2026-11-20T14:30:00Z", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("datetime", "2026-11-20T14:30:00.000001Z", datetime(2026, 11, 20, 14, 30, 0, 1, tzinfo=UTC)),
        ("choice", "Trade fair", "fair"),
        ("choice", "邮件", "mail"),
    ],
)
def test_reads(name: str, raw: Any, value: Any) -> None:
    read = parse(name, raw)
    assert read == value
    assert type(read) is type(value)


def test_a_moment_is_a_day_where_the_reader_is() -> None:
    assert parse("date", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), CHINESE) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("text", 10**31),
        ("text", 1.5),
        ("bool", 2),
        ("bool", "maybe"),
        ("bool", ["yes"]),
        ("date", 20261120),
        ("date", "2026-02-30"),
        ("datetime", datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))),
        ("datetime", datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))),
        ("datetime", "9999-12-31T23:59:59Z"),
        ("reference", 5),
        ("reference", ["a"]),
        ("references", [{"id": "x"}]),
        ("external_keys", ["ab"]),
        ("external_keys", {"erp": 5}),
    ],
)
def test_refuses(name: str, raw: Any) -> None:
    with pytest.raises(Unreadable):
        parse(name, raw)


def test_json_and_column_read_the_same_moment() -> None:
    for raw in ("2026-11-20T14:30:00Z", "2026-11-20", "tomorrow 3pm"):
        stored = field("datetime", Json("f1"))
        if raw[0] == "2":
            assert stored.type.parse(stored, raw) == parse("datetime", raw)


def test_choices_sort_as_their_list(desk: Desk) -> None:
    for key in ("call", "mail", "fair"):
        desk.save({"x_choice": key})
    assert [row["x_choice"] for row in desk.rows(sort="x_choice")] == ["mail", "fair", "call"]
