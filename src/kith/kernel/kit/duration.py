"""Durations: how long a call took, how long a reply may take. Whole seconds inside, "1 h 30 min" outside."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from kith.kernel.kit.cldr import language
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.locale import Locale

LONGEST = 100 * 366 * 86_400
"""A hundred years; more is a typing error, and columns stay far from their limit."""

_SECONDS = {
    1: "s sec secs second seconds 秒 秒钟",
    60: "m min mins minute minutes 分 分钟",
    3600: "h hr hrs hour hours std 小时 个小时 时 钟头 个钟头",
    86_400: "d day days 天 日",
    604_800: "w wk week weeks 周 星期 个星期",
}
_UNIT = {name: seconds for seconds, names in _SECONDS.items() for name in names.split()}
_NAMES = "|".join(sorted(map(re.escape, _UNIT), key=len, reverse=True))
_PART = re.compile(rf"\s*(?:and|,)?\s*(\d{{1,12}}(?:[.,]\d{{1,6}})?|半)\s*({_NAMES})\.?(半)?(?![a-z])")
_CLOCK = re.compile(r"(\d{1,6})[:h]([0-5]\d)(?::([0-5]\d))?")
_WORDS = {"zh": ("天", "小时", "分钟", "秒")}
_SYMBOLS = ("d", "h", "min", "s")


def parse_duration(text: str) -> int:
    """Seconds. "1h 30m", "90 min", "1:30" (hours first), "1.5 h", "2小时15分", "半小时"; a plain number is minutes."""
    words = unicodedata.normalize("NFKC", text).casefold().strip()
    seconds: Decimal | None = None
    if clock := _CLOCK.fullmatch(words):
        hours, minutes, rest = clock.groups()
        seconds = Decimal(int(hours) * 3600 + int(minutes) * 60 + int(rest or 0))
    elif re.fullmatch(r"\d{1,12}([.,]\d{1,6})?", words):
        seconds = Decimal(words.replace(",", ".")) * 60
    elif words:
        seconds = _parts(words.replace("个半小时", ".5小时"))
    if seconds is None:
        raise Unreadable("not_a_duration", gettext_noop("Write a duration, as in 1h 30m or 90 min"))
    if seconds > LONGEST:
        raise Unreadable("duration_too_long", gettext_noop("A duration can be up to 100 years"))
    return int(seconds.to_integral_value())


def format_duration(seconds: int, locale: Locale | str) -> str:
    """ "1 h 30 min", "1 小时 30 分钟"; `parse_duration` reads it back exactly. Weeks are told in days."""
    counts = (seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    units = _WORDS.get(language(locale), _SYMBOLS)
    shown = [f"{count} {unit}" for count, unit in zip(counts, units, strict=True) if count]
    return " ".join(shown) or f"0 {units[2]}"


def _parts(words: str) -> Decimal | None:
    total, at = Decimal(0), 0
    while at < len(words):
        part = _PART.match(words, at)
        if part is None:
            return None
        number, unit, half = part.groups()
        amount = Decimal("0.5") if number == "半" else Decimal(number.replace(",", "."))
        total += (amount + (Decimal("0.5") if half else 0)) * _UNIT[unit]
        at = part.end()
    return total
