"""What changed since a sealed number, for two-way sync: ``GET /{object}?changed_after=SEQ``. One entry per record, its
last change.

Who may know of what:

* A record that the actor can read now is *changed*, unless all that happened to it lies in fields that are hidden from
  them.
* A record that they cannot read now is *gone* only if they could have read it, with the reach they have now: it lies in
  the bin within their reach, or one of the events of this very answer moved it out of their reach (its owner or team
  was, before that event, one they reach). Whoever reaches all records gets a tombstone for every one that is no longer
  there. Where a role's condition narrows the reach, nobody can say what it once held: such a record goes
  without a word.
* Of anything else there is no trace: not its id, nor that there was something.

What follows: erased and purged records leave tombstones only to those who reach everything; and when the *rights* of an
actor shrink, no event tells of it. ``reach`` is a digest of what they may read: when it differs from the last answer's,
the client begins again at 0 and drops what does not come. Numbers count the events of the whole company, so gaps tell
how busy it is.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import PRIVATE, USERS
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.events.sealer import ensure_sealed, sealed_to
from kith.kernel.kit import json
from kith.kernel.policy import mask
from kith.kernel.policy.grants import grants
from kith.kernel.policy.rows import Branch, branches, may, rows_q
from kith.kernel.records import read
from kith.kernel.records.errors import Forbidden
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Changed:
    """One record and the number of its last change in this answer. ``gone``: drop it."""

    id: uuid.UUID
    seq: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """An answer. Ask again with ``next``; at the end when ``more`` is false."""

    changed: tuple[Changed, ...]
    next: int
    more: bool
    reach: str


def changed_after(ctx: Context, spec: ObjectSpec, seq: int, limit: int = MOST) -> Changes:
    """Records of one object that changed after ``seq``, oldest change first; what was committed before the call is in
    it.

    Looks at ``limit`` events at most, so ``changed`` may be shorter, even empty, while there is ``more``. Five
    statements. Raises :class:`Forbidden` when the actor may not read the object at all.
    """
    if not may(ctx, spec, "read"):
        raise Forbidden(verb="read")
    ensure_sealed()
    limit = max(1, min(limit, MOST))
    end = sealed_to()
    rows = Event.objects.filter(object=spec.name, seq__gt=seq, seq__lte=end).exclude(record=None).order_by("seq")
    if spec.name == USERS:
        rows = rows.exclude(verb__in=PRIVATE)  # a sign-in changes no record, and is not to be told
    events = list(rows[: limit + 1])
    more, events = len(events) > limit, events[:limit]
    reached = (events[-1].seq or end) if more else max(end, seq)
    return Changes(_entries(ctx, spec, events), reached, more, reach(ctx, spec))


def reach(ctx: Context, spec: ObjectSpec) -> str:
    """A digest of the rows and fields that this actor may read."""
    seen = sorted(f"{one.column}={one.value}" for one in branches(ctx, spec))
    narrowed = [[role.key, role.conditions[spec.name]] for role in grants(ctx).roles if spec.name in role.conditions]
    return hashlib.sha256(json.dumps([seen, sorted(mask.readable(ctx, spec)), narrowed])).hexdigest()[:16]


def _entries(ctx: Context, spec: ObjectSpec, events: Sequence[Event]) -> tuple[Changed, ...]:
    by_record: dict[uuid.UUID, list[Event]] = {}
    for row in events:
        if row.record is not None:
            by_record.setdefault(row.record, []).append(row)
    living = read.ids(ctx, spec, by_record)
    binned = _binned(ctx, spec, set(by_record) - living)
    found = []
    for id, own in by_record.items():
        last = own[-1].seq or 0
        if id in living:
            if any(_shows(ctx, spec, row) for row in own):
                found.append(Changed(id, last, gone=False))
        elif id in binned or any(_left(ctx, spec, row) for row in own):
            found.append(Changed(id, last, gone=True))
    return tuple(sorted(found, key=lambda one: one.seq))


def _binned(ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those that lie in the bin within the actor's reach; for whoever reaches all, also those that are not there any
    more.
    """
    asked = set(wanted)
    if not asked:
        return set()
    if any(not one.column and one.only is None for one in branches(ctx, spec)):
        return asked
    rows = spec.model._default_manager.filter(rows_q(ctx, spec), pk__in=asked, deleted_at__isnull=False, **spec.scope)
    return set(rows.values_list("pk", flat=True))


def _shows(ctx: Context, spec: ObjectSpec, row: Event) -> bool:
    """Whether the event is anything to this actor: an edit of hidden fields only is not."""
    diff = payload_of(row).get("diff", {})
    if row.verb != "updated" or not diff:
        return True
    shown = mask.readable(ctx, spec)
    return any(name in shown for name in diff) or any(name in diff for name in _rules(ctx, spec))


def _left(ctx: Context, spec: ObjectSpec, row: Event) -> bool:
    """Whether before this event the record had an owner or team that the actor reaches."""
    diff = payload_of(row).get("diff", {})
    for name, held in _rules(ctx, spec).items():
        before = _identity(diff[name][0]) if name in diff else None
        if before is not None and any(one.value == before and one.only is None for one in held):
            return True
    return False


def _rules(ctx: Context, spec: ObjectSpec) -> dict[str, list[Branch]]:
    """The actor's branches by the name of the field that they look at."""
    found: dict[str, list[Branch]] = {}
    for one in branches(ctx, spec):
        if one.column:
            found.setdefault(one.column.removesuffix("_id"), []).append(one)
    return found


def _identity(wire: Any) -> uuid.UUID | None:
    return read.identity(wire.get("id", "") if isinstance(wire, dict) else wire) if wire else None
