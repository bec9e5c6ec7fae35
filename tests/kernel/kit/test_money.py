"""Money: exact units, the amounts people type, and the locale's own writing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.money import (
    Money,
    decimals,
    format_compact,
    format_money,
    from_units,
    is_currency,
    parse_amount,
    to_units,
)

int64 = st.integers(-(2**63), 2**63 - 1)


@given(int64)
def test_units_round_trip(units: int) -> None:
    assert to_units(from_units(units)) == units
    assert from_units(units) * 10_000 == units


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_exact_or_refused(amount: Decimal) -> None:
    try:
        units = to_units(amount)
    except Unreadable:
        return
    assert from_units(units) == amount


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0.00001", "amount_too_fine"),
        ("1200.12345", "amount_too_fine"),
        ("922337203685477.5808", "amount_too_large"),
        ("-922337203685477.5809", "amount_too_large"),
        ("1E+999999", "amount_too_large"),
        ("1E-999999", "amount_too_fine"),
        ("NaN", "amount_too_large"),
        ("-Infinity", "amount_too_large"),
    ],
)
def test_what_would_not_come_back_is_refused(amount: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        to_units(Decimal(amount))
    assert refusal.value.code == code


def test_from_units_has_two_decimals_or_four() -> None:
    assert [str(from_units(units)) for units in (12_005_000, 0, 1, -5, 12_300)] == [
        "1200.50",
        "0.00",
        "0.0001",
        "-0.0005",
        "1.23",
    ]


@pytest.mark.parametrize(
    ("text", "locale", "amount", "currency"),
    [
        ("1,234.56", "en", "1234.56", None),
        ("1.234,56", "de", "1234.56", None),
        ("1.234,56", "en", "1234.56", None),
        ("1.234", "de", "1234", None),
        ("1.234", "en", "1.234", None),
        ("1,234", "de", "1.234", None),
        ("1,234", "en", "1234", None),
        ("1,234", "zh-hans", "1234", None),
        ("0,123", "en", "0.123", None),
        ("1,5", "en", "1.5", None),
        ("1.234.567", "en", "1234567", None),
        ("12,34,567.5", "en_IN", "1234567.5", None),
        ("1\u202f234,5", "fr", "1234.5", None),
        ("1’234.50", "de_CH", "1234.50", None),
        ("10k", "en", "10000", None),
        ("1.5m", "en", "1500000", None),
        ("2.5 mio €", "de", "2500000", "EUR"),
        ("3万", "zh-hans", "30000", None),
        ("3.5万元", "zh-hans", "35000", "CNY"),
        ("2亿", "en", "200000000", None),
        ("1亿2000万", "zh-hans", "120000000", None),
        ("€ 1 200", "en", "1200", "EUR"),
        ("USD 1,200", "en", "1200", "USD"),
        ("1,200 usd", "en", "1200", "USD"),
        ("$342.09K", "en", "342090", "USD"),
        ("USD1.5bn", "en", "1500000000", "USD"),
        ("HK$ 5", "en", "5", "HKD"),
        ("¥1,234", "zh-hans", "1234", "CNY"),
        ("￥１，２３４", "zh-hans", "1234", "CNY"),
        ("¥1,234", "ja", "1234", "JPY"),
        ("$5", "en_CA", "5", "CAD"),
        ("100 kr", "nb_NO", "100", "NOK"),
        ("-$1.00", "en", "-1", "USD"),
        ("$-1.00", "en", "-1", "USD"),
        ("5-", "en", "-5", None),
        ("(120.50)", "en", "-120.50", None),
        ("−7", "en", "-7", None),
        ("+7", "en", "7", None),
        (".5", "en", "0.5", None),
        ("1.2E+05", "en", "120000", None),
        ("٣٤", "ar", "34", None),
    ],
)
def test_typed_amounts(text: str, locale: str, amount: str, currency: str | None) -> None:
    assert parse_amount(text, locale) == (Decimal(amount), currency)


def test_shared_signs_follow_the_field_then_the_person() -> None:
    assert parse_amount("¥5", "en", currency="CNY")[1] == "CNY"
    assert parse_amount("$5", "en", currency="AUD")[1] == "AUD"
    assert parse_amount("€5", "en", currency="AUD")[1] == "EUR"
    assert parse_amount("¥5", Locale(language="en", region="DE", currency="CNY"))[1] == "CNY"


@pytest.mark.parametrize(
    "text",
    ["", "abc", "-", "1,2,3", "1..2", "1,000,00", "1 2 3", "5 x", "5%", "$", "1$5", "€5$", "USD 5 EUR", "0x10", "1e",
     "nan", "Infinity", "1/2", "9" * 100, "--5", "-$-5", "(-5)", "1.2.3,4", "k"],
)  # fmt: skip
def test_other_text_is_no_amount(text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_amount(text, "en")
    assert refusal.value.code == "not_an_amount"


@given(
    int64,
    st.sampled_from(["en", "de", "fr", "zh-hans", "de_CH", "en_IN", "ja", "sv"]),
    st.sampled_from(["EUR", "CNY", "USD", "CHF", "JPY"]),
)
def test_what_we_write_we_read(units: int, locale: str, currency: str) -> None:
    amount = from_units(units)
    shown = format_money(Money(amount, currency), locale)
    assert parse_amount(shown, locale, currency)[0] == amount, shown


def test_writing() -> None:
    big = Money(Decimal("486310"), "EUR")
    assert format_money(big, "en") == "€486,310"
    assert format_money(big, "en", exact=True) == "€486,310.00"
    assert format_money(Money(Decimal("486310.5"), "EUR"), "de") == "486.310,50\xa0€"
    assert format_money(Money(Decimal("0.0125"), "EUR"), "en") == "€0.0125"
    assert format_money(Money(Decimal("12.5"), "CNY"), "zh-hans") == "¥12.50"
    assert format_money(Money(Decimal("12"), "CHF"), "en") == "CHF\xa012"
    assert format_compact(Money(Decimal("1234567"), "CNY"), "zh-hans") == "¥123.5万"


def test_currencies() -> None:
    assert [is_currency(code) for code in ("EUR", "DEM", "eur", "ABC", "")] == [True, True, False, False, False]
    assert [decimals(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
