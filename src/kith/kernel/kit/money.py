"""Money: an exact amount in one currency. Stored as ten-thousandths in a 64-bit whole number.

SQLite keeps a DECIMAL as a binary float and loses digits; a BIGINT is exact and sums fast on every database.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from babel.core import get_global
from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    get_currency_precision,
    get_territory_currencies,
    parse_pattern,
)

from kith.kernel.kit.cldr import cldr, language
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.locale import Locale

PLACES = 4
LARGEST_UNITS = 2**63 - 1
LONGEST = 80
"""Characters of a typed amount."""


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in whole units of ``currency`` (ISO 4217): Money(Decimal("1200.50"), "EUR")."""

    amount: Decimal
    currency: str


def to_units(amount: Decimal) -> int:
    """Ten-thousandths for the column. Refuses what would not come back: a fifth decimal, more than 64 bits."""
    if not amount.is_finite() or amount.adjusted() > 18:
        raise _too_large()
    if amount.adjusted() < -PLACES and amount:
        raise _too_fine()
    with localcontext(prec=max(28, len(amount.as_tuple().digits) + PLACES + 1)):
        units = amount.scaleb(PLACES)
        if units != units.to_integral_value():
            raise _too_fine()
        whole = int(units)
    if not -LARGEST_UNITS - 1 <= whole <= LARGEST_UNITS:
        raise _too_large()
    return whole


def from_units(units: int) -> Decimal:
    """The exact amount, with at least two decimals: 12005000 gives Decimal("1200.50")."""
    sign, digits = int(units < 0), abs(units)
    places = PLACES if digits % 100 else 2
    return Decimal((sign, tuple(map(int, str(digits // 10 ** (PLACES - places)))), -places))


def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 code in capitals; currencies of the past count, old records have them."""
    return code in get_global("all_currencies")


def decimals(currency: str) -> int:
    """Decimals that the currency is usually written with: EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


def format_money(money: Money, locale: Locale | str, exact: bool = False) -> str:
    """ "€486,310", "486.310,50 €". A whole amount goes without decimals unless ``exact`` (documents, price lists).

    Nothing is ever rounded away: 0.0125 shows all its places.
    """
    names = cldr(locale)
    whole = not exact and money.amount == money.amount.to_integral_value()
    text: str = _pattern(str(names), whole).apply(
        money.amount, names, currency=money.currency, currency_digits=not whole, decimal_quantization=whole
    )
    return _CODE_END.sub("\xa0", text)


def format_compact(money: Money, locale: Locale | str) -> str:
    """For tiles and charts: "€1.2M", "¥123.5万". Rounded, so always with the exact amount in the tip."""
    text = format_compact_currency(money.amount, money.currency, locale=cldr(locale), fraction_digits=1)
    return _CODE_END.sub("\xa0", str(text))


def parse_amount(text: str, locale: Locale | str, currency: str | None = None) -> tuple[Decimal, str | None]:
    """(amount, currency if the text names one). "1,234.56", "1.234,56 €", "10k", "2.5 mio", "3万", "$342.09K", "(120)".

    What two languages read differently ("1.234") is read as ``locale`` does. A sign that several currencies share
    ("$", "¥", "kr") is ``currency`` if it can be, then the currency of the locale's country, then the best known one.
    """
    if len(text) > LONGEST:
        raise _not_an_amount()
    if text.isdecimal() and text.isascii():
        return Decimal(text), None  # figures and nothing else mean the same everywhere
    words = _plain_digits(unicodedata.normalize("NFKC", text)).replace("−", "-").strip()
    bracketed = re.fullmatch(r"\((.*)\)", words)
    words = f"-{bracketed[1].strip()}" if bracketed else words
    found = _AMOUNT.fullmatch(words)
    if found is None:
        raise _not_an_amount()
    sign = found["before"] or found["after"]
    code = _currency(sign, locale, currency) if sign else None
    if (found["before"] and found["after"]) and _currency(found["after"], locale, currency) != code:
        raise _not_an_amount()
    if sign and code is None:
        raise _not_an_amount()
    with localcontext(prec=200):
        amount = sum((_segment(part, locale) for part in _SEGMENT.finditer(found["number"])), Decimal(0))
    signs = [sign for sign in found.group("minus", "inner", "trailing") if sign]
    if len(signs) > 1:
        raise _not_an_amount()
    return (-amount if signs == ["-"] else amount), code


_POWERS = {
    0: "",
    1: "十",
    2: "百",
    3: "k tsd thousand 千",
    4: "万 萬",
    5: "十万 十萬",
    6: "m mm mn mio million millions 百万 百萬",
    7: "千万 千萬",
    8: "亿 億",
    9: "b bn mrd billion billions",
    12: "万亿 萬億",
}
_FACTORS: dict[str, int] = {word: 10**power for power, words in _POWERS.items() for word in words.split(" ")}
# A code in letters needs air before the figure ("CHF 12"); CLDR has a pattern of its own for it, Babel leaves it out.
_CODE_END = re.compile(r"(?<=[A-Z]{3})(?=\d)")
_FACTOR = "|".join(sorted(filter(None, _FACTORS), key=len, reverse=True))
_NUMBER = r"(?:\d[\d.,'’_ ]*|\.\d+)(?:e[+-]?\d{1,2}(?!\d))?"
_SEGMENT = re.compile(rf"(?P<digits>{_NUMBER})\s*(?P<factor>{_FACTOR})?\.?", re.IGNORECASE)
_SIGN = (
    r"[A-Za-z]{1,3}\s?[$¥]|\$[A-Za-z]{2}|[A-Za-z]{3}|\w?[$€£¥₹₩₽₺₫฿₴₦₪₱₲₡₵₸₮]"
    r"|元|块|圆|人民币|円|Fr\.|kr\.?|zł|Kč|Ft|lei|Rs\.?|R|S/"
)
_AMOUNT = re.compile(
    rf"(?P<minus>[+-])?\s*(?:(?P<before>{_SIGN})\s*(?P<inner>[+-])?)?\s*"
    rf"(?P<number>{_NUMBER}\s*(?:(?:{_FACTOR})\.?(?![a-z])(?:\s*\d[\d.]*\s*[十百千万萬亿億]+)*)?)"
    rf"\s*(?P<after>{_SIGN})?\s*(?P<trailing>-)?",
    re.IGNORECASE,
)
# The best known currency of a sign first; the others are taken when the field or the country says so.
_SIGNS_OF = """
    € EUR, £ GBP EGP, $ USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP, ₹ INR, ₩ KRW, ₽ RUB, ₺ TRY, ₫ VND, ฿ THB, ₴ UAH,
    ₦ NGN, ₪ ILS, ₱ PHP, ₲ PYG, ₡ CRC, ₵ GHS, ₸ KZT, ₮ MNT, us$ USD, ca$ CAD, c$ CAD, a$ AUD, au$ AUD, nz$ NZD, hk$ HKD,
    s$ SGD, sg$ SGD, nt$ TWD, mx$ MXN, r$ BRL, cn¥ CNY, jp¥ JPY, rmb CNY, 元 CNY, 块 CNY, 圆 CNY, 人民币 CNY, 円 JPY,
    fr. CHF, kr SEK NOK DKK ISK, kr. DKK NOK SEK ISK, zł PLN, kč CZK, ft HUF, lei RON, rs INR PKR LKR, rs. INR PKR LKR,
    r ZAR, s/ PEN, $us USD, $ca CAD, $au AUD, $nz NZD, $hk HKD, $sg SGD, $mx MXN
"""
_SIGNS = {sign: codes for sign, *codes in (entry.split() for entry in _SIGNS_OF.split(","))}


def _too_fine() -> Unreadable:
    return Unreadable("amount_too_fine", gettext_noop("An amount has at most %(places)s decimals"), places=PLACES)


def _too_large() -> Unreadable:
    return Unreadable("amount_too_large", gettext_noop("This amount is too large"))


def _not_an_amount() -> Unreadable:
    return Unreadable("not_an_amount", gettext_noop("Write a number, as in 1200, 1.2k or 3万"))


def _plain_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def _segment(part: re.Match[str], locale: Locale | str) -> Decimal:
    digits, mantissa_end, exponent = part["digits"].casefold().partition("e")
    number = _number(digits.strip(), locale)
    if mantissa_end:
        number = number.scaleb(int(exponent))
    return number * _FACTORS[(part["factor"] or "").casefold()]


def _number(digits: str, locale: Locale | str) -> Decimal:
    """Decide which separator is the decimal one; every other must stand where a thousand ends."""
    marks = re.sub(r"\d", "", digits)
    point = ""
    if "." in marks and "," in marks:
        point = marks[-1]
    elif (mark := marks.strip("'’_ ")) in (".", ",") and _is_point(digits, mark, locale):
        point = mark
    whole, _, rest = digits.partition(point) if point else (digits, "", "")
    if not re.fullmatch(r"\d*", rest) or not re.fullmatch(r"\d*|\d{1,3}(?:([.,'’_ ])\d{2,3})*(?:[.,'’_ ]\d{3})", whole):
        raise _not_an_amount()
    return Decimal(f"{re.sub(r'[^0-9]', '', whole) or '0'}{'.' if rest else ''}{rest}")


def _is_point(digits: str, mark: str, locale: Locale | str) -> bool:
    before, _, after = digits.partition(mark)
    if len(after) != 3 or not 1 <= len(before) <= 3 or before.startswith("0"):
        return True  # no thousand ends here, in any language
    symbols = cldr(locale).number_symbols["latn"]
    return mark == symbols["decimal"] or (mark == "." and symbols["group"] != ".")


def _currency(sign: str, locale: Locale | str, wanted: str | None) -> str | None:
    known = sign.replace(" ", "")
    if len(known) == 3 and is_currency(known.upper()):
        return known.upper()
    shared = _SIGNS.get(known.casefold(), [])
    if known == "¥":
        shared = ["CNY", "JPY"] if language(locale) == "zh" else ["JPY", "CNY"]
    own = locale.currency if isinstance(locale, Locale) else None
    wishes = (wanted, own, _home_currency(str(cldr(locale).territory)))
    return next((wish for wish in wishes if wish in shared), shared[0] if shared else None)


@lru_cache(maxsize=300)
def _home_currency(territory: str) -> str | None:
    return next(iter(get_territory_currencies(territory)), None)


@lru_cache(maxsize=128)
def _pattern(locale: str, whole: bool) -> NumberPattern:
    pattern = cldr(locale).currency_formats["standard"]
    return parse_pattern(re.sub(r"\.0+", "", pattern.pattern)) if whole else pattern
