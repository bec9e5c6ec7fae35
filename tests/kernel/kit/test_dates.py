"""Dates and moments as people type them, periods, and how the product writes them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.dates import format_date, format_moment, parse_date, parse_moment, period, short_when
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale

TODAY = date(2026, 11, 18)  # a Wednesday
SHANGHAI = Locale(language="zh-hans", time_zone="Asia/Shanghai", region="CN", currency="CNY")
NOW = datetime(2026, 11, 18, 6, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [
        ("2026-11-20", "en", "2026-11-20"),
        ("20261120", "en", "2026-11-20"),
        ("2026/1/2", "en", "2026-01-02"),
        ("16/4/2021", "en_GB", "2021-04-16"),
        ("4/16/2021", "en_US", "2021-04-16"),
        ("16/4/2021", "en_US", "2021-04-16"),  # only one order is possible
        ("3/4/2021", "en_US", "2021-03-04"),
        ("3/4/2021", "en_GB", "2021-04-03"),
        ("3.4.2021", "en_US", "2021-04-03"),  # dots: day first
        ("3.4.", "de", "2026-04-03"),
        ("21/4/16", "zh-hans", "2021-04-16"),
        ("1/1/68", "en", "1968-01-01"),
        ("1/1/30", "en", "2030-01-01"),
        ("2021年4月16日", "zh-hans", "2021-04-16"),
        ("4月16日", "zh-hans", "2026-04-16"),
        ("２０２１年４月１６号", "zh-hans", "2021-04-16"),
        ("2026年11月20日 星期五", "zh-hans", "2026-11-20"),
        ("16 Apr, 2021", "en", "2021-04-16"),
        ("Apr 16, 2021", "zh-hans", "2021-04-16"),
        ("16th of April", "en", "2026-04-16"),
        ("16-Apr-21", "en", "2021-04-16"),
        ("16 avril 2021", "fr", "2021-04-16"),
        ("16. März 2021", "de", "2021-03-16"),
        ("29 Feb 2024", "en", "2024-02-29"),
        ("Fri, 16 Apr 2021 00:02:00 +0000", "en", "2021-04-16"),
        ("2021-04-16T00:02:00Z", "en", "2021-04-16"),
        ("Today", "en", "2026-11-18"),
        ("tomorrow", "zh-hans", "2026-11-19"),
        ("昨天", "en", "2026-11-17"),
        ("后天", "zh-hans", "2026-11-20"),
        ("fri", "en", "2026-11-20"),
        ("wednesday", "en", "2026-11-18"),
        ("next fri", "en", "2026-11-27"),
        ("last fri", "en", "2026-11-13"),
        ("last wed", "en", "2026-11-11"),
        ("下周五", "zh-hans", "2026-11-27"),
        ("上周五", "zh-hans", "2026-11-13"),
        ("周一", "zh-hans", "2026-11-16"),
        ("本周日", "zh-hans", "2026-11-22"),
        ("星期天", "zh-hans", "2026-11-22"),
        ("in 3 days", "en", "2026-11-21"),
        ("a week ago", "en", "2026-11-11"),
        ("3天后", "zh-hans", "2026-11-21"),
        ("两周后", "zh-hans", "2026-12-02"),
        ("2个月前", "zh-hans", "2026-09-18"),
        ("+3d", "en", "2026-11-21"),
        ("-2w", "en", "2026-11-04"),
        ("+1m", "en", "2026-12-18"),
        ("next month", "en", "2026-12-18"),
        ("下个月", "zh-hans", "2026-12-18"),
    ],
)
def test_typed_dates(text: str, locale: str, day: str) -> None:
    assert parse_date(text, TODAY, locale).isoformat() == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_date"),
        ("foo", "not_a_date"),
        ("2021-13-01", "not_a_date"),
        ("0000-01-01", "not_a_date"),
        ("14", "not_a_date"),
        ("+99999y", "not_a_date"),
        ("16 Apr May", "not_a_date"),
        ("1" * 1000, "not_a_date"),
        ("31 Feb 2026", "no_such_day"),
        ("2026-02-29", "no_such_day"),
        ("2021-04-16 25:00", "no_such_time"),
    ],
)
def test_unreadable_dates(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_date(text, TODAY, "en")
    assert refusal.value.code == code


def test_the_missing_day_is_named() -> None:
    with pytest.raises(Unreadable, match="February has no day 31"):
        parse_date("31/2/2026", TODAY, "en_GB")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-04-16T00:02:00Z", "2021-04-16T00:02:00+00:00"),
        ("2021-04-16 08:02", "2021-04-16T00:02:00+00:00"),
        ("16 Apr, 2021 00:02:00", "2021-04-15T16:02:00+00:00"),
        ("2021-04-16T00:02:00.123456+02:00", "2021-04-15T22:02:00.123456+00:00"),
        ("Fri, 16 Apr 2021 00:02:00 -0530", "2021-04-16T05:32:00+00:00"),
        ("2021/4/16 9:05", "2021-04-16T01:05:00+00:00"),
        ("2021年4月16日 14时30分", "2021-04-16T06:30:00+00:00"),
        ("tomorrow 3pm", "2026-11-19T07:00:00+00:00"),
        ("tomorrow at 9:00", "2026-11-19T01:00:00+00:00"),
        ("明天下午3点半", "2026-11-19T07:30:00+00:00"),
        ("晚上8点", "2026-11-18T12:00:00+00:00"),
        ("12am", "2026-11-17T16:00:00+00:00"),
        ("12:30pm", "2026-11-18T04:30:00+00:00"),
        ("14:30", "2026-11-18T06:30:00+00:00"),
        ("now", "2026-11-18T06:26:00+00:00"),
        ("in 2 hours", "2026-11-18T08:26:00+00:00"),
        ("2小时后", "2026-11-18T08:26:00+00:00"),
        ("半小时前", "2026-11-18T05:56:00+00:00"),
        ("+30min", "2026-11-18T06:56:00+00:00"),
        ("1618531320", "2021-04-16T00:02:00+00:00"),
        ("1618531320123", "2021-04-16T00:02:00.123000+00:00"),
        ("2026-11-20", "2026-11-19T16:00:00+00:00"),
        ("next fri 10:00", "2026-11-27T02:00:00+00:00"),
    ],
)
def test_typed_moments(text: str, moment: str) -> None:
    assert parse_moment(text, NOW, SHANGHAI).isoformat() == moment


@pytest.mark.parametrize(
    "text", ["", "foo", "14", "13pm", "0am", "9999-12-31T23:59:59-05:00", "0001-01-01", "1:99", "24:00"]
)
def test_unreadable_moments(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_moment(text, NOW, SHANGHAI)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_iso_round_trip(moment: datetime) -> None:
    assert parse_moment(moment.isoformat(), NOW, "en") == moment
    assert parse_date(moment.date().isoformat(), TODAY, "zh-hans") == moment.date()


@given(st.dates(), st.sampled_from(["en", "zh-hans", "de", "fr"]))
def test_what_we_write_we_read(day: date, locale: str) -> None:
    if day.year >= 1000:
        assert parse_date(format_date(day, locale), TODAY, locale) == day


@given(st.text(max_size=100))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in (lambda: parse_date(text, TODAY, "en"), lambda: parse_moment(text, NOW, SHANGHAI)):
        with suppress(Unreadable):
            read()


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-11-18", "2026-11-19"),
        ("yesterday", "2026-11-17", "2026-11-18"),
        ("tomorrow", "2026-11-19", "2026-11-20"),
        ("this_week", "2026-11-16", "2026-11-23"),
        ("last_week", "2026-11-09", "2026-11-16"),
        ("next_week", "2026-11-23", "2026-11-30"),
        ("this_month", "2026-11-01", "2026-12-01"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("next_month", "2026-12-01", "2027-01-01"),
        ("this_quarter", "2026-10-01", "2027-01-01"),
        ("last_quarter", "2026-07-01", "2026-10-01"),
        ("next_quarter", "2027-01-01", "2027-04-01"),
        ("this_year", "2026-01-01", "2027-01-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("next_year", "2027-01-01", "2028-01-01"),
        ("30d", "2026-10-20", "2026-11-19"),
        ("4w", "2026-10-22", "2026-11-19"),
        ("6m", "2026-05-19", "2026-11-19"),
        ("1y", "2025-11-19", "2026-11-19"),
        ("next_30d", "2026-11-18", "2026-12-18"),
    ],
)
def test_periods(name: str, start: str, end: str) -> None:
    assert period(name, TODAY) == (date.fromisoformat(start), date.fromisoformat(end))


def test_week_start_and_fiscal_year() -> None:
    assert period("this_week", TODAY, week_start=6) == (date(2026, 11, 15), date(2026, 11, 22))
    assert period("this_week", date(2026, 11, 15), week_start=6)[0] == date(2026, 11, 15)
    assert period("this_year", TODAY, fiscal_start=4) == (date(2026, 4, 1), date(2027, 4, 1))
    assert period("this_year", date(2026, 3, 31), fiscal_start=4) == (date(2025, 4, 1), date(2026, 4, 1))
    assert period("this_quarter", TODAY, fiscal_start=2) == (date(2026, 11, 1), date(2027, 2, 1))


def test_unknown_and_endless_periods() -> None:
    for name in ("", "soon", "this_day", "30x", "next_", "9999y"):
        with pytest.raises(Unreadable):
            period(name, TODAY)
    with pytest.raises(Unreadable):
        period("this_year", date(9999, 5, 5))


def test_times_in_lists() -> None:
    distances = [(0, "now", "刚刚"), (12, "12 min", "12 分钟"), (130, "2 h", "2 小时"), (20 * 60, "Yesterday", "昨天")]
    for minutes, english, chinese in distances:
        assert short_when(NOW - timedelta(minutes=minutes), NOW, "en") == english
        assert short_when(NOW - timedelta(minutes=minutes), NOW, SHANGHAI) == chinese
    assert short_when(NOW - timedelta(days=5), NOW, "en") == "13 Nov"
    assert short_when(NOW - timedelta(days=5), NOW, SHANGHAI) == "11月13日"
    assert short_when(NOW - timedelta(days=400), NOW, "en") == "14 Oct 2025"
    assert short_when(NOW - timedelta(days=400), NOW, SHANGHAI) == "2025年10月14日"
    assert short_when(NOW + timedelta(minutes=5), NOW, "en") == "in 5 min"
    assert short_when(NOW + timedelta(days=1), NOW, SHANGHAI) == "明天"


def test_the_day_is_the_readers_day() -> None:
    moment = datetime(2026, 11, 17, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai, the day before
    assert short_when(moment, NOW, "en") == "Yesterday"
    assert format_moment(moment, SHANGHAI) == "2026年11月17日 23:30"
    assert short_when(datetime(2026, 11, 17, 16, 30, tzinfo=UTC), NOW, SHANGHAI) == "13 小时"
    assert format_date(TODAY, "en") == "18 Nov 2026"
