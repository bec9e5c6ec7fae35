"""Steps 2, 3 and 6 of a change: which values may be written, what they mean, and whether they may be kept.

All complaints are collected, so that a form shows every mistake at once.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models.lookups import In
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.records import read
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


def pick(ctx: Context, spec: ObjectSpec, one: Change) -> None:
    """Steps 2 and 3. An unknown field and one that this actor may not see are refused alike."""
    writable, readable = mask.writable(ctx, spec), mask.readable(ctx, spec)
    for name, raw in one.item.values.items():
        here = writable.get(name)
        if here is None:
            known = name in readable
            message = (
                _("This field cannot be changed")
                if known
                else _("%(object)s has no field “%(field)s”") % {"object": spec.label_many, "field": name}
            )
            one.complaints.add(name, "read_only" if known else "unknown_field", message)
            continue
        try:
            one.given[name] = here.type.parse(here, raw, ctx.locale)
        except Unreadable as error:
            one.complaints.add(name, error.code, said(error))


def expanded(one: Change) -> dict[str, Any]:
    """The given values with composites written out as the fields they stand for."""
    plain = {name: value for name, value in one.given.items() if one.spec.fields[name].expands is None}
    for name, value in one.given.items():
        if expansion := one.spec.fields[name].expands:
            try:
                plain.update(expansion.run(value, {**one.before, **plain}))
            except Unreadable as error:
                one.complaints.add(name, error.code, said(error))
    return plain


def run(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Step 6: types, required fields, references, uniqueness, then the spec's own ``check``."""
    living_changes = [one for one in changes if one.verb in ("created", "updated") and one.record is not None]
    for one in living_changes:
        _types(one)
        _required(one)
    _references(ctx, spec, living_changes)
    _unique(spec, [one for one in changes if one.verb != "deleted"])
    _keys(spec, living_changes)
    for one in living_changes:
        if not one.complaints.found:
            spec.check(one)
    for one in changes:
        if one.verb == "deleted" and one.record is not None and not one.complaints.found:
            spec.check_delete(one)


def _types(one: Change) -> None:
    """Each new value by its own field; one that is written as others is asked in its own name, too."""
    asked = {name: value for name, value in one.given.items() if one.spec.fields[name].expands}
    for name, value in [*asked.items(), *((name, one.after[name]) for name in one.diff if name not in asked)]:
        here = one.spec.fields[name]
        if here.type.empty(value):
            continue
        try:
            here.type.check(here, value)
        except Unreadable as error:
            one.complaints.add(name, error.code, said(error))


def _required(one: Change) -> None:
    names = one.spec.fields if one.is_new else one.diff
    for name in names:
        here = one.spec.fields[name]
        if here.required and here.expands is None and here.type.empty(one.after.get(name)):
            one.complaints.add(name, "required", _("%(field)s is needed") % {"field": here.label})


def _references(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Every record newly led to exists and may be seen by the writer: one query per object led to.

    Defaults (the writer as owner, their team) are Kith's own and not asked about: a token may not see its own user.
    """
    wanted: dict[str, list[tuple[Change, str, uuid.UUID]]] = defaultdict(list)
    for one in changes:
        asked = _asked(one)
        for name in one.diff:
            here = spec.fields[name]
            if here.target and name in asked:
                for id in set(_targets(one.after[name])) - set(_targets(one.before.get(name))):
                    wanted[here.target].append((one, name, id))
    for target, uses in wanted.items():
        held = ctx.schema.get(target)
        seen = read.ids(ctx, held, {id for _change, _name, id in uses}) if held else set()
        for one, name, id in uses:
            if id not in seen:
                one.complaints.add(name, "not_found", _("There is no such record, or you may not see it"))


def _asked(one: Change) -> set[str]:
    """The fields that the writer named, and those that these write."""
    names = set(one.item.values)
    return names.union(
        *(to.expands.to for name in names if (to := one.spec.fields.get(name)) is not None and to.expands)
    )


def _targets(value: Any) -> list[uuid.UUID]:
    if value is None:
        return []
    return [value] if isinstance(value, uuid.UUID) else [one.id for one in value]


def _unique(spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """No other living record holds the value, nor another item of the same batch. The message names no other record."""
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
        taken = {value: id for value, id in _holders(spec, here, list(claims)).items() if id not in leaving}
        for value, claimants in claims.items():
            for place, one in enumerate(claimants):
                if place or (value in taken and taken[value] != one.id):
                    one.complaints.add(
                        here.name,
                        "taken",
                        _("%(field)s must be unique; this value is already in use") % {"field": here.label},
                    )


def _holders(spec: ObjectSpec, here: Field, values: list[Any]) -> dict[Any, uuid.UUID]:
    expr = here.type.expr(here)
    rows = living(spec).annotate(_held=expr).filter(In(expr, values))
    return dict(rows.values_list("_held", "pk"))


def _keys(spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """No other record, not even in the bin, holds a key of another system, nor another item of the same batch."""
    claims: dict[tuple[str, str], list[tuple[Change, str]]] = defaultdict(list)
    for one in changes:
        for name in one.diff:
            here = spec.fields[name]
            if getattr(here.store, "table", "") == "keys" and not here.type.empty(one.after[name]):
                held = one.after[name]
                for pair in [(here.store.kind, held)] if isinstance(held, str) else held:  # type: ignore[attr-defined]
                    claims[pair].append((one, name))
    if not claims:
        return
    systems, keys = zip(*claims, strict=True)
    rows = ExternalKey._default_manager.filter(object=spec.name, system__in=set(systems), key__in=keys)
    held_now = {(system, key): record for system, key, record in rows.values_list("system", "key", "record")}
    leaving = {
        one.id for one in changes if any(getattr(spec.fields[name].store, "table", "") == "keys" for name in one.diff)
    }
    taken = {pair: record for pair, record in held_now.items() if record not in leaving}
    for pair, uses in claims.items():
        owners = [taken[pair]] if pair in taken else []
        for one, name in uses:
            if any(owner != one.id for owner in owners):
                message = _("%(field)s must be unique; this value is already in use")
                one.complaints.add(name, "taken", message % {"field": spec.fields[name].label})
            owners.append(one.id)
