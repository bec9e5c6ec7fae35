"""Money: exact amounts, read in the reader's way, compared in the organisation's own currency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kith.kernel.fields import rates
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.money import Money
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, ENGLISH, GERMAN, display, field, parse


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("typed", "locale", "read"),
    [
        ({"amount": "1200.50", "currency": "EUR"}, ENGLISH, euros("1200.50")),
        ({"amount": "1.200,50", "currency": "eur"}, GERMAN, euros("1200.50")),
        ({"amount": 1200.5}, GERMAN, euros("1200.50")),
        ({"amount": "", "currency": "EUR"}, GERMAN, None),
        ("€ 1,200.50", ENGLISH, euros("1200.50")),
        ("1.200,50 €", GERMAN, euros("1200.50")),
        ("10k", GERMAN, euros("10000.00")),
        ("3万", CHINESE, Money(Decimal("30000.00"), "CNY")),
        (12, ENGLISH, Money(Decimal("12.00"), "USD")),
        (Decimal("0.0001"), GERMAN, euros("0.0001")),
        ("", GERMAN, None),
    ],
)
def test_reads(typed: Any, locale: Any, read: Money | None) -> None:
    assert parse("money", typed, locale) == read


def test_the_fields_currency_goes_before_the_readers() -> None:
    assert parse("money", "5", GERMAN, options={"currency": "CHF"}) == Money(Decimal("5.00"), "CHF")
    assert parse("money", "5 USD", GERMAN, options={"currency": "CHF"}) == Money(Decimal("5.00"), "USD")


@pytest.mark.parametrize(
    "typed",
    [
        "much",
        {"amount": "1", "currency": "EURO"},
        {"amount": "1", "currency": 5},
        {"amount": True},
        {"amount": "1", "extra": 1},
        "0.00001",
        10**16,
        True,
        [1],
        float("nan"),
    ],
)
def test_refuses(typed: Any) -> None:
    with pytest.raises(Unreadable):
        parse("money", typed)


def test_bounds() -> None:
    one = field("money", options={"min": 0, "max": 100})
    one.type.check(one, euros("100"))
    for amount in ("-0.01", "100.01"):
        with pytest.raises(Unreadable):
            one.type.check(one, euros(amount))


def test_shown() -> None:
    assert display("money", euros("1200.50")) == "€1,200.50"
    assert display("money", None) == ""


@pytest.fixture
def known_rates() -> Iterator[None]:
    held = list(rates._source)
    rates.rates_from(lambda currency, base, day: {"USD": Decimal("0.5"), "XAU": Decimal("1e15")}.get(currency))
    yield
    rates._source[:] = held


def base_of(desk: Desk, id: Any) -> tuple[int, str, int | None]:
    row = desk.spec.model._default_manager.get(pk=id)
    return row.amount, row.amount_currency, row.amount_base  # type: ignore[attr-defined]


def test_saved_in_three_columns(desk: Desk, settings: Any, known_rates: None) -> None:
    settings.KITH_CURRENCY = "EUR"
    own = desk.save({"amount": "1200.50 EUR"}).id
    foreign = desk.save({"amount": "1200.50 USD"}).id
    unknown = desk.save({"amount": "1200.50 CNY"}).id
    vast = desk.save({"amount": {"amount": "900000", "currency": "XAU"}}).id
    assert base_of(desk, own) == (12_005_000, "EUR", 12_005_000)
    assert base_of(desk, foreign) == (12_005_000, "USD", 6_002_500)
    assert base_of(desk, unknown) == (12_005_000, "CNY", None)
    assert base_of(desk, vast)[2] is None
    assert desk.ids("amount", "lt", "1000 EUR") == {foreign}
    assert desk.ids("amount", "eq", "1200.50 USD") == {foreign}, "compared in the own currency"
    assert desk.ids("amount", "empty") == set(), "an amount without a rate is an amount"
    assert desk.ids("amount", "gt", "5 CNY") == {unknown}, "without a rate it is compared with its own currency"
    desk.save({"amount": None}, own)
    assert base_of(desk, own) == (None, "", None)
    assert desk.ids("amount", "empty") == {own}


def test_no_rate_is_needed_for_the_own_currency() -> None:
    assert rates.rate("EUR", "EUR", date(2026, 1, 1)) == 1
    assert rates.rate("EUR", "USD", date(2026, 1, 1)) is None


def test_a_lower_digit_is_a_change(desk: Desk) -> None:
    id = desk.save({"amount": "1 EUR"}).id
    assert desk.save({"amount": {"amount": "1.00", "currency": "EUR"}}, id).diff == {}
    assert list(desk.save({"amount": {"amount": "1.0001", "currency": "EUR"}}, id).diff) == ["amount"]
    assert list(desk.save({"amount": {"amount": "1.0001", "currency": "USD"}}, id).diff) == ["amount"]
