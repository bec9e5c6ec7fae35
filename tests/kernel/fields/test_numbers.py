"""Numbers of all kinds: plain, per cent, durations, stars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kith.api import Invalid
from kith.kernel.kit.duration import LONGEST
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, ENGLISH, GERMAN, display, field, parse


@pytest.mark.parametrize(
    ("name", "typed", "locale", "read"),
    [
        ("percent", "12.5%", ENGLISH, Decimal("12.5")),
        ("percent", "12,5 %", GERMAN, Decimal("12.5")),
        ("percent", "％ 12.5", CHINESE, Decimal("12.5")),
        ("percent", 12, ENGLISH, Decimal(12)),
        ("percent", "-0.0001", ENGLISH, Decimal("-0.0001")),
        ("percent", "", ENGLISH, None),
        ("duration", "1h 30m", ENGLISH, 5400),
        ("duration", "2小时15分", CHINESE, 8100),
        ("duration", "90", ENGLISH, 5400),
        ("duration", 90, ENGLISH, 90),
        ("duration", Decimal("90.0"), ENGLISH, 90),
        ("duration", 0, ENGLISH, 0),
        ("rating", "★★★☆☆", ENGLISH, 3),
        ("rating", "☆☆☆☆☆", ENGLISH, None),
        ("rating", "4/5", ENGLISH, 4),
        ("rating", 5, ENGLISH, 5),
        ("rating", 0, ENGLISH, None),
        ("rating", "", ENGLISH, None),
        ("number", "1,234", ENGLISH, 1234),
        ("number", "1.234", GERMAN, 1234),
        ("number", "-0", ENGLISH, 0),
        ("number", 10.0, ENGLISH, 10),
    ],
)
def test_reads(name: str, typed: Any, locale: Any, read: Any) -> None:
    assert parse(name, typed, locale) == read


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("percent", "12.12345"),
        ("percent", "%"),
        ("percent", "many"),
        ("duration", -1),
        ("duration", 1.5),
        ("duration", LONGEST + 1),
        ("duration", Decimal("NaN")),
        ("duration", "soon"),
        ("duration", True),
        ("rating", "4/10"),
        ("rating", "★4"),
        ("rating", 2.5),
        ("number", "1.5"),
        ("number", 2**53 + 1),
    ],
)
def test_refuses(name: str, typed: Any) -> None:
    with pytest.raises(Unreadable):
        parse(name, typed)


@pytest.mark.parametrize(
    ("name", "value", "locale", "shown"),
    [
        ("percent", Decimal("12.5000"), ENGLISH, "12.5 %"),
        ("percent", Decimal("12.5"), GERMAN, "12,5 %"),
        ("percent", Decimal("0.0001"), ENGLISH, "0.0001 %"),
        ("percent", Decimal(100), CHINESE, "100 %"),
        ("duration", 5400, ENGLISH, "1 h 30 min"),
        ("duration", 5400, CHINESE, "1 小时 30 分钟"),
        ("rating", 3, ENGLISH, "★★★☆☆"),
    ],
)
def test_shown(name: str, value: Any, locale: Any, shown: str) -> None:
    assert display(name, value, locale) == shown


def test_no_decimal_is_swallowed() -> None:
    assert display("number", Decimal("1234.56789"), options={"decimals": 5}) == "1,234.56789"
    assert display("number", Decimal("12.50"), options={"decimals": 2}) == "12.5"


def test_as_many_stars_as_the_field_has() -> None:
    assert display("rating", 3, options={"max": 3}) == "★★★"
    three = field("rating", options={"max": 3})
    assert three.type.json_schema(three)["maximum"] == 3
    with pytest.raises(Unreadable):
        three.type.check(three, 4)
    with pytest.raises(Unreadable):
        three.type.check(three, -1)
    many = field("rating", options={"max": 100})
    assert many.type.json_schema(many)["maximum"] == 10


def test_columns_hold_the_bounds(desk: Desk) -> None:
    id = desk.save({"share": "33.3333%", "took": LONGEST}).id
    row = next(row for row in desk.rows() if row.id == id)
    assert (row["share"], row["took"]) == (Decimal("33.3333"), LONGEST)
    for share in ("101", "-1"):
        with pytest.raises(Invalid):
            desk.save({"share": share}, id)
    assert desk.save({"share": Decimal("33.33330")}, id).diff == {}
