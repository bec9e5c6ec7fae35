"""Old jobs are thrown away at night; dead letters stay longer, since somebody may want to look at them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from kith.kernel.jobs.models import Job, State
from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import job

KEPT: Final = {State.DONE: timedelta(days=7), State.CANCELLED: timedelta(days=7), State.DEAD: timedelta(days=90)}
CHUNK: Final = 1000


@scheduled("20 3 * * *", "jobs.tidy")
@job("jobs.tidy", unique=True)
def tidy(_ctx: Any, progress: Any) -> int:
    """Delete finished jobs that are older than :data:`KEPT`; the number of them. A thousand per transaction."""
    gone = 0
    for state, age in KEPT.items():
        old = Job.objects.filter(state=state, finished_at__lt=timezone.now() - age)
        while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
            gone += Job.objects.filter(pk__in=ids).delete()[0]
            progress.step(gone)
    return gone
