"""Several postal addresses, each with what it is for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.address import Address
from kith.kernel.fields.base import Field, FieldType, field_type, type_named
from kith.kernel.fields.json_column import ListColumn
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.points import WORD
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

MOST: Final = 20
"""Addresses of one record."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One address; ``use`` is the user's word for it ("home", "billing")."""

    address: Address
    use: str = ""


@field_type
class Addresses(FieldType):
    """Several addresses. Reads a list of objects with ``kind`` and the parts of an address, or one of them alone."""

    name, kind, icon = "addresses", Kind.JSON, "map-pin"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[Placed, ...]:
        if raw is None or raw == "":
            return ()
        items = raw if isinstance(raw, list | tuple) else [raw]
        read = [self._one(field, one, locale) for one in items if one not in (None, "")]
        return tuple(dict.fromkeys(one for one in read if one is not None))

    def _one(self, field: Field, raw: Any, locale: Locale) -> Placed | None:
        if isinstance(raw, Placed):
            return raw
        given: Any = raw
        use = ""
        if isinstance(raw, Mapping):
            given = {part: value for part, value in raw.items() if part != "kind"}
            word = raw.get("kind")
            use = clean(word)[:WORD].strip() if isinstance(word, str) else ""
        elif not isinstance(raw, str | Address):
            raise Unreadable(
                "not_addresses", gettext_noop("Expected a list of addresses, each an object with its parts")
            )
        found = type_named("address").parse(field, given, locale)
        return Placed(found, use) if found else None

    def dump(self, field: Field, value: Any) -> list[dict[str, str]]:
        single = type_named("address")
        return [{**({"kind": one.use} if one.use else {}), **single.dump(field, one.address)} for one in value or ()]

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        single = type_named("address")
        return "\n".join(single.display(field, one.address, locale).replace("\n", ", ") for one in value or ())

    def form_widget(self, field: Field) -> str:
        return "addresses"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",)

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def search_text(self, field: Field, value: Any) -> str:
        single = type_named("address")
        return "\n".join(single.search_text(field, one.address) for one in value or ())

    def json_schema(self, field: Field) -> dict[str, Any]:
        one = type_named("address").json_schema(field)
        return {"type": "array", "items": {**one, "properties": {"kind": {"type": "string"}, **one["properties"]}}}

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[Placed, ...]:
        """The addresses of both, each once."""
        held = {one.address for one in kept or ()}
        return (*(kept or ()), *(one for one in lost or () if one.address not in held))

    def sample(self, field: Field, random: random.Random) -> tuple[Placed, ...]:
        return (Placed(type_named("address").sample(field, random), random.choice(("home", "billing"))),)

    def check(self, field: Field, value: Any) -> None:
        if len(value) > MOST:
            raise Unreadable(
                "too_many", gettext_noop("At most %(most)s; this has %(count)s"), most=MOST, count=len(value)
            )
        for one in value:
            type_named("address").check(field, one.address)


class AddressesField(ListColumn):
    """``addresses = AddressesField(_("More addresses"))``: a JSON list beside the main address."""

    kith_type = "addresses"
