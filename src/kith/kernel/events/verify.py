"""Going over the chain: is the log still what was written? Finds an altered head, link, number or payload, a missing
row, a row put in between, and a log that was cut off. What was erased (salt and payload blanked) is in order.

Whoever can write all rows and the seal can forge a whole new chain; against that only a link kept elsewhere helps.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from typing import Any, Final

from kith.kernel.events.chain import HEAD, START, link
from kith.kernel.events.models import Event, Seal
from kith.kernel.events.record import digest

CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``seq`` is the first number that is wrong, ``reason`` says how; 0 and "" when all is well."""

    checked: int
    seq: int = 0
    reason: str = ""
    event: uuid.UUID | None = None

    @property
    def ok(self) -> bool:
        return not self.reason


def verify(start: int = 0) -> Verdict:
    """Recompute the chain after number ``start`` (whose link is believed) up to the seal. 2,000 rows in memory at a
    time.
    """
    seal = Seal.objects.filter(id=1).first() or Seal()
    at, chain, checked = start, START, 0
    if start:
        before = Event.objects.filter(seq=start).values_list("chain", flat=True).first()
        if before is None:
            return Verdict(0, start, "missing")
        chain = before
    while at < seal.seq:
        rows = list(
            Event.objects.filter(seq__gt=at, seq__lte=seal.seq)
            .order_by("seq")
            .values_list(*HEAD, "digest", "seq", "chain", "salt", "payload")[:CHUNK]
        )
        for row in rows:
            *head, stated, seq, linked, salt, payload = row
            if reason := _wrong(at, chain, head, stated, seq, linked, salt, payload):
                return Verdict(checked, at + 1, reason, None if reason == "missing" else head[0])
            at, chain, checked = seq, linked, checked + 1
        if not rows:
            return Verdict(checked, at + 1, "missing")
    if start <= seal.seq and chain != (seal.chain or START):
        return Verdict(checked, at, "seal altered")
    stray = Event.objects.filter(seq__gt=seal.seq).order_by("seq").values_list("seq", "id").first()
    if stray is not None:
        return Verdict(checked, stray[0] or 0, "beyond the seal", stray[1])
    return Verdict(checked)


def _wrong(at: int, chain: str, head: list[Any], stated: str, seq: int, linked: str, salt: Any, payload: Any) -> str:
    """What is wrong with the next row, or ""."""
    if seq != at + 1:
        return "missing"
    if not hmac.compare_digest(link(chain, head, stated).encode(), linked.encode()):
        return "altered"
    if (salt is None) != (payload is None):
        return "payload altered"
    if payload is not None and digest(bytes(salt), bytes(payload)) != stated:
        return "payload altered"
    return ""
