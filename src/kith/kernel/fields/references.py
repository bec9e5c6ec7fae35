"""References to several records of another object, each with attributes of its own (a role, from, to)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import NO_OPTIONS, Field, FieldType, field_type, type_named
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside, Json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale


@dataclass(frozen=True, slots=True)
class To:
    """One reference: the id it leads to, and its attributes in wire form."""

    id: uuid.UUID
    attributes: Mapping[str, Any] = field(default_factory=lambda: NO_OPTIONS)


@field_type
class References(FieldType):
    """Several references. Reads an id, a list of ids, or a list of ``{"id": …, "role": …}``.

    ``options["attributes"]`` names what each may carry, as fields of their own:
    ``{"role": Field(…), "from": Field(…)}``.
    """

    name, kind, icon = "references", Kind.REFERENCE, "link"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[To, ...]:
        if raw is None or raw == "":
            return ()
        items = raw if isinstance(raw, list | tuple) else [raw]
        found = {one.id: one for one in (self._one(field, item, locale) for item in items)}
        return tuple(found.values())

    def _one(self, field: Field, raw: Any, locale: Locale) -> To:
        if isinstance(raw, To):
            return raw
        given = raw if isinstance(raw, dict) else {"id": raw}
        try:
            id = given["id"] if isinstance(given.get("id"), uuid.UUID) else uuid.UUID(str(given.get("id")))
        except ValueError as error:
            raise Unreadable("not_an_id", gettext_noop("Expected the id of a record")) from error
        allowed: Mapping[str, Field] = field.options.get("attributes", {})
        unknown = sorted(map(str, set(given) - set(allowed) - {"id", "object", "title"}))
        if unknown:
            raise Unreadable("unknown_attribute", gettext_noop("Unknown: %(names)s"), names=", ".join(unknown))
        read = {
            name: one.type.parse(one, given[name], locale)
            for name, one in allowed.items()
            if given.get(name) not in (None, "")
        }
        for name, value in read.items():
            allowed[name].type.check(allowed[name], value)
        return To(
            id, MappingProxyType({name: allowed[name].type.dump(allowed[name], value) for name, value in read.items()})
        )

    def dump(self, field: Field, value: Any) -> list[dict[str, Any]]:
        return [{"id": str(one.id), **one.attributes} for one in value or ()]

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        """The ids: whoever shows a record has its title at hand."""
        return ", ".join(str(one.id) for one in value or ())

    def form_widget(self, field: Field) -> str:
        return "references"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq", "in", "empty")

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        inside: dict[str, Any] = {"id": {"type": "string", "format": "uuid"}}
        inside |= {name: one.type.json_schema(one) for name, one in field.options.get("attributes", {}).items()}
        return {"type": "array", "items": {"type": "object", "properties": inside, "required": ["id"]}}

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[To, ...]:
        mine = {one.id: one for one in kept or ()}
        return tuple({**{one.id: one for one in lost or ()}, **mine}.values())

    def sample(self, field: Field, random: random.Random) -> tuple[To, ...]:
        return ()


class ReferencesField:
    """A line in a model that gives it links to several records, each with attributes by name, type and label::

    companies = ReferencesField(_("Other companies"), "companies", {"role": ("text", _("Role")), "from": ("date",
    _("From"))})
    """

    column_names: tuple[str, ...] = ()

    def __init__(self, label: Any, target: str, attributes: Mapping[str, tuple[str, Any]] = NO_OPTIONS) -> None:
        self.label, self.target, self.attributes = label, target, attributes

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Note the links on the model; they need no column. Called by Django's model metaclass."""
        self.name = name
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        return [
            Field(
                name=self.name,
                type=type_named("references"),
                store=Aside("links"),
                label=self.label,
                target=self.target,
                options=MappingProxyType({"attributes": self._attributes()}),
            )
        ]

    def _attributes(self) -> dict[str, Field]:
        """The attributes as fields of their own, kept inside the link."""
        return {
            name: Field(name=name, type=type_named(type), store=Json(name, "attributes"), label=label, max_length=200)
            for name, (type, label) in self.attributes.items()
        }
