"""Merging records that are one: the survivor keeps or takes each value, every child follows, the losers go into the
bin.

All of it is one batch of ordinary changes, so one undo brings everything back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import ExternalKeys
from kith.kernel.fields.references import References, To
from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.policy.rows import holds
from kith.kernel.records import aside, read
from kith.kernel.records.change import Change, Item, change_many
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.records.models import Link
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec, names

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do: the survivor's new values, and per object how many records would follow.

    Holds only what the actor may read. ``held`` are the values of each record, ``after`` those of the one that stays.
    """

    values: Mapping[str, tuple[Any, Any]]  # field -> before, after (Python values), where they differ
    moved: Mapping[str, int]
    held: Mapping[uuid.UUID, Mapping[str, Any]]
    after: Mapping[str, Any]


@dataclass(slots=True)
class Merged:
    """What a merge did; undoing ``event``, or any other of its ``batch``, undoes all of it. ``moved`` counts the
    children that the actor may see.
    """

    batch: uuid.UUID
    survivor: Change | None
    moved: dict[str, int] = field(default_factory=dict)
    event: uuid.UUID | None = None


def preview(
    ctx: Context, spec: ObjectSpec, survivor: uuid.UUID, losers: Sequence[uuid.UUID], take: Mapping[str, uuid.UUID]
) -> Preview:
    """What ``merge`` would do; writes nothing. Counts only records that the actor may see."""
    held = _held(ctx, spec, survivor, losers)
    after = _values(spec, held, survivor, losers, take, mask.writable(ctx, spec))
    shown = mask.readable(ctx, spec)
    differs = {
        name: (held[survivor][name], value)
        for name, value in after.items()
        if name in shown and held[survivor][name] != value
    }
    moved: dict[str, set[uuid.UUID]] = {}
    for other, _here, ids in _children(ctx, spec, losers):
        moved.setdefault(other.name, set()).update(read.ids(ctx, other, ids))
    whole = _whole(spec, {**held[survivor], **after})
    return Preview(
        differs,
        {name: len(ids) for name, ids in moved.items() if ids},
        {id: {name: values[name] for name in shown} for id, values in held.items()},
        {name: whole[name] for name in shown},
    )


def _whole(spec: ObjectSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those put together anew that show several of them as one: a name, an address."""
    made = dict(values)
    for name, one in spec.fields.items():
        columns = one.store.columns
        if one.expands is not None and columns and set(columns) <= set(one.expands.to):
            made[name] = one.store.load(one, [values[column] for column in columns])
    return made


def merge(
    ctx: Context,
    spec: ObjectSpec,
    survivor: uuid.UUID,
    losers: Sequence[uuid.UUID],
    take: Mapping[str, uuid.UUID] | None = None,
) -> Merged:
    """Merge ``losers`` into ``survivor``; ``take`` names per field the record whose value counts.

    Without a choice each field type decides: the survivor's value, or the loser's where that is empty; addresses and
    tags of both. The actor must be able to update the survivor and delete the losers; children follow even where the
    actor cannot see them, or they would be lost. Raises :class:`NotFound`, :class:`Forbidden`, :class:`Invalid`.
    """
    take = take or {}
    done = Merged(ctx.batch or new_id(), None)
    with transaction.atomic():
        held = _held(ctx, spec, survivor, losers)
        together = ctx.with_(batch=done.batch)
        system = together.with_(
            actor=replace(ctx.actor, kind="system")
        )  # in the actor's name: children beyond their sight follow
        after = _values(spec, held, survivor, losers, take, mask.writable(ctx, spec))
        _release(system, spec, held, losers)
        changes = {name: value for name, value in after.items() if value != held[survivor][name]}
        done.survivor = change_many(system, spec, [Item(_wire(spec, changes), survivor)])[0]
        moved: dict[str, set[uuid.UUID]] = {}
        for other, here, ids in _children(ctx, spec, losers):
            moved.setdefault(other.name, set()).update(read.ids(ctx, other, ids))
            if here.name in names(other.once):
                ids = _united(system, other, here, ids, survivor)
            items = [Item({here.name: _pointed(other, here, id, losers, survivor)}, id) for id in ids]
            change_many(system, other, items)
        done.moved = {name: len(ids) for name, ids in moved.items() if ids}
        gone = change_many(together, spec, [Item(id=id, verb="delete") for id in losers])
        done.event = next((one.event.id for one in gone if one.event is not None), None)
    return done


def _held(
    ctx: Context, spec: ObjectSpec, survivor: uuid.UUID, losers: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[str, Any]]:
    """The values of all records in question, which the actor must be able to merge."""
    wanted = [survivor, *losers]
    if not losers or len(set(wanted)) != len(wanted) or len(wanted) > MOST:
        raise Invalid(
            [Complaint("", "bad_merge", _("Choose between 2 and %(most)s different records to merge") % {"most": MOST})]
        )
    rows = (
        {row.pk: row for row in living(spec).select_for_update().filter(pk__in=wanted)}
        if transaction.get_connection().in_atomic_block
        else {row.pk: row for row in living(spec).filter(pk__in=wanted)}
    )
    for id in wanted:
        if id not in rows or not holds(ctx, spec, "read", rows[id]):
            raise NotFound(spec.name, id)
        if not holds(ctx, spec, "update" if id == survivor else "delete", rows[id]):
            raise Forbidden(
                _("To merge, you must be able to change the one that stays and delete the others."), "merge"
            )
    beside = aside.load(spec, aside.tables(spec.fields.values()), wanted)
    return {
        id: {
            name: beside[id, name]
            if (id, name) in beside
            else one.store.load(one, [getattr(row, column) for column in one.store.columns])
            for name, one in spec.fields.items()
        }
        for id, row in rows.items()
    }


def _values(
    spec: ObjectSpec,
    held: Mapping[uuid.UUID, Mapping[str, Any]],
    survivor: uuid.UUID,
    losers: Sequence[uuid.UUID],
    take: Mapping[str, uuid.UUID],
    writable: Mapping[str, Field],
) -> dict[str, Any]:
    unknown = sorted(name for name, id in take.items() if name not in writable or id not in held)
    if unknown:
        raise Invalid([Complaint(name, "unknown_field", _("This field cannot be chosen")) for name in unknown])
    wholes = {name: one.expands.to for name, one in spec.fields.items() if one.expands is not None and name in take}
    take = {**{part: take[name] for name, parts in wholes.items() for part in parts}, **take}
    after: dict[str, Any] = {}
    for name, one in spec.fields.items():
        if not one.editable or one.expands is not None:
            continue
        value = held[take.get(name, survivor)][name]
        if name not in take:
            for id in losers:
                value = one.type.merge(one, value, held[id][name])
        after[name] = value
    together = spec.united([held[survivor], *(held[id] for id in losers)])
    return {**after, **{name: value for name, value in together.items() if name not in take}}


def _wire(spec: ObjectSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if spec.fields[name].type.empty(value) else spec.fields[name].type.dump(spec.fields[name], value)
        for name, value in values.items()
    }


def _release(
    ctx: Context, spec: ObjectSpec, held: Mapping[uuid.UUID, Mapping[str, Any]], losers: Sequence[uuid.UUID]
) -> None:
    """Take keys and unique values from the losers first: two records never hold them at once, not even for a moment."""
    items = []
    for id in losers:
        own = [
            name
            for name, one in spec.fields.items()
            if one.editable
            and one.expands is None
            and (one.unique or isinstance(one.type, ExternalKeys))
            and not one.type.empty(held[id][name])
        ]
        if own:
            items.append(Item(dict.fromkeys(own), id))
    if items:
        change_many(ctx, spec, items)


def _children(
    ctx: Context, spec: ObjectSpec, losers: Sequence[uuid.UUID]
) -> Iterator[tuple[ObjectSpec, Field, list[uuid.UUID]]]:
    """All records that lead to a loser, by object and field."""
    for other, here in ctx.schema.referring(spec.name):
        if not here.editable:
            continue
        if getattr(here.store, "table", "") == "links":
            found = Link.objects.filter(object=other.name, field=here.name, to_object=spec.name, to_record__in=losers)
            ids = sorted(
                set(found.values_list("record", flat=True))
                & set(living(other).filter(pk__in=found.values("record")).values_list("pk", flat=True))
            )
        else:
            ids = list(
                living(other)
                .filter(**{f"{here.store.columns[0]}__in": losers})
                .order_by("pk")
                .values_list("pk", flat=True)
            )
        ids = [id for id in ids if not (other.name == spec.name and id in losers)]
        if ids:
            yield other, here, ids


def _united(
    ctx: Context, other: ObjectSpec, here: Field, ids: Sequence[uuid.UUID], survivor: uuid.UUID
) -> list[uuid.UUID]:
    """Merge those of the children that would be alike at the survivor into the one that is there, or into the first of
    them. Returns those that are still to be moved.
    """
    rest = [one for one in names(other.once) if one != here.name]
    columns = [column for name in rest for column in other.fields[name].store.columns]
    column = here.store.columns[0]
    rows = (
        living(other).filter(Q(**{column: survivor}) | Q(pk__in=ids)).order_by("pk").values_list("pk", column, *columns)
    )
    stays: dict[tuple[Any, ...], uuid.UUID] = {}
    gone: dict[uuid.UUID, list[uuid.UUID]] = {}
    for id, _target, *key in sorted(rows, key=lambda row: row[1] != survivor):  # what is there stays
        if stays.setdefault(tuple(key), id) != id and id in ids:
            gone.setdefault(stays[tuple(key)], []).append(id)
    for id, those in gone.items():
        merge(ctx, other, id, those)
    lost = {one for those in gone.values() for one in those}
    return [id for id in ids if id not in lost]


def _pointed(other: ObjectSpec, here: Field, id: uuid.UUID, losers: Sequence[uuid.UUID], survivor: uuid.UUID) -> Any:
    """The reference with every loser replaced by the survivor; nothing where a record would lead to itself."""
    if not isinstance(here.type, References):
        return None if id == survivor else str(survivor)
    held: tuple[To, ...] = aside.load(other, {"links": [here]}, [id])[id, here.name]
    moved = {(survivor if one.id in losers else one.id): one for one in held}
    return here.type.dump(here, [replace(one, id=target) for target, one in moved.items() if target != id])
