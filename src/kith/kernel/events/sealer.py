"""The sealer: gives committed events their numbers, without gaps, and chains them, a thousand at a time.

Writers share nothing; only here is there an order. An event whose transaction commits late gets a later number than one
that was born after it, so nobody who follows ``seq`` can miss it. A batch is one transaction that must find the seal as
it was read: two sealers, or one that was held up and woke again, cannot both number. The lease only saves them the
trouble.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog
from django.db import OperationalError, close_old_connections, connection, connections, transaction

from kith.kernel.events.chain import HEAD, START, link
from kith.kernel.events.handlers import forget, on_commit, sealed
from kith.kernel.events.models import Event, Seal
from kith.kernel.jobs.again import again
from kith.kernel.jobs.blame import described
from kith.kernel.jobs.lease import holder, leave, take

BATCH: Final = 1000
LEASE: Final = 15.0  # seconds
POLL: Final = 1.0
BREATH: Final = 0.2  # seconds between two batches that were not full: under load one transaction seals many commits
NAME: Final = "sealer"
_log = structlog.get_logger(__name__)


class _Raced(Exception):
    """Another sealer was faster; nothing of ours is written."""


def seal(limit: int = BATCH) -> int:
    """Seal one batch; how many. 0 when there is nothing, or another process was faster.

    Reading and hashing happen before the transaction, so that the write lock of SQLite is held for the updates only.
    """
    rows = list(Event.objects.filter(seq=None).order_by("id").values_list(*HEAD, "digest")[:limit])
    if not rows:
        return 0
    before = _held()
    chain, links = before.chain or START, []
    for seq, row in enumerate(rows, before.seq + 1):
        chain = link(chain, row[:-1], row[-1])
        links.append((seq, chain, row[0]))
    try:
        again(lambda: _write(before, links))
    except _Raced:
        return 0
    return len(links)


def seal_all() -> int:
    """Seal whatever is committed by now; how many."""
    count = 0
    while number := seal():
        count += number
    return count


def ensure_sealed() -> None:
    """Seal what is committed, up to a batch, in the caller's thread: for readers of ``seq`` that must see what was just
    written.
    """
    if seal():
        sealed()


def sealed_to() -> int:
    """The last number given."""
    return Seal.objects.filter(id=1).values_list("seq", flat=True).first() or 0


def waiting() -> int:
    """How many committed events have no number yet."""
    return Event.objects.filter(seq=None).count()


def _held() -> Seal:
    found = Seal.objects.filter(id=1).first()
    if found is None:
        Seal.objects.bulk_create([Seal()], ignore_conflicts=True)
        found = Seal.objects.get(id=1)
    return found


def _write(before: Seal, links: Sequence[tuple[int, str, Any]]) -> None:
    with transaction.atomic():
        moved = Seal.objects.filter(id=1, seq=before.seq, chain=before.chain).update(
            seq=links[-1][0], chain=links[-1][1]
        )
        if not moved or _number(links) != len(links):
            raise _Raced


def _number(links: Sequence[tuple[int, str, Any]]) -> int:
    """Write numbers and links; how many rows took them. ``executemany`` is several times as fast as ``bulk_update``."""
    table, key = connection.ops.quote_name(Event._meta.db_table), Event._meta.get_field("id")
    statement = f"UPDATE {table} SET seq = %s, chain = %s WHERE id = %s AND seq IS NULL"  # noqa: S608  (our own table's name)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(seq, chain, key.get_db_prep_value(id, connection)) for seq, chain, id in links])
        return int(cursor.rowcount)


def run(stop: threading.Event) -> None:
    """Seal until ``stop``: a loop for ``kith serve`` and ``kith worker``. Woken by commits in this process, else once a
    second.

    The lease is asked for only when there is something to seal: an idle process writes nothing.
    """
    by, ring, until = holder(), threading.Event(), 0.0
    on_commit(ring.set)
    try:
        while not stop.is_set():
            ring.clear()
            if not Event.objects.filter(seq=None).exists():
                close_old_connections()
                ring.wait(POLL)
                continue
            now = time.monotonic()
            if now > until - LEASE / 2:
                until = now + LEASE if take(NAME, by, LEASE) else 0.0
            number = _batch() if until else 0
            if number:
                sealed()
            if number < BATCH:
                stop.wait(BREATH if number else POLL)
        leave(NAME, by)
    finally:
        forget(ring.set)
        connections.close_all()


def _batch() -> int:
    try:
        return seal()
    except OperationalError as error:  # the database is busy with a long write: in a moment
        _log.warning("sealing put off", error=described(error))
        return 0
