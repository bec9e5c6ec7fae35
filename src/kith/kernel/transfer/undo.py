"""Taking back a whole import, however long: created records go to the bin, changed ones get their values back.

It goes through the events of the batch from the last to the first, a chunk a transaction, and remembers how far it
came. Records that somebody changed since are left as they are, and named.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.jobs.progress import Progress
from kith.kernel.records import aside
from kith.kernel.records.change import Item, change_many
from kith.kernel.records.errors import Complaint, Invalid, Refusal
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer.models import Import, State
from kith.kernel.transfer.rights import today

CHUNK: Final = 500
NAMED: Final = 1000
"""Records that were left are named up to here; beyond it they are counted."""

UNDOABLE: Final = (State.DONE, State.PAUSED, State.CANCELLED, State.FAILED, State.UNDOING)


def undo(ctx: Context, job: Import, progress: Progress | None = None) -> Import:
    """Take the import back, from its end or from where an earlier attempt came to. Raises :class:`Invalid`."""
    if job.state not in UNDOABLE:
        raise Invalid([Complaint("", "not_undoable", _("There is nothing to undo"))])
    Import.objects.filter(pk=job.pk).update(state=State.UNDOING)
    within = ctx.with_(batch=uuid.uuid5(job.batch, "undo"), source="import")
    events = Event.objects.filter(batch=job.batch)
    done, total = 0, events.count()
    while rows := list(_left(job, events)[:CHUNK]):
        within = today(within)
        for group in _groups(rows):
            with transaction.atomic():
                kept = _reverse(within, job, group)
                job.undone_to = group[-1].id
                job.kept += len(kept)
                job.kept_records = [*job.kept_records, *kept][:NAMED]
                job.save(update_fields=["undone_to", "kept", "kept_records"])
        done += len(rows)
        if progress is not None:
            progress.step(done, max(total, done))
    Import.objects.filter(pk=job.pk).update(state=State.UNDONE, finished_at=timezone.now())
    job.refresh_from_db()
    return job


def _left(job: Import, events: Any) -> Any:
    rows = events.order_by("-id")
    return rows.filter(id__lt=job.undone_to) if job.undone_to else rows


def _groups(rows: Sequence[Event]) -> Iterator[list[Event]]:
    """Runs of one object in which each record comes once: its second event is judged on the outcome of the first."""
    group: list[Event] = []
    seen: set[uuid.UUID | None] = set()
    for row in rows:
        if group and (row.object != group[0].object or row.record in seen):
            yield group
            group, seen = [], set()
        group.append(row)
        seen.add(row.record)
    if group:
        yield group


def _reverse(ctx: Context, job: Import, rows: Sequence[Event]) -> list[dict[str, str]]:
    """Take these events back; the records that stay as they are."""
    spec = ctx.schema.get(rows[0].object)
    usable = [
        one
        for one in rows
        if one.record is not None and one.payload is not None and one.verb in ("created", "updated", "restored")
    ]
    if spec is None or not usable:
        return []
    changed = [one for one in usable if one.verb == "updated"]
    now = _now(spec, changed)
    edited = _edited(ctx, job, spec, [one for one in usable if one.verb != "updated"])
    items: list[Item] = []
    kept: list[uuid.UUID] = []
    for one in usable:
        if one.record is None:
            continue
        if one.verb != "updated":
            if one.record in edited:
                kept.append(one.record)
            else:
                items.append(Item(id=one.record, verb="delete", undoes=one.id))
            continue
        held = now.get(one.record)
        diff = {name: pair for name, pair in payload_of(one).get("diff", {}).items() if name in spec.fields}
        if held is None or any(held[name] != new for name, (_old, new) in diff.items()):
            kept.append(one.record)
        else:
            items.append(Item({name: old for name, (old, _new) in diff.items()}, one.record, undoes=one.id))
    kept += _tried(ctx, spec, items)
    return [{"object": spec.name, "id": str(id)} for id in kept]


def _tried(ctx: Context, spec: ObjectSpec, items: Sequence[Item]) -> list[uuid.UUID]:
    """Carry them out; the ids of those that could not be."""
    if not items:
        return []
    try:
        with transaction.atomic():
            changes = change_many(ctx, spec, items, partial=True)
        return [one.id for one in changes if one.complaints.found]
    except Refusal:
        if len(items) == 1:
            return [items[0].id] if items[0].id else []
        half = len(items) // 2
        return [*_tried(ctx, spec, items[:half]), *_tried(ctx, spec, items[half:])]


def _edited(ctx: Context, job: Import, spec: ObjectSpec, rows: Sequence[Event]) -> set[uuid.UUID]:
    """New records that somebody else changed since."""
    if not rows:
        return set()
    since = min(one.id for one in rows)
    others = Event.objects.filter(object=spec.name, record__in=[one.record for one in rows], id__gt=since)
    found = others.exclude(batch=job.batch, batch__isnull=False).exclude(batch=ctx.batch, batch__isnull=False)
    return {id for id in found.values_list("record", flat=True) if id is not None}


def _now(spec: ObjectSpec, rows: Sequence[Event]) -> dict[uuid.UUID, dict[str, Any]]:
    """What the fields of these events hold now, in wire form: one query, and one a side table."""
    if not rows:
        return {}
    names = {name for one in rows for name in payload_of(one).get("diff", {}) if name in spec.fields}
    fields = [spec.fields[name] for name in names]
    records = list(
        spec.model._default_manager.filter(pk__in=[one.record for one in rows], deleted_at=None, **spec.scope)
    )
    needed = aside.tables(fields)
    beside = aside.load(spec, needed, [one.pk for one in records]) if needed else {}
    lying = {one.name for group in needed.values() for one in group}
    made: dict[uuid.UUID, dict[str, Any]] = {}
    for record in records:
        values = made[record.pk] = {}
        for one in fields:
            held = (
                beside[record.pk, one.name]
                if one.name in lying
                else one.store.load(one, [getattr(record, column) for column in one.store.columns])
            )
            values[one.name] = None if one.type.empty(held) else one.type.dump(one, held)
    return made
