"""Schedules and leases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cronsim import CronSimError

from kith.kernel.jobs import lease, schedule, task
from kith.kernel.jobs.models import Job, Schedule
from kith.kernel.jobs.schedule import next_time, scheduled
from kith.kernel.jobs.task import job

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def hourly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(task, "_tasks", dict(task._tasks))
    monkeypatch.setattr(schedule, "_declared", {})

    @scheduled("0 * * * *", "t.hourly")
    @job("t.hour")
    def hour(_ctx: Any, _progress: Any) -> None: ...

    yield


def fired() -> int:
    return Job.objects.filter(task="t.hour").count()


def test_a_schedule_fires_at_its_time_and_once(hourly: None) -> None:
    with time_machine.travel(START, tick=False) as clock:
        schedule.sync()
        assert Schedule.objects.get().next_at == datetime(2026, 5, 4, 13, tzinfo=UTC)
        assert schedule.tick("a") == 0
        clock.shift(3600)
        assert schedule.tick("a") == 1
        assert schedule.tick("a") == 0
        assert fired() == 1
        row = Job.objects.get(task="t.hour")
        assert row.actor["kind"] == "system" and row.lane == ""


def test_missed_times_are_made_up_for_once(hourly: None) -> None:
    with time_machine.travel(START, tick=False) as clock:
        schedule.sync()
        clock.shift(50 * 3600)
        assert schedule.tick("a") == 1
        assert schedule.tick("a") == 0
        assert Schedule.objects.get().next_at == datetime(2026, 5, 6, 15, tzinfo=UTC)


def test_only_the_holder_of_the_lease_fires_and_another_takes_over(hourly: None) -> None:
    with time_machine.travel(START, tick=False) as clock:
        schedule.sync()
        clock.shift(3600)
        assert lease.take(schedule.NAME, "b", 30)
        assert schedule.tick("a") == 0
        clock.shift(31)
        assert schedule.tick("a") == 1
    assert fired() == 1


def test_a_second_scheduler_that_read_the_same_row_does_not_fire(hourly: None) -> None:
    with time_machine.travel(START, tick=False) as clock:
        schedule.sync()
        clock.shift(3600)
        row = Schedule.objects.get()
        assert schedule._fire(row, datetime.now(UTC))
        assert not schedule._fire(row, datetime.now(UTC))
    assert fired() == 1


def test_what_is_switched_off_or_no_longer_declared_does_not_fire(
    hourly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        schedule.sync()
        clock.shift(3600)
        Schedule.objects.update(enabled=False)
        assert schedule.tick("a") == 0
        Schedule.objects.update(enabled=True)
        monkeypatch.setattr(schedule, "_declared", {})
        assert schedule.tick("a") == 0


def test_another_expression_counts_from_now(hourly: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START, tick=False):
        schedule.sync()
        one = schedule._declared["t.hourly"]
        monkeypatch.setitem(schedule._declared, "t.hourly", schedule.Declared(one.name, "30 * * * *", one.task))
        schedule.sync()
        schedule.sync()
        row = Schedule.objects.get()
        assert (row.cron, row.next_at.minute) == ("30 * * * *", 30)


def test_times_are_those_of_the_company_also_where_the_clock_changes(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert next_time("0 3 * * *", datetime(2026, 1, 5, tzinfo=UTC)) == datetime(2026, 1, 5, 2, tzinfo=UTC)
    assert next_time("0 3 * * *", datetime(2026, 7, 5, tzinfo=UTC)) == datetime(2026, 7, 5, 1, tzinfo=UTC)
    skipped = next_time("30 2 * * *", datetime(2026, 3, 29, 0, tzinfo=UTC))  # there is no 02:30 on that day
    assert datetime(2026, 3, 29, 0, tzinfo=UTC) < skipped <= datetime(2026, 3, 29, 2, tzinfo=UTC)


def test_an_expression_that_is_none_is_refused_where_it_is_written() -> None:
    with pytest.raises(CronSimError):
        scheduled("every night", "t.wrong")


def test_a_lease_is_held_prolonged_given_back_and_runs_out() -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert lease.take("x", "a", 10)
        assert not lease.take("x", "b", 10)
        clock.shift(timedelta(seconds=8))
        assert lease.take("x", "a", 10)
        clock.shift(timedelta(seconds=8))
        assert not lease.take("x", "b", 10)
        clock.shift(timedelta(seconds=3))
        assert lease.take("x", "b", 10)
        assert not lease.take("x", "a", 10)
        lease.leave("x", "a")
        assert not lease.take("x", "a", 10)
        lease.leave("x", "b")
        assert lease.take("x", "a", 10)
