"""References to several records of another object, or of any, each with attributes of its own (a role, from, to)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import NO_OPTIONS, Field, FieldType, field_type, type_named
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside, Json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.ids import identity
from kith.kernel.kit.locale import NEUTRAL, Locale

ANY: Final = "*"
"""The target of a field that may lead to records of every object: what a note is about."""


@dataclass(frozen=True, slots=True)
class To:
    """One reference: the id it leads to, its attributes in wire form, and the object of that record ("": not said)."""

    id: uuid.UUID
    attributes: Mapping[str, Any] = field(default_factory=lambda: NO_OPTIONS)
    object: str = ""

    @property
    def key(self) -> tuple[str, uuid.UUID]:
        """Object and id: under which titles are kept, and what makes two references the same."""
        return self.object, self.id


def led_to(field: Field, value: Any) -> Iterable[tuple[str, uuid.UUID]]:
    """Object and id of each record that a value of a reference leads to, or of several (ids or :class:`To`)."""
    if value is None:
        return ()
    if isinstance(value, uuid.UUID):
        return ((field.target, value),)
    return [(getattr(one, "object", "") or field.target, getattr(one, "id", one)) for one in value]


@field_type
class References(FieldType):
    """Several references. Reads an id, a list of ids, or a list of ``{"id": …, "role": …}``.

    ``options["attributes"]`` names what each may carry, as fields of their own:
    ``{"role": Field(…), "from": Field(…)}``. Where the target is ``"*"`` each says its object: ``{"object":
    "companies", "id": …}``, or in one text ``companies/…``; an id alone is enough to look for, not to keep.
    """

    name, kind, icon = "references", Kind.REFERENCE, "link"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[To, ...]:
        if raw is None or raw == "":
            return ()
        items = raw if isinstance(raw, list | tuple) else [raw]
        found = {one.key: one for one in (self._one(field, item, locale) for item in items)}
        return tuple(found.values())

    def _one(self, field: Field, raw: Any, locale: Locale) -> To:
        if isinstance(raw, To):
            return raw
        given = raw if isinstance(raw, dict) else {"id": raw}
        object, text = field.target, given.get("id")
        if field.target == ANY:
            named, _slash, rest = text.rpartition("/") if isinstance(text, str) else ("", "", text)
            object, text = given.get("object") or named, rest
            if not isinstance(object, str):
                raise Unreadable("not_an_object", gettext_noop("Expected the name of an object"))
        id = identity(text)
        if id is None:
            raise Unreadable("not_an_id", gettext_noop("Expected the id of a record"))
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
        dumped = {name: allowed[name].type.dump(allowed[name], value) for name, value in read.items()}
        return To(id, MappingProxyType(dumped), object)

    def dump(self, field: Field, value: Any) -> list[dict[str, Any]]:
        free = field.target == ANY
        return [
            {**({"object": one.object} if free and one.object else {}), "id": str(one.id), **one.attributes}
            for one in value or ()
        ]

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
        if field.target == ANY:
            inside = {"object": {"type": "string"}, **inside}
        needed = list(inside)
        inside |= {name: one.type.json_schema(one) for name, one in field.options.get("attributes", {}).items()}
        return {"type": "array", "items": {"type": "object", "properties": inside, "required": needed}}

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[To, ...]:
        mine = {one.key: one for one in kept or ()}
        return tuple({**{one.key: one for one in lost or ()}, **mine}.values())

    def sample(self, field: Field, random: random.Random) -> tuple[To, ...]:
        return ()

    def check(self, field: Field, value: Any) -> None:
        if field.target == ANY and any(not one.object for one in value):
            raise Unreadable(
                "no_object",
                gettext_noop('Say which object each record belongs to, as in {"object": "companies", "id": "…"}'),
            )


class ReferencesField:
    """A line in a model that gives it links to several records, each with attributes by name, type and label::

    companies = ReferencesField(_("Other companies"), "companies", {"role": ("text", _("Role")), "from": ("date",
    _("From"))})
    about = ReferencesField(_("About"), "*")
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
