"""Durations in words and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.duration import LONGEST, format_duration, parse_duration
from kith.kernel.kit.errors import Unreadable


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 30m", 5400),
        ("1h30", 5400),
        ("90 min", 5400),
        ("1:30", 5400),
        ("1:30:15", 5415),
        ("90", 5400),
        ("1.5h", 5400),
        ("1,5 Std", 5400),
        ("2小时15分", 8100),
        ("半小时", 1800),
        ("1个半小时", 5400),
        ("２小时半", 9000),
        ("2 hours and 15 minutes", 8100),
        ("45s", 45),
        ("2天", 172_800),
        ("1w", 604_800),
        ("0", 0),
    ],
)
def test_typed(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-5", "3m5", "1:75", "h", "1 hx", "101 years", "99999999 d", "半"])
def test_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_duration(text)


@given(st.integers(0, LONGEST), st.sampled_from(["en", "zh-hans", "de"]))
def test_round_trip(seconds: int, locale: str) -> None:
    assert parse_duration(format_duration(seconds, locale)) == seconds


def test_written() -> None:
    assert format_duration(5400, "en") == "1 h 30 min"
    assert format_duration(5400, "zh-hans") == "1 小时 30 分钟"
    assert format_duration(0, "en") == "0 min"
