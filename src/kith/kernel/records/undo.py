"""Undo: every change can be taken back from its event, alone or with its batch, through the same write path."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.policy.rows import rows_q
from kith.kernel.records import aside, read, reshape
from kith.kernel.records.change import Change, Item, change_many
from kith.kernel.records.errors import Complaint, Conflict, Difference, Forbidden, Invalid, NotFound
from kith.kernel.schema.spec import ObjectSpec

REVERSE: Final = {"created": "delete", "deleted": "restore", "restored": "delete", "updated": "update"}
MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the changes it made, and the ids of records that others had changed since and that stayed as
    they are.
    """

    changes: tuple[Change, ...]
    kept: tuple[uuid.UUID, ...] = ()


def undo(ctx: Context, event_id: uuid.UUID, *, batch: bool = True) -> Undone:
    """Take back one event, of a record or of the schema, or with it the whole batch it belongs to (a bulk edit, an
    import, a merge); a batch of more than :data:`MOST` is refused, since half an undo would be worse than none.

    A single event whose fields were changed again since is a :class:`Conflict` that shows both values. In a batch such
    records are left as they are and named. Raises :class:`NotFound` for an event that the actor may not see.
    """
    row = Event.objects.filter(id=event_id).first()
    if row is not None and row.object == reshape.OBJECT:
        reshape.undo(ctx, row)
        return Undone(())
    if row is None or row.record is None or row.object not in ctx.schema.objects:
        raise NotFound("events", event_id)
    if not _seen(ctx, ctx.schema[row.object], [row.record]):  # before any other answer: there might be nothing
        raise NotFound("events", event_id)
    if row.verb not in REVERSE or row.payload is None:
        raise Invalid([Complaint("", "not_undoable", _("This change cannot be undone"))])
    if not batch or row.batch is None:
        return Undone((_one(ctx, row),))
    return _batch(ctx, row.batch)


def _one(ctx: Context, row: Event) -> Change:
    spec = ctx.schema[row.object]
    item, moved = _item(ctx, row, _now(spec, row))
    if hidden := set(item.values) - set(mask.writable(ctx, spec)):
        raise Forbidden(
            _("This change touches fields that you may not write: %(count)s.") % {"count": len(hidden)}, "update"
        )
    if moved:
        raise Conflict(item.expect or 0, moved)
    return change_many(ctx, spec, [item])[0]


def _batch(ctx: Context, batch: uuid.UUID) -> Undone:
    """Take back the events of a batch, object by object.

    What was carried out in the actor's name beyond their sight (a merge takes every child along) goes back with it,
    once all that they did themselves could be taken back; the answer names only what they may see.
    """
    found = list(Event.objects.filter(batch=batch).order_by("-id")[: MOST + 1])
    if len(found) > MOST:
        raise _too_many(found)
    rows = [
        row
        for row in found
        if row.verb in REVERSE
        and row.record is not None
        and row.payload is not None
        and row.object in ctx.schema.objects
    ]
    carried = [row for row in rows if row.actor_kind == "system" and row.actor is not None and not ctx.actor.is_system]
    own = [row for row in rows if row not in carried]
    _may_carry(ctx, own, carried)
    with transaction.atomic():
        together = ctx.with_(batch=new_id())
        made, kept = _reversed(together, own)
        if carried and made and not kept:
            in_name = together.with_(actor=replace(ctx.actor, kind="system"))
            more, stayed = _reversed(in_name, carried)
            made += [one for one in more if _seen(ctx, one.spec, [one.id])]
            kept += stayed
    by_object: dict[str, set[uuid.UUID]] = defaultdict(set)
    for name, id in kept:
        by_object[name].add(id)
    seen = {name: _seen(ctx, ctx.schema[name], ids) for name, ids in by_object.items()}
    return Undone(tuple(made), tuple(id for name, id in dict.fromkeys(kept) if id in seen[name]))


def _too_many(found: Sequence[Event]) -> Invalid:
    """It would be one transaction, so half of it is no answer either; an import has an undo of its own, in parts."""
    words = {"most": MOST}
    if any(row.source == "import" for row in found):
        message = _("This import made more than %(most)s changes. Undo it from the page of the import.") % words
    else:
        message = (
            _("More than %(most)s changes belong together here. Undo them one by one, from the history of each record.")
            % words
        )
    return Invalid([Complaint("batch", "too_many", message)])


def _may_carry(ctx: Context, own: Sequence[Event], carried: Sequence[Event]) -> None:
    """Whoever takes back what somebody else merged needs what merging needs: to be able to change the one that
    stays.
    """
    theirs = [row for row in carried if row.actor != ctx.actor.id]
    for name in {row.object for row in own}:
        mine = {row.record for row in own if row.object == name}
        ids = {row.record for row in theirs if row.object == name and row.record is not None} - mine
        if ids and ids - read.ids(ctx, ctx.schema[name], ids, "update"):
            raise Forbidden(
                _("To merge, you must be able to change the one that stays and delete the others."), "merge"
            )


def _reversed(ctx: Context, rows: Sequence[Event]) -> tuple[list[Change], list[tuple[str, uuid.UUID]]]:
    """The changes that took these events back, and object and id of the records that stay as they are."""
    by_object: dict[str, list[Event]] = defaultdict(list)
    for row in rows:
        by_object[row.object].append(row)
    made: list[Change] = []
    kept: list[tuple[str, uuid.UUID]] = []
    for name, events in by_object.items():
        spec = ctx.schema[name]
        wanted = [_item(ctx, row, _now(spec, row)) for row in events]
        kept.extend((name, item.id) for item, moved in wanted if moved and item.id)
        changes = change_many(ctx, spec, [item for item, moved in wanted if not moved], partial=True)
        made.extend(one for one in changes if one.event is not None)
        kept.extend((name, one.id) for one in changes if one.complaints.found)
    return made, kept


def _seen(ctx: Context, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these records that lie within the actor's reach, in the bin or not."""
    rows = spec.model._default_manager.filter(rows_q(ctx, spec), pk__in=list(ids), **spec.scope)
    return set(rows.values_list("pk", flat=True))


def _now(spec: Any, row: Event) -> dict[str, Any]:
    """What the fields of this event hold now, in wire form."""
    names = [name for name in payload_of(row).get("diff", {}) if name in spec.fields]
    fields = [spec.fields[name] for name in names]
    record = spec.model._default_manager.filter(
        pk=row.record, **spec.scope
    ).first()  # in the bin, too: a merge put it there
    if record is None:
        return {}
    held = {one.name: one.store.load(one, [getattr(record, column) for column in one.store.columns]) for one in fields}
    needed = aside.tables(fields)
    if needed:
        beside = aside.load(spec, needed, [record.pk])
        held.update({one.name: beside[record.pk, one.name] for group in needed.values() for one in group})
    return {one.name: None if one.type.empty(held[one.name]) else one.type.dump(one, held[one.name]) for one in fields}


def _item(ctx: Context, row: Event, now: dict[str, Any]) -> tuple[Item, list[Difference]]:
    verb = REVERSE[row.verb]
    diff = payload_of(row).get("diff", {})
    if verb != "update":
        return Item(id=row.record, verb=verb, undoes=row.id), []
    moved = [
        Difference(name, old, now.get(name), old)
        for name, (old, new) in diff.items()
        if name in now and now[name] != new
    ]
    values = {name: old for name, (old, _new) in diff.items() if name in now}
    return Item(values, row.record, "update", undoes=row.id), moved
