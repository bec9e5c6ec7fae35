"""Keys of the record in other systems, one a system: what makes a second import an update, and joins files by vendor
id.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.base import Expansion, Field, FieldType, field_type, type_named
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

DEFAULT_SYSTEM: Final = "default"
LONGEST_SYSTEM: Final = 60
LONGEST_KEY: Final = 190

Keys = tuple[tuple[str, str], ...]


@field_type
class ExternalKeys(FieldType):
    """``{system: key}``. Two records never hold the same key of one system."""

    name, kind, icon = "external_keys", Kind.JSON, "key"
    for_users = False

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Keys:
        if raw is None or raw == "":
            return ()
        if isinstance(raw, tuple | list) and all(
            isinstance(pair, tuple | list) and list(map(type, pair)) == [str, str] for pair in raw
        ):
            raw = dict(raw)
        if not isinstance(raw, dict) or not all(isinstance(one, str) for pair in raw.items() for one in pair):
            raise Unreadable("not_keys", gettext_noop('Expected an object of system and key, as in {"erp": "4711"}'))
        found = {clean(system): clean(key) for system, key in raw.items() if key}
        for system, key in found.items():
            if not system or len(system) > LONGEST_SYSTEM or len(key) > LONGEST_KEY:
                raise Unreadable(
                    "too_long",
                    gettext_noop("At most %(most)s characters; this has %(length)s"),
                    most=LONGEST_KEY,
                    length=len(key),
                )
        return tuple(sorted(found.items()))

    def dump(self, field: Field, value: Any) -> dict[str, str]:
        return dict(value or ())

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return ", ".join(key if system == DEFAULT_SYSTEM else f"{system}: {key}" for system, key in value or ())

    def form_widget(self, field: Field) -> str:
        return "json"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq", "in", "empty")

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}

    def merge(self, field: Field, kept: Any, lost: Any) -> Keys:
        return tuple(sorted({**dict(lost or ()), **dict(kept or ())}.items()))

    def sample(self, field: Field, random: random.Random) -> Keys:
        return ((DEFAULT_SYSTEM, f"K{random.randrange(10**9)}"),)


@field_type
class ExternalKey(Text):
    """The key in the default system alone."""

    name, icon = "external_key", "key"
    for_users = False

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq", "in", "empty")

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def sample(self, field: Field, random: random.Random) -> str:
        return f"K{random.randrange(10**9)}"


class OneKey(Aside):
    """The default system's key among all keys: read beside them, written through them."""

    def __init__(self) -> None:
        super().__init__("keys", DEFAULT_SYSTEM)


class ExternalKeysField:
    """The line in ``Record`` that gives every object ``external_id`` and ``external_ids``."""

    column_names: tuple[str, ...] = ()

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Note the keys on the model; they need no column. Called by Django's model metaclass."""
        self.name = name
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        every = Field(
            name=self.name,
            type=type_named("external_keys"),
            store=Aside("keys"),
            label=_("Keys in other systems"),
            hidden=True,
        )
        single = Field(
            name=self.name.removesuffix("s"),
            type=type_named("external_key"),
            store=OneKey(),
            label=_("External key"),
            max_length=LONGEST_KEY,
            expands=Expansion((self.name,), self._put),
            hidden=True,
        )
        return [single, every]

    def _put(self, value: Any, held: Mapping[str, Any]) -> Mapping[str, Any]:
        others = {system: key for system, key in held.get(self.name) or () if system != DEFAULT_SYSTEM}
        return {self.name: tuple(sorted({**others, **({DEFAULT_SYSTEM: value} if value else {})}.items()))}
