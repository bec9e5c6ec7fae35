"""JSON: exact decimals, ISO texts, and a closed door for what databases do not keep alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.json import dumps, dumps_text, loads

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | decimals | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_round_trip(value: Any) -> None:
    assert loads(dumps(value)) == value


@given(decimals)
def test_decimals_keep_every_digit(number: Decimal) -> None:
    back = loads(dumps({"n": number}))["n"]
    assert not isinstance(back, float)
    assert back == number


def test_wire_forms() -> None:
    id = UUID("0190a1b2-0000-7000-8000-000000000001")
    value = {
        "a": Decimal("1200.50"),
        "id": id,
        "on": date(2026, 11, 20),
        "at": datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
    }
    assert dumps_text(value) == (
        '{"a":1200.50,"id":"0190a1b2-0000-7000-8000-000000000001","on":"2026-11-20","at":"2026-11-20T14:30:00Z"}'
    )
    assert loads("0.1") == Decimal("0.1") != 0.1
    assert loads("12") == 12
    assert isinstance(loads("12"), int)
    assert dumps("联系人 NaN Infinity") == '"联系人 NaN Infinity"'.encode()


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, Decimal("NaN"), [Decimal("-Infinity")], Decimal("sNaN")])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        dumps(value)


def test_unknown_objects_are_a_programming_error() -> None:
    with pytest.raises(TypeError):
        dumps(object())


BROKEN = ["", "{", "NaN", "'a'", '"\\ud800"', b"\xff", b'"\xed\xa0\x80"', '"\ud800"', "[" * 100_000]
TOO_LARGE = ["1e999999", "-1e-999999", "1e99999999999999999999"]


def test_bad_json_is_unreadable() -> None:
    for text in BROKEN + TOO_LARGE:
        with pytest.raises(Unreadable):
            loads(text)
