"""The worker: claims jobs, runs them as whoever asked, writes what came of it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import structlog
from django.db import close_old_connections, connections
from django.utils import translation
from django.utils.translation import gettext as _

from kith.kernel.jobs import acting, backend, claim, task
from kith.kernel.jobs.blame import described, places
from kith.kernel.jobs.heart import Heart
from kith.kernel.jobs.lease import holder
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Cancelled, Failed, Lost, Progress, Stopping
from kith.kernel.jobs.wake import bell
from kith.kernel.kit import json

LEASE: Final = 60.0  # seconds that a job stays ours without a heartbeat
POLL: Final = 1.0  # seconds between two looks when nobody rings
_log = structlog.get_logger(__name__)


class Worker:
    """Runs jobs, one at a time. ``queues`` empty means all that declared jobs use; several take turns."""

    def __init__(self, name: str = "", queues: Sequence[str] = (), *, lease: float = LEASE, poll: float = POLL) -> None:
        self.name = name or holder()
        self._queues = tuple(queues)
        self._poll = poll
        self._turns = claim.Turns()
        self._heart = Heart(lease)
        self._lease = lease
        self._swept = float("-inf")
        self._next = 0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` (set it, then ring). A job at hand is told and put back; one that does not ask is left to
        its lease.
        """
        with bell() as ring, self._heart, _own_connections():
            while not stop.is_set():
                ring.clear()
                if self._one(stop):
                    continue
                close_old_connections()
                ring.wait(self._poll)

    def run_one(self, stop: threading.Event | None = None) -> bool:
        """Look at what is due, claim and run one job; False when there was none."""
        self._swept = float("-inf")
        with self._heart:
            return self._one(stop)

    def _one(self, stop: threading.Event | None) -> bool:
        if time.monotonic() - self._swept >= self._poll:
            claim.sweep()
            self._swept = time.monotonic()
        job = claim.claim(self.name, self._in_turn(), self._lease, self._turns)
        if job is None:
            return False
        progress = self._heart.watch(job, stop)
        try:
            _run(job, progress)
        finally:
            self._heart.rest()
        return True

    def _in_turn(self) -> list[str]:
        """The queues, another one first each time."""
        known = list(self._queues or task.queues())
        self._next = (self._next + 1) % len(known)
        return known[self._next :] + known[: self._next]


def run(stop: threading.Event) -> None:
    """One worker for all queues, until ``stop``: a loop for ``kith serve`` and ``kith worker``."""
    Worker().run(stop)


def _run(job: Job, progress: Progress) -> None:
    log = _log.bind(job=str(job.pk), task=job.task, attempt=job.attempts)
    try:
        result = _call(job, progress)
    except acting.Gone as gone:
        claim.give_up(job, str(gone))
    except Cancelled:
        claim.cancelled(job, **_told(progress))
    except Stopping:
        claim.release(job)
    except Lost:
        log.warning("lease lost")
    except Failed as failed:
        (claim.give_up if failed.final else claim.fail)(job, str(failed), **_told(progress))
    except Exception as error:
        log.error("job failed", error=described(error), at=places(error))
        claim.fail(job, described(error), **_told(progress))
    else:
        _finish(job, progress, result, log)


def _finish(job: Job, progress: Progress, result: Any, log: Any) -> None:
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        log.error("the result cannot be kept", error=described(error))
        claim.give_up(job, _("It was done, but its result cannot be kept"), **_told(progress))
        return
    if not claim.finish(job, result, **_told(progress)):
        log.warning("lease lost; the result is dropped")


def _call(job: Job, progress: Progress) -> Any:
    if job.backend:
        return backend.call(job)
    known = task.find(job.task)
    if known is None:  # perhaps a newer version's; a newer worker may come
        raise Failed(_("Nothing here does %(task)s") % {"task": job.task})
    ctx = acting.context(job.actor)
    with translation.override(getattr(getattr(ctx, "locale", None), "language", None)):
        return known(ctx, progress, **job.args)


def _told(progress: Progress) -> dict[str, Any]:
    """What the job said last, to be written with its end."""
    if not progress.dirty:
        return {}
    return {"done": progress.done, "total": progress.total, "message": progress.message}


@contextlib.contextmanager
def _own_connections() -> Iterator[None]:
    """This thread's connections end with it."""
    try:
        yield
    finally:
        connections.close_all()
