"""Phone numbers: understood or kept as typed."""

from __future__ import annotations

from contextlib import suppress

import pytest

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.phones import Phone, format_phone, parse_phone, phone_key
from tests.kernel.kit.corpora import naughty


@pytest.mark.parametrize(
    ("text", "region", "e164", "extension"),
    [
        ("030 123456", "DE", "+4930123456", ""),
        ("+49 (0)30 123456 ext. 12", "US", "+4930123456", "12"),
        ("0049 30 123456", None, "+4930123456", ""),
        ("138 0013 8000", "CN", "+8613800138000", ""),
        ("＋８６ １３８００１３８０００", "US", "+8613800138000", ""),
        ("1-800-FLOWERS", "US", "+18003569377", ""),
        ("030 123456", None, None, ""),
        ("030 123456", "XX", None, ""),
        ("garbage", "DE", None, ""),
        ("12", "DE", None, ""),
        ("", "DE", None, ""),
    ],
)
def test_read(text: str, region: str | None, e164: str | None, extension: str) -> None:
    assert parse_phone(text, region) == Phone(e164, text, extension)


def test_written_as_at_home_or_abroad() -> None:
    phone = parse_phone("030 123456 ext. 7", "DE")
    assert format_phone(phone, "DE") == "030 123456 ext. 7"
    assert format_phone(phone, "CN") == "+49 30 123456 ext. 7"
    assert format_phone(Phone(None, "ask Mara"), "DE") == "ask Mara"
    assert format_phone(Phone("nonsense", "x"), "DE") == "x"


def test_one_key_for_one_line() -> None:
    assert {phone_key(parse_phone(text, "DE")) for text in ("030 123456", "+49-30-123456", "030/123456 ext 9")} == {
        "4930123456"
    }
    assert phone_key(Phone(None, "ex. ４2-1")) == "421"


def test_naughty_strings() -> None:
    for text in naughty():
        with suppress(Unreadable):
            format_phone(parse_phone(text, "US"), "US")
