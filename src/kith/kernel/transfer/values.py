"""Cells read as values, in the way their column is written. What is handed on needs no locale any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Point
from kith.kernel.kit import dates, json
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.money import parse_amount
from kith.kernel.transfer.cells import Cell, text_of
from kith.kernel.transfer.columns import decimal_of, order_of
from kith.kernel.transfer.mapping import Line

NOTHING: Final = frozenset({"n/a", "na", "none", "null", "nil", "-", "--", "\\n", "#n/a", "无", "暂无"})
"""Words for nothing, in columns that hold no words."""

YES: Final = frozenset({"yes", "y", "true", "1", "on", "x", "是", "有", "对"})
SERIALS: Final = (10_000, 80_000)
"""Days since 1899-12-30, as a spreadsheet writes a date that has lost its form: 1927 to 2119."""

_FIGURES = re.compile(r"\d+")
_SPLIT_EMAILS = re.compile(r"[;,\s]+(?=\S+@)")
_STYLE: Final = {".": "en", ",": "de"}
_ORDER: Final = {"dmy": ("en", "GB"), "mdy": ("en", "US")}

Read = Callable[[Cell], Any]  # a cell that is not blank to a value that the field's ``parse`` takes; None for nothing


@dataclass(frozen=True, slots=True)
class Style:
    """How the values of a column are written."""

    decimal: str
    order: str
    zone: str

    @classmethod
    def of(cls, line: Line, locale: Locale) -> Style:
        return cls(line.decimal or decimal_of(locale), line.order or order_of(locale), line.zone or locale.time_zone)


def reader(here: Field, line: Line, locale: Locale) -> Read:
    """How the cells of a column become values of this field. The function raises :class:`Unreadable`."""
    style = Style.of(line, locale)
    name = here.type.name
    if name in ("number", "rating", "percent"):
        return lambda cell: _number(cell, style)
    if name == "money":
        return lambda cell: _money(cell, style, str(here.options.get("currency") or locale.currency))
    if name == "date":
        return lambda cell: _date(cell, style)
    if name == "datetime":
        return lambda cell: moment(cell, style)
    if name == "choice":
        kept = lru_cache(maxsize=1024)(lambda text: _choice(here, text, line.choices))
        return lambda cell: kept(text_of(cell).strip())
    if name in ("bool", "url", "duration"):
        return lambda cell: cell if isinstance(cell, bool) else _worded(cell)
    if name in ("json", "file", "external_keys", "person_name", "address", "addresses"):
        return lambda cell: cell if isinstance(cell, dict | list) else text_of(cell)
    return lambda cell: (cell if type(cell) is str else text_of(cell)).strip() or None


def yes(cell: Cell) -> bool:
    """Whether the cell says yes."""
    return text_of(cell).strip().casefold() in YES


def _worded(cell: Cell) -> str | None:
    text = text_of(cell).strip()
    return None if text.casefold() in NOTHING else text or None


def _number(cell: Cell, style: Style) -> Any:
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return cell
    text = _worded(cell)
    if text is None:
        return None
    if text.count("★") or "/" in text:
        return text
    return parse_amount(text.removesuffix("%").strip() or text, _STYLE.get(style.decimal, "en"))[0]


def _money(cell: Cell, style: Style, currency: str) -> Any:
    if isinstance(cell, dict):
        return cell
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return {"amount": f"{cell:f}" if isinstance(cell, Decimal) else str(cell), "currency": currency}
    text = _worded(cell)
    if text is None:
        return None
    amount, named = parse_amount(text, _STYLE.get(style.decimal, "en"), currency)
    return {"amount": f"{amount:f}", "currency": named or currency}


def _date(cell: Cell, style: Style) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _worded(cell)
    return None if text is None else _day(text, style.order)


@lru_cache(maxsize=8192)
def _day(text: str, order: str) -> date:
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass  # the reader below says what is wrong
    if text.isdecimal() and SERIALS[0] <= int(text) <= SERIALS[1]:
        return date(1899, 12, 30) + timedelta(days=int(text))
    _figures(text)
    return dates.parse_date(text, dates.now().date(), Locale(*_locale(order)))


def moment(cell: Cell, style: Style) -> datetime | None:
    """A moment in UTC; one without an offset is in the column's zone."""
    zone = ZoneInfo(style.zone)
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=zone).astimezone(UTC)
    text = _worded(cell)
    return None if text is None else _moment(text, style.order, style.zone)


@lru_cache(maxsize=8192)
def _moment(text: str, order: str, zone: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        _figures(text)
    language, _zone, region = _locale(order)
    return dates.parse_moment(text, dates.now(), Locale(language, zone, region))


def _locale(order: str) -> tuple[str, str, str]:
    language, region = _ORDER.get(order, ("en", "US"))
    return language, "UTC", region


def _figures(text: str) -> None:
    """Only what has a day and a year of its own: "fri" and "in 3 days" mean nothing in a file."""
    figures = _FIGURES.findall(text)
    if len(figures) < 2 and not (figures and len(figures[0]) >= 8):
        raise Unreadable("not_a_date", gettext_noop("Expected a date, as in 2026-11-20"))


def _choice(here: Field, text: str, choices: dict[str, str]) -> Any:
    if text in choices:
        return choices[text] or Dropped(text)
    parsed = here.type.parse(here, text)
    return parsed if parsed is None or here.choice(str(parsed)) is not None else Dropped(text)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that has no place among the choices: the field stays empty, and the report says so."""

    text: str


def points(here: Field, cell: Cell, kind: str, primary: bool, separators: Sequence[str], locale: Locale) -> list[Point]:
    """The addresses in one cell. Raises :class:`Unreadable` for one that is none."""
    read_one = here.type.read_one  # type: ignore[attr-defined]
    if isinstance(cell, list | dict) or (isinstance(cell, str) and cell[:2] == "[{"):
        raw = json.loads(cell) if isinstance(cell, str) else cell
        if isinstance(raw, dict):  # one of several: which of them is the primary one, it says itself
            return [replace(one, primary=raw.get("primary") is True) for one in here.type.parse(here, [raw], locale)]
        return list(here.type.parse(here, raw, locale))
    made: list[Point] = []
    for text in several(text_of(cell), separators, here.type.name == "emails"):
        if text.casefold() not in NOTHING:
            point: Point = read_one(text, locale)
            first = primary and not made
            made.append(Point(point.value, point.key, kind, first, point.status) if kind or primary else point)
    return made


def several(text: str, separators: Sequence[str], emails: bool = False) -> list[str]:
    """The texts in one cell: cut at the vendor's sign, at line breaks and semicolons; addresses at commas, too."""
    for one in separators:
        text = text.replace(one, "\n")
    pieces = text.replace(";", "\n").split("\n") if ";" in text or "\n" in text else [text]
    if emails:
        pieces = [part for one in pieces for part in (_SPLIT_EMAILS.split(one) if one.count("@") > 1 else [one])]
    return [found for one in pieces if (found := one.strip())]


def kind_of(text: str) -> str:
    """The user's word for an address: Google writes "* Work" for its own words."""
    return text.strip().removeprefix("*").strip().lower()[:20]
