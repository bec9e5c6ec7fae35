"""Named stretches of days for filters and reports: "this_quarter", "last_week", "30d". The end is not in them."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from kith.kernel.kit.errors import Unreadable, gettext_noop

_NAMED = re.compile(r"(this|last|next)_(week|month|quarter|year)")
_SPAN = re.compile(r"(next_)?(\d{1,4})([dwmy])")
_SHIFT = {"last": -1, "this": 0, "next": 1}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def period(name: str, today: date, week_start: int = 0, fiscal_start: int = 1) -> tuple[date, date]:
    """(first day, day after the last) of the period ``name``, seen from ``today``.

    Names: today, yesterday, tomorrow; this/last/next with _week, _month, _quarter, _year; spans "30d", "4w", "6m", "1y"
    for the last so many, today included, and "next_30d" for the coming ones, today included. ``week_start``: 0 is
    Monday. ``fiscal_start``: the month in which the year, and with it the quarters, begin.
    """
    try:
        if name in _DAYS:
            day = today + timedelta(days=_DAYS[name])
            return day, day + timedelta(days=1)
        if named := _NAMED.fullmatch(name):
            return _named(named[2], _SHIFT[named[1]], today, week_start, fiscal_start)
        if span := _SPAN.fullmatch(name):
            return _span(bool(span[1]), int(span[2]), span[3], today)
    except (OverflowError, ValueError) as error:
        raise Unreadable("period_too_far", gettext_noop("This period leaves the calendar")) from error
    raise Unreadable("not_a_period", gettext_noop("“%(name)s” is not a known period"), name=name[:40])


def shift(day: date, count: int, unit: str) -> date:
    """``day`` moved by ``count`` days, weeks, months or years ("d", "w", "m", "y"); months end on their last day.

    Raises OverflowError or ValueError beyond the years 1 to 9999.
    """
    if unit in "dw":
        return day + timedelta(days=count * (7 if unit == "w" else 1))
    years, month = divmod(day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1), 12)
    if not 1 <= years <= 9999:
        raise OverflowError("beyond the calendar")
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _named(unit: str, step: int, today: date, week_start: int, fiscal_start: int) -> tuple[date, date]:
    if unit == "week":
        start = today - timedelta(days=(today.weekday() - week_start) % 7) + timedelta(days=7 * step)
        return start, start + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = shift(today.replace(day=1), -((today.month - fiscal_start) % months), "m")
    start = shift(first, step * months, "m")
    return start, shift(start, months, "m")


def _span(ahead: bool, count: int, unit: str, today: date) -> tuple[date, date]:
    if ahead:
        return today, shift(today, count, unit)
    end = today + timedelta(days=1)
    return shift(end, -count, unit), end
