"""Delivering sealed events to the handlers, and trying again what failed."""

from __future__ import annotations

import threading
import uuid
from functools import partial
from typing import Any, Final

import structlog
from django.db import OperationalError, close_old_connections, connections, transaction
from django.utils.translation import gettext as _

from kith.kernel.events.handlers import Handler, declared, find, forget, on_sealed
from kith.kernel.events.models import Cursor, Event
from kith.kernel.events.sealer import sealed_to
from kith.kernel.jobs.acting import SYSTEM
from kith.kernel.jobs.again import again
from kith.kernel.jobs.blame import described, places
from kith.kernel.jobs.lease import holder, leave, take
from kith.kernel.jobs.progress import Failed
from kith.kernel.jobs.task import job

CHUNK: Final = 100
LEASE: Final = 60.0  # seconds
POLL: Final = 1.0
NAME: Final = "handlers"
_log = structlog.get_logger(__name__)


@job("events.deliver", retries=8, backoff=10, unique="handler event")
def deliver_again(_ctx: Any, _progress: Any, *, handler: str, event: str) -> None:
    """Hand one event to one handler once more."""
    known, row = find(handler), Event.objects.filter(pk=uuid.UUID(event)).first()
    if known is None or row is None:
        raise Failed(_("Nothing here does %(task)s") % {"task": handler} if known is None else _("The event is gone"))
    known.function(row)


def run_handlers(chunk: int = CHUNK) -> int:
    """Hand every handler the next events, a chunk each; how many were handed over. 0: all are at the end."""
    end = sealed_to()
    held = dict(Cursor.objects.values_list("name", "seq"))
    return sum(_advance(one, held.get(one.name), end, chunk) for one in declared())


def behind() -> dict[str, int]:
    """How many events each handler has before it, its own or not."""
    end = sealed_to()
    return {name: end - seq for name, seq in Cursor.objects.values_list("name", "seq")}


def _advance(one: Handler, at: int | None, end: int, chunk: int) -> int:
    if at is None:
        at = _begin(one, end)
    if at >= end:
        return 0
    rows = Event.objects.filter(seq__gt=at, seq__lte=end).order_by("seq")
    if one.objects:
        rows = rows.filter(object__in=one.objects)
    if one.verbs:
        rows = rows.filter(verb__in=one.verbs)
    found = list(rows[:chunk])
    count = 0
    for row in found:
        count += 1
        if not _hand(one, row):
            if not again(partial(_put_aside, one, at, row)):
                return count
            at = _seq(row)
    reached = end if len(found) < chunk else _seq(found[-1])
    if reached > at:
        again(partial(_move, one, at, reached))
    return count


def _begin(one: Handler, end: int) -> int:
    seq = 0 if one.start == "beginning" else end
    Cursor.objects.bulk_create([Cursor(name=one.name, seq=seq)], ignore_conflicts=True)
    return Cursor.objects.values_list("seq", flat=True).get(name=one.name)


def _hand(one: Handler, row: Event) -> bool:
    try:
        one.function(row)
    except Exception as error:
        _log.error("handler failed", handler=one.name, seq=row.seq, error=described(error), at=places(error))
        return False
    return True


def _put_aside(one: Handler, at: int, row: Event) -> bool:
    """The failed event becomes a job in the transaction that moves the cursor past it: neither lost nor kept twice."""
    with transaction.atomic():
        if not _move(one, at, _seq(row)):
            return False
        deliver_again.enqueue(SYSTEM, handler=one.name, event=str(row.pk))
    return True


def _seq(row: Event) -> int:
    return row.seq or 0  # only sealed events come here


def _move(one: Handler, at: int, to: int) -> bool:
    """Move the cursor on, if it is where we left it: a process that was held up does not pull it back."""
    return bool(Cursor.objects.filter(name=one.name, seq=at).update(seq=to))


def run(stop: threading.Event) -> None:
    """Deliver until ``stop``: a loop for ``kith serve`` and ``kith worker``. Woken by the sealer of this process."""
    by, ring = holder(), threading.Event()
    on_sealed(ring.set)
    try:
        while not stop.is_set():
            ring.clear()
            if _work(by):
                continue
            close_old_connections()
            ring.wait(POLL)
        leave(NAME, by)
    finally:
        forget(ring.set)
        connections.close_all()


def _work(by: str) -> int:
    """One round under the lease. It is asked for only when a cursor is behind: an idle process writes nothing."""
    end = sealed_to()
    held = dict(Cursor.objects.values_list("name", "seq"))
    if all(held.get(one.name, -1) >= end for one in declared()):
        return 0
    try:
        return run_handlers() if take(NAME, by, LEASE) else 0
    except OperationalError as error:
        _log.warning("delivery put off", error=described(error))
        return 0
