"""The heart of a worker: a thread that keeps the lease of the job at hand, writes its progress and hears of a
cancellation.

It has a database connection of its own, so a job in a transaction neither hides its progress nor loses its lease.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any, Final

import structlog
from django.db import DatabaseError, connections
from django.utils import timezone

from kith.kernel.jobs.blame import described
from kith.kernel.jobs.claim import held
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Progress

BEAT: Final = 1.0  # seconds
_log = structlog.get_logger(__name__)


class Heart:
    """``with Heart(60) as heart: progress = heart.watch(job, stop); …; heart.rest()``. A job shorter than a beat costs
    nothing.
    """

    def __init__(self, lease: float) -> None:
        self.lease = lease
        self._beat = min(BEAT, lease / 4)
        self._lock = threading.Lock()
        self._at: tuple[Job, Progress] | None = None
        self._renewed = 0.0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Heart:
        self._over.clear()
        self._thread = threading.Thread(target=self._live, name="kith-heart", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(2 * BEAT)

    def watch(self, job: Job, stop: threading.Event | None = None) -> Progress:
        """Begin with a job that was claimed just now."""
        progress = Progress(stop)
        with self._lock:
            self._at, self._renewed = (job, progress), time.monotonic()
        return progress

    def rest(self) -> None:
        """The job has ended; what it told last is written by whoever writes its end."""
        with self._lock:
            self._at = None

    def _live(self) -> None:
        try:
            while not self._over.wait(self._beat):
                with self._lock:
                    at = self._at
                if at is not None:
                    self._check(*at)
        finally:
            connections.close_all()

    def _check(self, job: Job, progress: Progress) -> None:
        try:
            self._tell(job, progress)
        except DatabaseError as error:
            _log.warning("no heartbeat", job=str(job.pk), error=described(error))
            connections.close_all()
        if time.monotonic() - self._renewed > self.lease:
            progress.lost = True  # others may have it by now: better to stop than to do it twice

    def _tell(self, job: Job, progress: Progress) -> None:
        values: dict[str, Any] = {}
        started = time.monotonic()
        if progress.dirty:
            progress.dirty = False
            values = {"done": progress.done, "total": progress.total, "message": progress.message}
        if renew := started - self._renewed >= self.lease / 3:
            now = timezone.now()
            values |= {"lease_until": now + timedelta(seconds=self.lease), "heartbeat": now}
        if values and not held(job).update(**values):
            progress.lost = True
            return
        asked = held(job).values_list("cancel", flat=True).first()
        progress.lost = progress.lost or asked is None
        progress.cancelled = bool(asked)
        with self._lock:
            if renew and self._at is not None and self._at[0] is job:
                self._renewed = started
