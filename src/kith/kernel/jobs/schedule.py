"""What happens by the clock: ``@scheduled("0 3 * * *", "backups")`` over a job. Cron in the company's time zone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim
from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from kith.kernel.jobs.acting import SYSTEM
from kith.kernel.jobs.again import again
from kith.kernel.jobs.lease import holder, leave, take
from kith.kernel.jobs.models import Schedule
from kith.kernel.jobs.task import Task

LEASE: Final = 30.0  # seconds
POLL: Final = 1.0
NAME: Final = "scheduler"
_declared: dict[str, Declared] = {}


@dataclass(frozen=True, slots=True)
class Declared:
    """A schedule in code."""

    name: str
    cron: str
    task: Task


def scheduled(cron: str, name: str) -> Callable[[Task], Task]:
    """Decorator over a ``@job`` without arguments: enqueue it, as the system, at these times.

    Time that Kith was not running for is made up for by one run. Raises ``cronsim.CronSimError`` for an expression that
    is none.
    """
    CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))

    def declare(task: Task) -> Task:
        _declared[name] = Declared(name, cron, task)
        return task

    return declare


def next_time(cron: str, after: datetime) -> datetime:
    """When the expression is due first after that moment, in UTC."""
    local: datetime = next(CronSim(cron, after.astimezone(ZoneInfo(settings.TIME_ZONE))))
    return local.astimezone(UTC)


def sync() -> None:
    """Bring the rows in line with what is declared: new ones are made, another expression counts from now."""
    now = timezone.now()
    held = dict(Schedule.objects.values_list("name", "cron"))
    for one in _declared.values():
        if one.name not in held:
            fresh = Schedule(name=one.name, cron=one.cron, next_at=next_time(one.cron, now))
            Schedule.objects.bulk_create([fresh], ignore_conflicts=True)  # another scheduler may be at it
        elif held[one.name] != one.cron:
            Schedule.objects.filter(name=one.name).update(cron=one.cron, next_at=next_time(one.cron, now))


def tick(by: str) -> int:
    """Enqueue what is due; the number of jobs. Safe in two processes: whoever moves ``next_at`` on has fired it."""
    now = timezone.now()
    due = list(Schedule.objects.filter(enabled=True, next_at__lte=now, name__in=list(_declared)))
    if not due or not take(NAME, by, LEASE):
        return 0
    return sum(again(partial(_fire, row, now)) for row in due)


def _fire(row: Schedule, now: datetime) -> bool:
    one = _declared[row.name]
    with transaction.atomic():
        ours = Schedule.objects.filter(name=row.name, next_at=row.next_at).update(
            next_at=next_time(one.cron, now), last_at=now
        )
        if ours:
            one.task.enqueue(SYSTEM)
    return bool(ours)


def run(stop: threading.Event) -> None:
    """The scheduler, until ``stop``: a loop for ``kith serve`` and ``kith scheduler``."""
    by = holder()
    try:
        sync()
        while not stop.wait(POLL):
            tick(by)
            close_old_connections()
        leave(NAME, by)
    finally:
        connections.close_all()
