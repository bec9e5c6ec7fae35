"""Several of a list of values. The keys are stored, in the order of the list."""

from __future__ import annotations

import random
from typing import Any

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.choice import key_of, labels
from kith.kernel.fields.json_column import ListColumn
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.tags import SEPARATORS, listed
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale


@field_type
class SomeOf(FieldType):
    """A tuple of keys among ``field.choices``. Reads a list, or a text with commas; keys or labels in any language."""

    name, kind, icon = "multi_choice", Kind.ENUMS, "list-check"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[str, ...]:
        if raw is None or raw == "":
            return ()
        words = self._words(field, raw) if isinstance(raw, str) else raw
        if not isinstance(words, list | tuple) or not all(isinstance(one, str) for one in words):
            raise Unreadable("not_choices", gettext_noop("Expected some of: %(choices)s"), choices=labels(field))
        given = dict.fromkeys(key_of(field, one) for one in words if one.strip())
        known = [one.key for one in field.choices if one.key in given]
        return (*known, *(key for key in given if key not in known))  # the unknown ones are for ``check`` to refuse

    def _words(self, field: Field, raw: str) -> list[str]:
        """A text in parts; whole where it is a label with a comma of its own."""
        return [raw] if field.choice(key_of(field, raw)) else SEPARATORS.split(raw)

    def dump(self, field: Field, value: Any) -> list[str]:
        return list(value or ())

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return listed((str(found.label) if (found := field.choice(key)) else key for key in value or ()), locale)

    def form_widget(self, field: Field) -> str:
        return "choices"

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": "array",
            "items": {"type": "string", "enum": [one.key for one in field.choices]},
            "uniqueItems": True,
        }

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[str, ...]:
        return self.parse(field, [*(kept or ()), *(lost or ())])

    def sample(self, field: Field, random: random.Random) -> tuple[str, ...]:
        keys = [one.key for one in field.choices if one.active]
        return self.parse(field, random.sample(keys, min(2, len(keys))))

    def check(self, field: Field, value: Any) -> None:
        if any(field.choice(one) is None for one in value):
            raise Unreadable("not_choices", gettext_noop("Expected some of: %(choices)s"), choices=labels(field))


class MultiChoiceField(ListColumn):
    """``channels = MultiChoiceField(_("Channels"), choices=CHANNELS)``: a JSON list of keys."""

    kith_type = "multi_choice"
