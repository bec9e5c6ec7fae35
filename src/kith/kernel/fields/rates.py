"""Exchange rates: the seam through which money learns its value in the organisation's own currency.

Whoever keeps rates gives a function to :func:`rates_from`; until then only the own currency is known, and an amount in
another one has no value in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from django.conf import settings

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.money import PLACES, Money, to_units

Rates = Callable[[str, str, date], Decimal | None]
"""``rates(currency, base, day)``: how much of ``base`` one of ``currency`` was worth that day; ``None``: not known."""

_source: list[Rates] = []


def rates_from(source: Rates) -> Rates:
    """Take the rates from ``source`` from now on. It is asked while records are saved: it must answer from memory."""
    _source[:] = [source]
    return source


def base_currency() -> str:
    """The currency in which amounts are added up (``KITH_CURRENCY``)."""
    return str(settings.KITH_CURRENCY)


def rate(currency: str, base: str, day: date) -> Decimal | None:
    """The rate of that day; 1 for the same currency, ``None`` when nobody knows."""
    if currency == base:
        return Decimal(1)
    return _source[0](currency, base, day) if _source else None


def in_base(money: Money, day: date) -> int | None:
    """Ten-thousandths of the own currency; ``None`` without a rate, or beyond what a column holds."""
    known = rate(money.currency, base_currency(), day)
    if known is None:
        return None
    with localcontext(prec=60):
        amount = (money.amount * known).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_EVEN)
    try:
        return to_units(amount)
    except Unreadable:
        return None
