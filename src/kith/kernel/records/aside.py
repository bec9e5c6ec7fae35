"""Values that lie beside the row, in tables shared by all objects: read for a whole page at once, written in one go."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import F, QuerySet
from django.db.models.lookups import In

from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import OneKey
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.points import Point
from kith.kernel.fields.reference import Reference
from kith.kernel.fields.references import To
from kith.kernel.fields.store import Aside
from kith.kernel.fields.table import insert
from kith.kernel.kit.ids import new_id
from kith.kernel.kit.text import fold
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot, padded
from kith.kernel.records.models import ContactPoint, ExternalKey, Facet, Link
from kith.kernel.schema.spec import ObjectSpec

FACET = 120  # characters of ``Facet.value``
Values = dict[tuple[uuid.UUID, str], Any]  # (record, field) -> value


def tables(fields: Iterable[Field]) -> dict[str, list[Field]]:
    """The fields that lie aside, by table."""
    found: dict[str, list[Field]] = defaultdict(list)
    for one in fields:
        if isinstance(one.store, Aside):
            found[one.store.table].append(one)
    return found


def fill(spec: ObjectSpec, chosen: Sequence[Field], rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with their side values: one query per table that any chosen field lies in."""
    if not rows or not (needed := tables(chosen)):
        return rows
    held = load(spec, needed, [row.id for row in rows])
    fields = [one for group in needed.values() for one in group]
    return [replace(row, values={**row.values, **{one.name: held[row.id, one.name] for one in fields}}) for row in rows]


def load(spec: ObjectSpec, needed: dict[str, list[Field]], ids: Sequence[uuid.UUID]) -> Values:
    """The side values of these records."""
    values: Values = {}
    for table, fields in needed.items():
        names = {one.name for one in fields}
        for key, value in _READERS[table](spec, ids, names):
            values[key] = (*values.get(key, ()), value)
        for one in fields:
            for id in ids:
                values[id, one.name] = _one_or_all(one, values.get((id, one.name), ()))
    return values


def _one_or_all(field: Field, found: tuple[Any, ...]) -> Any:
    """The value as the field's type has it: a single reference is an id, all else a tuple."""
    if isinstance(field.type, Reference):
        return found[0].id if found else None
    if isinstance(field.store, OneKey):
        return dict(found).get(field.store.kind, "")
    return found


def _points(
    spec: ObjectSpec, ids: Sequence[uuid.UUID], names: set[str]
) -> Iterable[tuple[tuple[uuid.UUID, str], Point]]:
    columns = ("record", "field", "value", "key", "use", "primary", "status")
    for record, field, *rest in _of_records(ContactPoint, spec, ids, names, columns, "position"):
        yield (record, field), Point(*rest)


def _links(spec: ObjectSpec, ids: Sequence[uuid.UUID], names: set[str]) -> Iterable[tuple[tuple[uuid.UUID, str], To]]:
    columns = ("record", "field", "to_record", "attributes", "to_object")
    for record, field, *led in _of_records(Link, spec, ids, names, columns, "position"):
        yield (record, field), To(*led)


def _keys(
    spec: ObjectSpec, ids: Sequence[uuid.UUID], names: set[str]
) -> Iterable[tuple[tuple[uuid.UUID, str], tuple[str, str]]]:
    for record, system, key in _of_records(ExternalKey, spec, ids, (), ("record", "system", "key"), "system"):
        for name in names:
            yield (record, name), (system, key)


def _of_records(
    model: Any,
    spec: ObjectSpec,
    ids: Sequence[uuid.UUID],
    names: Iterable[str],
    columns: tuple[str, ...],
    within: str,
) -> list[tuple[Any, ...]]:
    """These columns of the rows of these records, in the order of the column ``within``."""
    wanted, fields = padded(ids), sorted(names)

    def build() -> QuerySet[Any, Any]:
        places = [Slot(place, F("record")) for place in range(len(wanted))]
        rows: QuerySet[Any, Any] = model._default_manager.filter(In(F("record"), places), object=spec.name)
        rows = rows.filter(field__in=fields) if fields else rows
        return rows.order_by("record", within).values_list(*columns)

    key = (model.__name__, spec.name, columns, within, *fields, len(wanted))
    return prepared.run(None, key, build, wanted)


_READERS = {"points": _points, "links": _links, "keys": _keys}


Written = tuple[uuid.UUID, Field, Any]  # (record, field, new value)


def write(spec: ObjectSpec, changed: Sequence[Written], fresh: frozenset[uuid.UUID] = frozenset()) -> None:
    """Replace the side values of these records: one insert a table, and one delete a field where there can be old ones.

    ``fresh`` records are new and have none.
    """
    for table, (model, make) in _WRITERS.items():
        here = [
            one
            for one in changed
            if (one[1].type.kind is Kind.ENUMS if table == "facets" else getattr(one[1].store, "table", "") == table)
        ]
        if not here:
            continue
        old: dict[str, list[uuid.UUID]] = defaultdict(list)
        for id, field, _value in here:
            if id not in fresh:
                old["" if table == "keys" else field.name].append(id)
        for name, ids in old.items():
            model._default_manager.filter(
                object=spec.name, record__in=ids, **({"field": name} if name else {})
            ).delete()
        insert(model, _COLUMNS[table], [row for id, field, value in here for row in make(spec, id, field, value)])


_COLUMNS: Final = {
    "points": ("id", "object", "record", "field", "kind", "use", "value", "key", "primary", "status", "position"),
    "links": ("id", "object", "record", "field", "to_object", "to_record", "attributes", "position"),
    "keys": ("id", "system", "object", "key", "record"),
    "facets": ("id", "object", "field", "value", "record"),
}
Cells = tuple[Any, ...]


def _make_points(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Cells]:
    kind = field.store.kind  # type: ignore[attr-defined]
    for place, one in enumerate(value or ()):
        at = (new_id(), spec.name, id, field.name, kind)
        yield (*at, one.use, one.value, one.key[:320], one.primary, one.status, place)


def _make_links(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Cells]:
    for place, one in enumerate([To(value)] if isinstance(value, uuid.UUID) else value or ()):
        to = (one.object or field.target, one.id)
        yield (new_id(), spec.name, id, field.name, *to, dict(one.attributes), place)


def _make_keys(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Cells]:
    for system, key in value or ():
        yield (new_id(), system, spec.name, key, id)


def facet_key(word: str) -> str:
    """How a value of a set is found: without regard to case and accents, as the set itself holds each word once."""
    return (fold(word) or word)[:FACET]


def _make_facets(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Cells]:
    for one in value or ():
        yield (new_id(), spec.name, field.name, facet_key(one), id)


_WRITERS: dict[str, tuple[Any, Any]] = {
    "points": (ContactPoint, _make_points),
    "links": (Link, _make_links),
    "keys": (ExternalKey, _make_keys),
    "facets": (Facet, _make_facets),
}
