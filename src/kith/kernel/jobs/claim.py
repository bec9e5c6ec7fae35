"""The life of a job row: claimed, finished, failed, cancelled, given back. Each step is one guarded UPDATE, so that two
processes that try the same one cannot both succeed."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.jobs.again import again
from kith.kernel.jobs.models import Job, State
from kith.kernel.jobs.task import find
from kith.kernel.jobs.wake import wake

LONGEST: Final = 3600.0  # seconds between two attempts at most
SWEPT: Final = 500
TRIES: Final = 20


class Turns:
    """Whose turn it is, by queue and as one worker sees it: lanes (users) are served one job each, round and round."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}


def claim(worker: str, queues: Iterable[str], lease: float, turns: Turns) -> Job | None:
    """The next job, now ours for ``lease`` seconds; None when there is none. Its ``leased_by`` is the fencing token.

    Highest priority first, then the next user's turn, then the oldest. An idle look is one indexed read per queue.
    """
    for queue in queues:
        for _attempt in range(TRIES):
            ready = Job.objects.filter(state=State.READY, queue=queue)
            top = ready.order_by("-priority").values_list("priority", flat=True).first()
            if top is None:
                break
            found = again(partial(_claim, ready.filter(priority=top), worker, lease, turns.last.get(queue, "")))
            if found is not None:
                turns.last[queue] = found.lane
                return found
            # every row that we saw was taken in between: look again
    return None


def _claim(ready: QuerySet[Job], worker: str, lease: float, last: str) -> Job | None:
    with transaction.atomic():
        rows = ready.order_by("lane", "id")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        # on SQLite the transaction began with the write lock (IMMEDIATE), so nobody else is here
        row = rows.filter(lane__gt=last).first() or rows.first()
        if row is None:
            return None
        now = timezone.now()
        row.leased_by = f"{worker}:{secrets.token_hex(6)}"[-120:]
        row.lease_until, row.heartbeat, row.started_at = now + timedelta(seconds=lease), now, now
        row.state, row.attempts = State.RUNNING, row.attempts + 1
        taken = Job.objects.filter(pk=row.pk, state=State.READY).update(
            state=row.state,
            attempts=row.attempts,
            leased_by=row.leased_by,
            lease_until=row.lease_until,
            heartbeat=now,
            started_at=now,
        )
        return row if taken else None


def held(job: Job) -> QuerySet[Job]:
    """The row, as long as this claim of it holds."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, leased_by=job.leased_by)


def finish(job: Job, result: Any = None, **more: Any) -> bool:
    """Write the result. False when the lease was lost: then the result of another run counts."""
    return _end(job, State.DONE, result=result, error="", **more)


def give_up(job: Job, error: str, **more: Any) -> bool:
    """Park it among the dead letters."""
    return _end(job, State.DEAD, error=error[:500], **more)


def cancelled(job: Job, **more: Any) -> bool:
    """It stopped because it was told to."""
    return _end(job, State.CANCELLED, **more)


def fail(job: Job, error: str, **more: Any) -> bool:
    """An attempt failed: try again later, or give it up after the last one."""
    if job.attempts >= job.max_attempts:
        return give_up(job, error, **more)
    due = timezone.now() + delay(job.backoff, job.attempts)
    free = {"leased_by": "", "lease_until": None}
    return bool(again(lambda: held(job).update(state=State.WAITING, run_after=due, error=error[:500], **free, **more)))


def release(job: Job) -> bool:
    """Put it back as if it had not been claimed: this process ends."""
    free = {"leased_by": "", "lease_until": None, "attempts": F("attempts") - 1}
    return bool(again(lambda: held(job).update(state=State.READY, **free)))


def delay(backoff: float, attempt: int) -> timedelta:
    """Between half and all of ``backoff`` doubled per attempt, at most an hour: those that failed together come back
    apart.
    """
    whole = min(LONGEST, backoff * 2 ** min(attempt - 1, 20))
    return timedelta(seconds=whole * random.uniform(0.5, 1))  # noqa: S311  (spread, not secrecy)


def _end(job: Job, state: State, **values: Any) -> bool:
    free = {"unique_key": None, "leased_by": "", "lease_until": None, "finished_at": timezone.now()}
    return bool(again(lambda: held(job).update(state=state, **free, **values)))


def sweep() -> int:
    """Make ready what is due, and take back what its worker let go (killed, cut off). Idle: two indexed reads."""
    now = timezone.now()
    moved = 0
    while due := list(Job.objects.filter(state=State.WAITING, run_after__lte=now).values_list("pk", flat=True)[:SWEPT]):
        rows = Job.objects.filter(pk__in=due, state=State.WAITING)
        moved += again(partial(rows.update, state=State.READY))
    for job in Job.objects.filter(state=State.RUNNING, lease_until__lt=now)[:SWEPT]:
        moved += _abandoned(job, now)
    return moved


def _abandoned(job: Job, now: datetime) -> bool:
    """A run whose lease ran out. The row must still be as we read it: a late heartbeat wins over us."""
    row = held(job).filter(lease_until__lt=now)
    free: dict[str, Any] = {"leased_by": "", "lease_until": None}
    if job.cancel or job.attempts >= job.max_attempts:
        state = State.CANCELLED if job.cancel else State.DEAD
        free |= {"unique_key": None, "finished_at": now}
    else:
        state = State.READY
    error = "" if job.cancel else _("The worker stopped in the middle")
    return bool(again(lambda: row.update(state=state, error=error, **free)))


def cancel(id: uuid.UUID) -> bool:
    """Stop a job. One that runs is told, and stops at its next step. False when it was finished already."""
    now = timezone.now()
    over = {"state": State.CANCELLED, "finished_at": now, "unique_key": None, "cancel": True}
    if again(lambda: Job.objects.filter(pk=id, state__in=(State.READY, State.WAITING)).update(**over)):
        return True
    return bool(again(lambda: Job.objects.filter(pk=id, state=State.RUNNING).update(cancel=True)))


def retry(id: uuid.UUID) -> bool:
    """Bring a dead or cancelled job back, with all its tries. False when it is neither, or another has its key."""
    job = Job.objects.filter(pk=id, state__in=(State.DEAD, State.CANCELLED)).first()
    if job is None:
        return False
    task = find(job.task)
    fresh = {"attempts": 0, "cancel": False, "finished_at": None, "run_after": timezone.now()}
    try:
        with transaction.atomic():
            key = task.key(job.args) if task else None
            row = Job.objects.filter(pk=id, state=job.state)
            back = row.update(state=State.READY, unique_key=key, **fresh)
    except IntegrityError:
        return False
    transaction.on_commit(wake)
    return bool(back)


def dead() -> QuerySet[Job]:
    """The dead letters, newest first."""
    return Job.objects.filter(state=State.DEAD).order_by("-finished_at")
