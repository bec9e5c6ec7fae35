"""What records are called elsewhere: the titles of all that a page leads to, one query per object."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.lookups import In

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import References, led_to
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, may, rows_q
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot, padded
from kith.kernel.records.lasting import lasting_rights
from kith.kernel.schema.memory import place
from kith.kernel.schema.spec import ObjectSpec

if TYPE_CHECKING:
    from kith.kernel.records.read import Row

MOST_KEPT: Final = 32
_titles: dict[tuple[int, str, str], tuple[ObjectSpec, dict[uuid.UUID, str]]] = {}


class Title(NamedTuple):
    """A record as it is named elsewhere. ``text`` is "" when this actor may not see it."""

    object: str
    id: uuid.UUID
    text: str


def forget() -> None:
    """Drop the kept titles: for tests."""
    _titles.clear()
    place(_titles).clear()


def titles(ctx: Context, chosen: Iterable[Field], made: Iterable[Row]) -> dict[tuple[str, uuid.UUID], Title]:
    """Titles of all records that these rows lead to, one query per object. What the actor may not see is not there."""
    wanted: dict[str, set[uuid.UUID]] = {}
    rows_made = list(made)
    for one in chosen:
        if not one.target:
            continue
        if isinstance(one.type, References):
            for row in rows_made:
                for object, id in led_to(one, row.values[one.name]):
                    wanted.setdefault(object, set()).add(id)
        else:
            name, led = one.name, wanted.setdefault(one.target, set())
            led.update([row.values[name] for row in rows_made])
            led.discard(None)
    found: dict[tuple[str, uuid.UUID], Title] = {}
    for name, targets in wanted.items():
        spec = ctx.schema.get(name)
        if spec is None or not targets or not may(ctx, spec, "read"):
            continue
        known = _known(ctx, spec)
        held = dict(title_rows(ctx, spec, targets)) if known is None else known
        for id in targets & held.keys():
            found[name, id] = Title(name, id, held[id])
    return found


def _known(ctx: Context, spec: ObjectSpec) -> dict[uuid.UUID, str] | None:
    """All titles of an object whose every change is a new schema version (users, teams, roles): kept until the next
    one.

    ``None`` for other objects, and for actors who do not see all of its rows.
    """
    if not spec.bumps or spec.title not in mask.readable(ctx, spec):
        return None
    if any(one.column or one.only is not None for one in branches(ctx, spec)):
        return None  # theirs would be kept for everybody, and everybody's shown to them
    key = (ctx.schema.version, spec.name, ctx.locale.language)
    store = place(_titles)
    held = store.get(key)
    if held is None or held[0] is not spec:  # another snapshot of that number
        if len(store) > MOST_KEPT:
            store.clear()
        everybody = spec.model._default_manager.values_list("pk", flat=True)
        held = store[key] = spec, dict(title_rows(ctx, spec, everybody))
    return held[1]


def title_rows(ctx: Context, spec: ObjectSpec, targets: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str]]:
    """Id and title of those targets that the actor may see."""
    shown = mask.readable(ctx, spec).get(spec.title)
    if shown is None:
        return
    ids, columns = padded(list(targets)), shown.store.columns

    def build() -> QuerySet[Any, Any]:
        places = [Slot(place, F("id")) for place in range(len(ids))]
        held = spec.model._default_manager.filter(rows_q(ctx, spec), In(F("id"), places), **spec.scope)
        return held.values_list("id", *columns)

    key = (spec.name, "titles", columns, len(ids)) if lasting_rights(ctx, spec) else None
    for raw in prepared.run(ctx, key, build, ids) if ids else ():
        yield raw[0], shown.type.display(shown, shown.store.load(shown, raw[1:]), ctx.locale)
