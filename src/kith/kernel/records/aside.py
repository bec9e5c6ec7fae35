"""Values that lie beside the row, in tables shared by all objects: read for a whole page at once, written in one go."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import OneKey
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.points import Point
from kith.kernel.fields.reference import Reference
from kith.kernel.fields.references import To
from kith.kernel.fields.store import Aside
from kith.kernel.kit.text import fold
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
    rows = ContactPoint.objects.filter(object=spec.name, record__in=ids, field__in=names).order_by("record", "position")
    for record, field, value, key, use, primary, status in rows.values_list(
        "record", "field", "value", "key", "use", "primary", "status"
    ):
        yield (record, field), Point(value, key, use, primary, status)


def _links(spec: ObjectSpec, ids: Sequence[uuid.UUID], names: set[str]) -> Iterable[tuple[tuple[uuid.UUID, str], To]]:
    rows = Link.objects.filter(object=spec.name, record__in=ids, field__in=names).order_by("record", "position")
    for record, field, target, attributes in rows.values_list("record", "field", "to_record", "attributes"):
        yield (record, field), To(target, attributes)


def _keys(
    spec: ObjectSpec, ids: Sequence[uuid.UUID], names: set[str]
) -> Iterable[tuple[tuple[uuid.UUID, str], tuple[str, str]]]:
    rows = ExternalKey.objects.filter(object=spec.name, record__in=ids).order_by("system")
    for record, system, key in rows.values_list("record", "system", "key"):
        for name in names:
            yield (record, name), (system, key)


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
        model._default_manager.bulk_create([made for id, field, value in here for made in make(spec, id, field, value)])


def _make_points(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[ContactPoint]:
    kind = field.store.kind  # type: ignore[attr-defined]
    for place, one in enumerate(value or ()):
        yield ContactPoint(
            object=spec.name, record=id, field=field.name, kind=kind, use=one.use, value=one.value,
            key=one.key[:320], primary=one.primary, status=one.status, position=place,
        )  # fmt: skip


def _make_links(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Link]:
    for place, one in enumerate([To(value)] if isinstance(value, uuid.UUID) else value or ()):
        yield Link(
            object=spec.name, record=id, field=field.name, to_object=field.target, to_record=one.id,
            attributes=dict(one.attributes), position=place,
        )  # fmt: skip


def _make_keys(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[ExternalKey]:
    for system, key in value or ():
        yield ExternalKey(system=system, object=spec.name, key=key, record=id)


def facet_key(word: str) -> str:
    """How a value of a set is found: without regard to case and accents, as the set itself holds each word once."""
    return (fold(word) or word)[:FACET]


def _make_facets(spec: ObjectSpec, id: uuid.UUID, field: Field, value: Any) -> Iterable[Facet]:
    for one in value or ():
        yield Facet(object=spec.name, field=field.name, value=facet_key(one), record=id)


_WRITERS: dict[str, tuple[Any, Any]] = {
    "points": (ContactPoint, _make_points),
    "links": (Link, _make_links),
    "keys": (ExternalKey, _make_keys),
    "facets": (Facet, _make_facets),
}
