"""One of a list of values. The key is stored and immutable; its label may be renamed at any time."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import fold


@field_type
class OneOf(FieldType):
    """A key among ``field.choices``; its label in any language is read too, so that a person's file needs no keys."""

    name, kind, icon = "choice", Kind.ENUM, "circle-dot"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, str):
            raise Unreadable("not_a_choice", gettext_noop("Expected one of: %(choices)s"), choices=labels(field))
        return key_of(field, raw)

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        found = field.choice(value) if value else None
        return str(found.label) if found else value or ""

    def form_widget(self, field: Field) -> str:
        return "choice"

    def sort_expr(self, field: Field, prefix: str = "") -> Combinable | BaseExpression:
        """Choices sort in the order of their list, as a board shows them."""
        held = self.expr(field, prefix=prefix)
        ranks = [When(Exact(held, Value(one.key)), then=Value(rank)) for rank, one in enumerate(field.choices, 1)]
        return Case(*ranks, default=Value(0), output_field=IntegerField())

    def search_text(self, field: Field, value: Any) -> str:
        return ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "enum": [one.key for one in field.choices]}

    def sample(self, field: Field, random: random.Random) -> str:
        return random.choice([one.key for one in field.choices if one.active])

    def check(self, field: Field, value: Any) -> None:
        if field.choice(value) is None:
            raise Unreadable("not_a_choice", gettext_noop("Expected one of: %(choices)s"), choices=labels(field))


def labels(field: Field) -> str:
    """The labels of the choices on offer, for a message."""
    return ", ".join(str(one.label) for one in field.choices if one.active)


def key_of(field: Field, word: str) -> str:
    """The key that ``word`` means: a key, or a label in the words of any language; else ``word`` itself, which
    ``check`` refuses.
    """
    if field.choice(word) is not None:
        return word
    folded = fold(word)
    for one in field.choices:
        if folded in {fold(one.key), fold(str(one.label)), *map(fold, getattr(one.label, "words", {}).values())}:
            return one.key
    return word.strip()
