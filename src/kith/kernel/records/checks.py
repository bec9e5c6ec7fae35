"""Steps 2, 3 and 6 of a change: which values may be written, what they mean, and whether they may be kept.

All complaints are collected, so that a form shows every mistake at once.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import ANY, References, led_to
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.policy.rows import rows_q
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot, padded
from kith.kernel.records import read, tree
from kith.kernel.records.models import ExternalKey
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec

if TYPE_CHECKING:
    from kith.kernel.records.change import Change


def said(error: ValueError) -> str:
    """The sentence of an error in the reader's language."""
    if isinstance(error, Unreadable):
        return _(error.message) % {
            key: _(value) if value and isinstance(value, str) else value for key, value in error.params.items()
        }
    return str(error)


def pick(ctx: Context, spec: ObjectSpec, changes: Iterable[Change]) -> None:
    """Steps 2 and 3. An unknown field and one that this actor may not see are refused alike."""
    writable, locale = mask.writable(ctx, spec), ctx.locale
    for one in changes:
        given = one.given
        for name, raw in one.item.values.items():
            here = writable.get(name)
            if here is None:
                _not_writable(ctx, spec, one, name)
                continue
            try:
                given[name] = here.type.parse(here, raw, locale)
            except Unreadable as error:
                one.complaints.add(name, error.code, said(error))


def _not_writable(ctx: Context, spec: ObjectSpec, one: Change, name: str) -> None:
    if name in mask.readable(ctx, spec):
        one.complaints.add(name, "read_only", _("This field cannot be changed"))
    else:
        message = _("%(object)s has no field “%(field)s”") % {"object": spec.label_many, "field": name}
        one.complaints.add(name, "unknown_field", message)


def expanded(one: Change) -> dict[str, Any]:
    """The given values with composites written out as the fields they stand for."""
    wholes = one.spec.wholes
    if wholes.keys().isdisjoint(one.given):
        return one.given
    plain = {name: value for name, value in one.given.items() if name not in wholes}
    for name, value in one.given.items():
        if name in wholes:
            try:
                plain.update(wholes[name].run(value, {**one.before, **plain}))
            except Unreadable as error:
                one.complaints.add(name, error.code, said(error))
    return plain


def alone(ctx: Context, spec: ObjectSpec, changes: Iterable[Change]) -> None:
    """Step 6 as far as it looks at nothing but the record itself: types and required fields."""
    needed = [here for here in spec.fields.values() if here.required and here.expands is None]
    for one in changes:
        if one.verb in ("created", "updated"):
            _types(one)
            missing = [
                here
                for here in needed
                if (one.is_new or here.name in one.diff) and here.type.empty(one.after.get(here.name))
            ]
            if missing:
                _required(ctx, one, missing)


def run(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Step 6 as far as it looks at other records, too: references, uniqueness, then the spec's own ``check``."""
    living_changes = [one for one in changes if one.verb in ("created", "updated") and one.record is not None]
    _references(ctx, spec, living_changes)
    tree.check(spec, [one for one in changes if one.verb != "deleted" and one.record is not None])
    _unique(ctx, spec, [one for one in changes if one.verb != "deleted"])
    _keys(spec, living_changes)
    for one in living_changes:
        if not one.complaints.found:
            spec.check(one)
    for one in changes:
        if one.verb == "deleted" and one.record is not None and not one.complaints.found:
            spec.check_delete(one)


def _types(one: Change) -> None:
    """Each new value by its own field; one that is written as others is asked in its own name, too."""
    fields, after = one.spec.fields, one.after
    asked = [(fields[name], one.given[name]) for name in one.spec.wholes if name in one.given]
    new = [(fields[name], after[name]) for name, (_was, wish) in one.diff.items() if wish is not None]
    for here, value in [*((here, value) for here, value in asked if not here.type.empty(value)), *new]:
        try:
            here.type.check(here, value)
        except Unreadable as error:
            one.complaints.add(here.name, error.code, said(error))


def _required(ctx: Context, one: Change, missing: Sequence[Field]) -> None:
    """A field that the writer may not see is not named, not even by its label; they are told how to go on all the
    same.
    """
    readable, writable = mask.readable(ctx, one.spec), mask.writable(ctx, one.spec)
    for here in missing:
        if here.name in writable or ctx.actor.is_system:
            one.complaints.add(here.name, "required", _("%(field)s is needed") % {"field": here.label})
        elif here.name in readable:
            message = _("%(field)s is needed, and you may not fill it in. Ask somebody who may.")
            one.complaints.add(here.name, "required", message % {"field": here.label})
    if any(here.name not in {**writable, **readable} for here in missing) and not ctx.actor.is_system:
        message = _(
            "%(objects)s need a value that you may not fill in. Ask an administrator to make the record, or to let you."
        )
        one.complaints.add("", "required", message % {"objects": one.spec.label_many})


def _references(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Every record newly led to exists and may be seen by the writer: one query per object led to.

    Defaults (the writer as owner, their team) are Kith's own and not asked about: a token may not see its own user.
    """
    wanted: dict[str, list[tuple[Change, str, uuid.UUID]]] = defaultdict(list)
    leading = {name: here for name, here in spec.fields.items() if here.target}
    for one in changes:
        moved = [(name, here) for name, here in leading.items() if name in one.diff]
        asked = _asked(one) if moved else ()
        for name, here in moved:
            if name in asked:
                for target, id in {*led_to(here, one.after[name])} - {*led_to(here, one.before.get(name))}:
                    if target != ANY:
                        wanted[target].append((one, name, id))
    for target, uses in wanted.items():
        held = ctx.schema.get(target)
        seen = read.ids(ctx, held, {id for _change, _name, id in uses}) if held else set()
        for one, name, id in uses:
            inner = held is not None and not held.menu and spec.fields[name].target == ANY  # a role, a token
            if id not in seen or inner:
                one.complaints.add(name, "not_found", _("There is no such record, or you may not see it"))


def _asked(one: Change) -> set[str]:
    """The fields that the writer named, and those that these write."""
    names = set(one.item.values)
    return names.union(
        *(to.expands.to for name in names if (to := one.spec.fields.get(name)) is not None and to.expands)
    )


def keep_unseen(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Put back into lists of references what their writer cannot see: who saves the list as it was shown drops nothing
    that was not shown. An entry that the writer sees and leaves out goes. One query per object that is led to, and none
    where nothing is left out.
    """
    lists: dict[str, list[Change]] = defaultdict(list)
    for one in changes:
        for name in one.given:
            held = one.before.get(name) if isinstance(spec.fields[name].type, References) else ()
            if any(to not in one.given[name] for to in held or ()):
                lists[name].append(one)
    for name, those in lists.items():
        rows = [read.Row(one.id, 0, {name: one.before[name]}) for one in those]
        seen = read.titles(ctx, [spec.fields[name]], rows)
        for one in those:
            hidden = {to.key: (place, to) for place, to in enumerate(one.before[name]) if to.key not in seen}
            wanted = [to for to in one.given[name] if to.key not in hidden]
            for place, to in hidden.values():
                wanted.insert(place, to)
            one.given[name] = tuple(wanted)


def _unique(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """No other record holds the value, nor another item of the same batch. The message names no other record; that
    it lies in the bin is said to those who may see it there.
    """
    for here in (one for one in spec.fields.values() if one.unique):
        claims: dict[Any, list[Change]] = defaultdict(list)
        for one in changes:
            if (here.name in one.diff or one.verb == "restored") and not here.type.empty(one.after.get(here.name)):
                claims[here.store.operand(here, one.after[here.name])].append(one)
        if not claims:
            continue
        leaving = {
            one.id for one in changes if here.name in one.diff
        }  # what they held, they give up in this very batch
        holders = {value: row for value, row in _holders(spec, here, list(claims)).items() if row[0] not in leaving}
        binned = [id for id, deleted in holders.values() if deleted is not None]
        seen = _binned_seen(ctx, spec, binned) if binned else frozenset()
        for value, claimants in claims.items():
            holder = holders.get(value, (None, None))[0]
            for place, one in enumerate(claimants):
                if place or (holder is not None and holder != one.id):
                    message = (
                        _("%(field)s must be unique; a record in the bin holds this value. Restore it first")
                        if holder in seen and not place
                        else _("%(field)s must be unique; this value is already in use")
                    )
                    one.complaints.add(here.name, "taken", message % {"field": here.label})


def _holders(spec: ObjectSpec, here: Field, values: list[Any]) -> dict[Any, tuple[uuid.UUID, Any]]:
    """Who holds these values, and since when in the bin. A column's own constraint counts the bin; a user-made field
    gives its values up there.
    """
    expr = here.type.expr(here)
    rows = spec.model._default_manager.filter(**spec.scope) if here.shipped else living(spec)
    held = rows.annotate(_held=expr).filter(In(expr, values)).values_list("_held", "pk", "deleted_at")
    return {value: (id, deleted) for value, id, deleted in held}


def _binned_seen(ctx: Context, spec: ObjectSpec, ids: list[uuid.UUID]) -> frozenset[uuid.UUID]:
    rows = spec.model._default_manager.filter(rows_q(ctx, spec), pk__in=ids, **spec.scope)
    return frozenset(rows.values_list("pk", flat=True))


def _keys(spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """No other record, not even in the bin, holds a key of another system, nor another item of the same batch."""
    claims: dict[tuple[str, str], list[tuple[Change, str]]] = defaultdict(list)
    keyed = {name for name, here in spec.fields.items() if getattr(here.store, "table", "") == "keys"}
    for one in changes:
        for name in keyed & one.diff.keys():
            here = spec.fields[name]
            if not here.type.empty(one.after[name]):
                held = one.after[name]
                for pair in [(here.store.kind, held)] if isinstance(held, str) else held:  # type: ignore[attr-defined]
                    claims[pair].append((one, name))
    if not claims:
        return
    held_now = {(system, key): record for system, key, record in _key_holders(spec, *zip(*claims, strict=True))}
    leaving = {one.id for one in changes if keyed & one.diff.keys()}
    taken = {pair: record for pair, record in held_now.items() if record not in leaving}
    for pair, uses in claims.items():
        owners = [taken[pair]] if pair in taken else []
        for one, name in uses:
            if any(owner != one.id for owner in owners):
                message = _("%(field)s must be unique; this value is already in use")
                one.complaints.add(name, "taken", message % {"field": spec.fields[name].label})
            owners.append(one.id)


def _key_holders(spec: ObjectSpec, systems: Sequence[str], keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """System, key and record of every record with one of these keys in one of these systems."""
    places, several = padded(sorted(set(systems))), padded(keys)

    def build() -> QuerySet[Any, Any]:
        slots = [Slot(place, F("system")) for place in range(len(places))]
        more = [Slot(place, F("key")) for place in range(len(places), len(places) + len(several))]
        rows = ExternalKey._default_manager.filter(In(F("system"), slots), In(F("key"), more), object=spec.name)
        return rows.values_list("system", "key", "record")

    return prepared.run(None, ("key holders", spec.name, len(places), len(several)), build, [*places, *several])
