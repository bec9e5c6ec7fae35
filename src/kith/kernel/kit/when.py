"""Days and moments as the product writes them: 20 Nov 2026, 2026年11月20日; "12 min", "Yesterday" in lists.

English and Chinese follow the house style; other languages follow CLDR.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from babel import dates as cldr_dates

from kith.kernel.kit.cldr import cldr, language
from kith.kernel.kit.locale import Locale


class _Words(NamedTuple):
    now: str
    minutes: str
    hours: str
    in_minutes: str
    in_hours: str
    yesterday: str
    tomorrow: str


_ENGLISH = _Words("now", "{} min", "{} h", "in {} min", "in {} h", "Yesterday", "Tomorrow")
_WORDS = {
    "en": _ENGLISH,
    "zh": _Words("刚刚", "{} 分钟", "{} 小时", "{} 分钟后", "{} 小时后", "昨天", "明天"),
}
_DAY = {"en": "d MMM y", "zh": "y年M月d日"}
_SHORT_DAY = {"en": "d MMM", "zh": "M月d日"}


def zone_of(locale: Locale | str) -> tzinfo:
    """The time zone in which to read and show; UTC when only a language is known."""
    return Locale().zone if isinstance(locale, str) else locale.zone


def format_date(day: date, locale: Locale | str) -> str:
    """ "20 Nov 2026", "2026年11月20日"."""
    return _write(day, _DAY.get(language(locale), "medium"), locale)


def format_time(moment: datetime, locale: Locale | str) -> str:
    """The clock in the reader's zone: "14:26"."""
    local = moment.astimezone(zone_of(locale))
    return f"{local:%H:%M}"


def format_moment(moment: datetime, locale: Locale | str) -> str:
    """ "20 Nov 2026 14:26", "2026年11月20日 14:26", in the reader's zone."""
    local = moment.astimezone(zone_of(locale))
    return f"{format_date(local.date(), locale)} {local:%H:%M}"


def short_when(moment: datetime, now: datetime, locale: Locale | str) -> str:
    """For lists: "12 min", "2 h" (today), "Yesterday", "18 Nov", "18 Nov 2025"; the same ahead of now ("in 12 min")."""
    words, zone = _WORDS.get(language(locale), _ENGLISH), zone_of(locale)
    local, here = moment.astimezone(zone), now.astimezone(zone)
    distance = moment - now
    seconds = int(abs(distance.total_seconds()))
    days = (local.date() - here.date()).days
    ahead = distance > timedelta(0)
    if seconds < 60:
        return words.now
    if seconds < 3600:
        return (words.in_minutes if ahead else words.minutes).format(seconds // 60)
    if days == 0:
        return (words.in_hours if ahead else words.hours).format(seconds // 3600)
    if abs(days) == 1:
        return words.tomorrow if ahead else words.yesterday
    if local.year == here.year and language(locale) in _SHORT_DAY:
        return _write(local.date(), _SHORT_DAY[language(locale)], locale)
    return format_date(local.date(), locale)


def _write(day: date, pattern: str, locale: Locale | str) -> str:
    return cldr_dates.format_date(day, pattern, locale=cldr(locale))
