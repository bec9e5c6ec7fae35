"""Days and moments as people type them, in words or figures, English or Chinese or in the order of their locale.

One name for the whole subject: periods (`periods`) and writing (`when`) are given on from here.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from kith.kernel.kit.cldr import cldr
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.periods import period as period
from kith.kernel.kit.periods import shift
from kith.kernel.kit.when import format_date as format_date
from kith.kernel.kit.when import format_moment as format_moment
from kith.kernel.kit.when import format_time as format_time
from kith.kernel.kit.when import short_when as short_when
from kith.kernel.kit.when import zone_of

LONGEST = 80
"""Characters of a typed date."""


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def today(locale: Locale | str) -> date:
    """The day that it is where the reader is."""
    return now().astimezone(zone_of(locale)).date()


def parse_date(text: str, today: date, locale: Locale | str) -> date:
    """A day: ISO, the locale's order (16/4/2021, 4/16/21, 2021年4月16日), "16 Apr, 2021", or words.

    Words: today, tomorrow, fri, next fri (the Friday of next week, as 下周五), last fri, in 3 days, 3 days ago, +3d,
    -2w, next month, 今天, 明天, 后天, 3天后. A time of day that follows is dropped.
    """
    words = _words(text)
    day = _day(words, today, locale)
    if day is None and (clock := _clock(words)):
        _time(clock)
        day = _day(_date_part(words, clock), today, locale)
    if day is None:
        raise Unreadable("not_a_date", gettext_noop("Write a date, as in 2026-11-20 or next fri"))
    return day


def parse_moment(text: str, now: datetime, locale: Locale | str) -> datetime:
    """A moment in UTC: a date as `parse_date` reads it, with a time ("2021-04-16 00:02", "tomorrow 3pm", 明天下午3点半)

    Also "14:30" (today), "now", "in 2 hours", "2小时后", "+30min", and seconds or milliseconds since 1970. Without an
    offset the time is read in the locale's zone; a day alone is its first moment.
    """
    words, zone = _words(text), zone_of(locale)
    here = now.astimezone(zone)
    try:
        if words in _NOW:
            return now.astimezone(UTC)
        if re.fullmatch(r"\d{10}|\d{13}", words):
            return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(words.ljust(13, "0")))
        if (distance := _distance(words)) is not None:
            return now.astimezone(UTC) + distance
        day, at, offset = _day(words, here.date(), locale), time(), None
        if day is None and (clock := _clock(words)):
            at, offset = _time(clock)
            rest = _date_part(words, clock)
            day = _day(rest, here.date(), locale) if rest else here.date()
        if day is not None:
            local = datetime.combine(day, at)
            if offset is not None:
                return local.replace(tzinfo=UTC) - offset
            return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise Unreadable("not_a_moment", gettext_noop("This date leaves the calendar")) from error
    raise Unreadable("not_a_moment", gettext_noop("Write a date and a time, as in 2026-11-20 14:30"))


_NOW = {"now", "现在", "刚刚", "此刻"}
_NEAR = {"day after tomorrow": 2, "day before yesterday": -2, "today": 0, "tomorrow": 1, "yesterday": -1} | {
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "昨天": -1,
    "昨日": -1,
    "后天": 2,
    "前天": -2,
    "大后天": 3,
    "大前天": -3,
}
_STEP = {
    "1w": ("next week", "下周", "下个星期"),
    "-1w": ("last week", "上周", "上个星期"),
    "1m": ("next month", "下个月", "下月"),
    "-1m": ("last month", "上个月", "上月"),
    "1y": ("next year", "明年"),
    "-1y": ("last year", "去年"),
}
_STEPS = {words: step for step, forms in _STEP.items() for words in forms}
_UNIT = {
    "d": ("d", "day", "天", "日"),
    "w": ("w", "wk", "week", "周", "星期", "礼拜"),
    "m": ("m", "mo", "month", "月"),
    "y": ("y", "yr", "year", "年"),
}
_UNITS = {word: unit for unit, words in _UNIT.items() for word in words}
_FEW = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "两": 2}
_FEW |= {figure: number for number, figure in enumerate("一二三四五六七八九十", 1)}
_COUNT = r"\d{1,5}|an?|one|two|three|[一二两三四五六七八九十]"
_OFFSETS = (
    re.compile(r"(?P<sign>[+-])?\s?(?P<count>\d{1,5})\s?(?P<unit>[dwmy])"),
    re.compile(rf"in (?P<count>{_COUNT}) (?P<unit>day|week|wk|month|mo|year|yr)s?"),
    re.compile(rf"(?P<count>{_COUNT}) ?(?P<unit>day|week|month|year|d|w|m|y)s? (?P<ago>ago|before)"),
    re.compile(rf"(?P<count>{_COUNT}) ?个?(?P<unit>天|日|周|星期|礼拜|月|年)(?:(?P<ago>之?前|以前)|之?后|以后)"),
)
_HOURS = (
    re.compile(rf"(?P<sign>[+-])\s?(?P<count>{_COUNT})\s?(?P<unit>h|min)"),
    re.compile(rf"in (?P<count>{_COUNT}) ?(?P<unit>h|hour|hr|min|minute)s?"),
    re.compile(rf"(?P<count>{_COUNT}) ?(?P<unit>h|hour|hr|min|minute)s? (?P<ago>ago)"),
    re.compile(rf"(?P<count>{_COUNT}|半) ?个?(?P<unit>小时|钟头|分钟)(?:(?P<ago>之?前|以前)|之?后|以后)"),
)
_WEEKDAYS = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_WEEKDAY = re.compile(rf"(?:(?P<which>next|last|this|on) )?(?P<day>{_WEEKDAYS})")
_HAN_WEEKDAY = re.compile(r"(?P<which>下个?|上个?|本|这个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_YMD = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})")
_HAN_YMD = re.compile(r"(?:(\d{4}|\d{2}) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]?")
_PARTS = re.compile(r"(\d{1,2}) ?([-/.]) ?(\d{1,2})(?: ?\2 ?(\d{4}|\d{2}))?\.?")
_CLOCK = re.compile(
    r"(?:(?P<part>上午|早上|凌晨|下午|晚上|中午) ?)?(?<![\d:])(?P<hour>\d{1,2})"
    r"(?:(?P<colon>:|点|时)(?:(?P<minute>\d{1,2})分?(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?|(?P<half>半))?)?"
    r" ?(?P<noon>[ap]\.?m\.?)? ?(?:(?P<utc>z|utc|gmt)|(?P<offset>[+-]\d{2}:?\d{2}))?$"
)


def _words(text: str) -> str:
    if len(text) > LONGEST:
        return ""
    words = unicodedata.normalize("NFKC", text).casefold().replace(",", " ")
    words = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in words)
    return " ".join(words.split())


def _day(words: str, today: date, locale: Locale | str) -> date | None:
    try:
        if words in _NEAR:
            return today + timedelta(days=_NEAR[words])
        if words in _STEPS:
            return shift(today, int(_STEPS[words][:-1]), _STEPS[words][-1])
        for form in _OFFSETS:
            if found := form.fullmatch(words):
                back = found.groupdict().get("sign") == "-" or found.groupdict().get("ago")
                return shift(today, _count(found["count"]) * (-1 if back else 1), _UNITS[found["unit"]])
        if weekday := _WEEKDAY.fullmatch(words) or _HAN_WEEKDAY.fullmatch(words):
            return _on_weekday(weekday, today)
        return _figures(words, today, locale) or _month_by_name(words, today, locale)
    except (OverflowError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        return None


def _count(words: str) -> int:
    return int(words) if words.isdecimal() else _FEW[words]


def _on_weekday(found: re.Match[str], today: date) -> date:
    name, which = found["day"], found["which"] or ""
    english = name.isascii()
    wanted = ("montuewedthufrisatsun".index(name[:3]) // 3) if english else min("一二三四五六日天".index(name), 6)
    monday = today - timedelta(days=today.weekday())
    if which == "last":  # the latest one that is over
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    if which[:1] in ("下", "n"):
        return monday + timedelta(days=7 + wanted)
    if which[:1] == "上":
        return monday + timedelta(days=wanted - 7)
    if which[:1] in ("本", "这") or (not english):
        return monday + timedelta(days=wanted)
    return today + timedelta(days=(wanted - today.weekday()) % 7)  # "fri": the coming one, today included


def _figures(words: str, today: date, locale: Locale | str) -> date | None:
    words = _strip_weekday(words)
    if found := _YMD.fullmatch(words):
        year, month, day = (found[1], found[3], found[4]) if found[1] else (found[5], found[6], found[7])
        return _make(int(year), int(month), int(day), locale)
    if found := _HAN_YMD.fullmatch(words):
        return _make(_year(found[1], today), int(found[2]), int(found[3]), locale)
    if found := _PARTS.fullmatch(words):
        return _in_order(found, today, locale)
    return None


def _in_order(found: re.Match[str], today: date, locale: Locale | str) -> date | None:
    first, mark, second, last = int(found[1]), found[2], int(found[3]), found[4]
    order = _order(str(cldr(locale)))
    if last is None:
        if mark == "-":
            return None
    elif order[0] == "y" and len(last) == 2:
        return _make(_year(found[1], today), second, int(last), locale)
    day_first = order.index("d") < order.index("m") or (mark == "." and order[0] != "y")
    day, month = (first, second) if day_first else (second, first)
    if month > 12 >= day:  # the other order is the only one that can be meant
        day, month = month, day
    return _make(_year(last, today), month, day, locale)


def _month_by_name(words: str, today: date, locale: Locale | str) -> date | None:
    months = _months(str(cldr(locale)))
    parts = [part.strip(".") for part in re.split(r"[ /-]+|(?<=\d)\. ?", _strip_weekday(words)) if part.strip(".")]
    parts = [part for part in parts if part not in ("of", "de", "the")]
    named = [at for at, part in enumerate(parts) if part in months]
    if len(named) != 1 or len(parts) not in (2, 3):
        return None
    month = months[parts.pop(named[0])]
    figures = [re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", part) for part in parts]
    if not all(re.fullmatch(r"\d{1,2}|\d{4}", figure) for figure in figures):
        return None
    if len(figures) == 2 and len(figures[0]) == 4:
        figures.reverse()
    if len(figures[0]) == 4:
        return None
    return _make(_year(figures[1] if len(figures) == 2 else None, today), month, int(figures[0]), locale)


def _strip_weekday(words: str) -> str:
    words = re.sub(rf"^(?:{_WEEKDAYS})\.? (?=.*\d)", "", words)
    return re.sub(r"(?<=[\d日号]) ?\(?(?:周|星期|礼拜)[一二三四五六日天]\)?$", "", words)


def _make(year: int, month: int, day: int, locale: Locale | str) -> date | None:
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    if day > calendar.monthrange(year, month)[1]:
        raise Unreadable(
            "no_such_day",
            gettext_noop("%(month)s has no day %(day)s"),
            month=cldr(locale).months["stand-alone"]["wide"][month],
            day=day,
            number=month,
        )
    return date(year, month, day)


def _year(figures: str | None, today: date) -> int:
    if not figures:
        return today.year
    year = int(figures)
    if len(figures) > 2:
        return year
    century = today.year // 100 * 100
    return century + year - 100 if century + year > today.year + 30 else century + year


def _distance(words: str) -> timedelta | None:
    for form in _HOURS:
        if found := form.fullmatch(words):
            back = found.groupdict().get("sign") == "-" or found.groupdict().get("ago")
            count = 0.5 if found["count"] == "半" else _count(found["count"])
            minutes = 60 if found["unit"].startswith("h") or found["unit"] in ("小时", "钟头") else 1
            return timedelta(minutes=count * minutes * (-1 if back else 1))
    return None


def _clock(words: str) -> re.Match[str] | None:
    """A time at the end of the words. A bare figure is none: it takes a colon, am or pm, or 上午."""
    found = _CLOCK.search(words)
    return found if found and (found["colon"] or found["noon"] or found["part"]) else None


def _time(clock: re.Match[str]) -> tuple[time, timedelta | None]:
    """The time of day and the offset from UTC, None for the reader's own zone."""
    hour, minute = int(clock["hour"]), 30 if clock["half"] else int(clock["minute"] or 0)
    afternoon = clock["part"] in ("下午", "晚上") or (clock["part"] == "中午" and hour < 11)
    noon = (clock["noon"] or "")[:1]
    if noon and not 1 <= hour <= 12:
        hour = 99
    elif noon == "a" or (clock["part"] == "凌晨" and hour == 12):
        hour %= 12
    elif (noon == "p" or afternoon) and hour < 12:
        hour += 12
    second = int(clock["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable("no_such_time", gettext_noop("A day has no time %(time)s"), time=clock[0].strip())
    at = time(hour, minute, second, int((clock["fraction"] or "0")[:6].ljust(6, "0")))
    if shown := clock["offset"]:
        minutes = int(shown[1:3]) * 60 + int(shown[-2:])
        return at, timedelta(minutes=-minutes if shown[0] == "-" else minutes)
    return at, timedelta(0) if clock["utc"] else None


def _date_part(words: str, clock: re.Match[str]) -> str:
    return re.sub(r"(?:(?<=\d)t| at| t)$", "", words[: clock.start()].rstrip()).rstrip()


@lru_cache(maxsize=64)
def _order(locale: str) -> str:
    pattern = str(cldr(locale).date_formats["short"].pattern).lower()
    return "".join(sorted("dmy", key=pattern.find))


@lru_cache(maxsize=64)
def _months(locale: str) -> dict[str, int]:
    names: dict[str, int] = {"sept": 9}
    for source in (cldr("en"), cldr(locale)):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in source.months[context].get(width, {}).items():
                    names[unicodedata.normalize("NFKC", str(name)).casefold().strip(".")] = number
    return names
