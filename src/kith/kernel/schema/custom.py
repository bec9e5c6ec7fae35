"""The layer of user-made things: fields, choices and objects out of the database, laid over the shipped specs.

A user-made field differs from a shipped one in its store alone, so nothing above this file knows which is which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.apps import apps

from kith.kernel.fields.base import Choice, Field, FieldType, type_named
from kith.kernel.fields.points import Points
from kith.kernel.fields.store import Aside, Json, Store
from kith.kernel.kit.label import Label
from kith.kernel.schema.introspect import fields_of
from kith.kernel.schema.models import CustomField, CustomObject, Override
from kith.kernel.schema.registry import layer
from kith.kernel.schema.spec import ObjectSpec, Owned, Section, Shared

PROMOTED = "promoted_"
"""What the names of accelerator indexes, and of MariaDB's virtual columns, begin with."""

LINKED = frozenset({"reference", "references", "owner"})
"""Types whose values are rows of ``Link``, not keys of the JSON column: a relation must be found from both ends."""


class CustomSpec(ObjectSpec):
    """An object that a user made. All of them share the table of ``CustomRecord``."""

    shipped = False

    @property
    def scope(self) -> dict[str, Any]:
        return {"object": self.name}


@layer
def user_made(objects: dict[str, ObjectSpec]) -> None:
    """Add what users made, in the order they gave it: four small queries a snapshot."""
    _objects(objects)
    _fields(objects)
    _overrides(objects)


def field_from(row: CustomField) -> Field:
    """The field that a row describes. Raises ``KeyError`` for a type that is no longer installed."""
    kind = type_named(row.type)
    return Field(
        name=row.name,
        type=kind,
        store=_store(row, kind),
        label=Label(row.labels or row.name),
        help=Label(row.help) if row.help else "",
        required=row.required,
        unique=row.unique,
        choices=choices_from(row.choices),
        target=row.target or ("users" if row.type == "owner" else ""),
        options=MappingProxyType({**row.options, "promoted": row.promoted}),
        readable=row.readable,
        shipped=False,
    )


def _store(row: CustomField, kind: FieldType) -> Store:
    """Relations and addresses lie in the shared tables, where they are found from the other end; all else in the JSON
    column.
    """
    if row.type in LINKED:
        return Aside("links")
    if isinstance(kind, Points):
        return Aside("points", kind.point_kind)
    return Json(row.key, virtual=f"{PROMOTED}{row.key}" if row.promoted else "")


def choices_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """The choices as kept in JSON."""
    return tuple(
        Choice(one["key"], Label(one["labels"]), int(one.get("hue", 8)), bool(one.get("active", True))) for one in rows
    )


def _objects(objects: dict[str, ObjectSpec]) -> None:
    model = apps.get_model("records", "CustomRecord")
    for row in CustomObject.objects.filter(deleted_at=None):
        base = CustomSpec().with_(
            model=model,
            name=row.name,
            one=row.one,
            label=(Label(row.labels.get("one", row.one)), Label(row.labels.get("many", row.name))),
            icon=row.icon,
            title="name",
            columns=tuple(row.columns) or ("name", "owner", "updated_at"),
            search={"name": "A"},
            policy=Owned() if row.owned else Shared(),
        )
        held = fields_of(base, {spec.model: spec.name for spec in objects.values() if spec.shipped})
        objects[row.name] = base.with_(
            fields=held, sections=(Section(base.label_one, tuple(n for n, one in held.items() if one.editable)),)
        )


def _fields(objects: dict[str, ObjectSpec]) -> None:
    by_object: dict[str, list[tuple[str, Field]]] = {}
    for row in CustomField.objects.filter(deleted_at=None):
        by_object.setdefault(row.object, []).append((row.section, field_from(row)))
    for name, made in by_object.items():
        spec = objects.get(name)
        if spec is None:
            continue
        fields = {**spec.fields, **{one.name: one for _section, one in made}}
        search = {
            **spec.search,
            **{one.name: "C" for _section, one in made if one.type.name in {"text", "long_text", "tags", "choice"}},
        }
        objects[name] = spec.with_(fields=fields, search=search, sections=_sections(spec, made))


def _sections(spec: ObjectSpec, made: list[tuple[str, Field]]) -> tuple[Section, ...]:
    """The spec's sections with the new fields at the end of the one they name, or of the first."""
    sections = list(spec.sections) or [Section(spec.label_one, (spec.title,))]
    for wanted, one in made:
        place = next((at for at, section in enumerate(sections) if str(section.label) == wanted), 0)
        sections[place] = Section(sections[place].label, (*sections[place].fields, one.name))
    return tuple(sections)


def _overrides(objects: dict[str, ObjectSpec]) -> None:
    for row in Override.objects.all():
        spec = objects.get(row.object)
        if spec is None:
            continue
        if not row.field:
            objects[row.object] = _renamed(spec, row)
        elif row.field in spec.fields:
            objects[row.object] = spec.with_(fields={**spec.fields, row.field: _said(spec.fields[row.field], row)})


def _renamed(spec: ObjectSpec, row: Override) -> ObjectSpec:
    changes: dict[str, Any] = {key: row.values[key] for key in ("icon", "columns") if key in row.values}
    if row.labels:
        changes["label"] = (Label(row.labels["one"]), Label(row.labels["many"]))
    return spec.with_(**changes)


def _said(field: Field, row: Override) -> Field:
    changes: dict[str, Any] = {key: row.values[key] for key in ("required", "hidden", "readable") if key in row.values}
    if row.labels:
        changes["label"] = Label(row.labels)
    if row.help:
        changes["help"] = Label(row.help)
    if row.choices:
        changes["choices"] = choices_from(row.choices)
    return field.with_(**changes)
