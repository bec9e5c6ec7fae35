"""A line of text."""

from __future__ import annotations

import random
from typing import Any

from django.db.models.expressions import BaseExpression, Combinable
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

_WORDS = ("Harbour", "Maple", "Orchid", "Ferry", "Lantern", "春和", "云栖", "Fjord", "Quill", "青岚")


@field_type
class Text(FieldType):
    """One line, kept as typed apart from white space at the ends and control characters."""

    name, kind, icon = "text", Kind.TEXT, "letter-case"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        if not isinstance(raw, str):
            if raw is None:
                return None
            if not isinstance(raw, int) or isinstance(raw, bool) or abs(raw) >= 10**30:
                raise Unreadable("not_text", gettext_noop("Expected text"))
            raw = str(raw)  # a phone number out of a spreadsheet
        return clean(raw).replace("\n", " ") or None

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return value or ""

    def sort_expr(self, field: Field, prefix: str = "") -> Combinable | BaseExpression | None:
        return InOrder(self.expr(field, prefix=prefix))

    def search_text(self, field: Field, value: Any) -> str:
        return value or ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": field.max_length} if field.max_length else {"type": "string"}

    def sample(self, field: Field, random: random.Random) -> str:
        return f"{random.choice(_WORDS)} {random.choice(_WORDS)} {random.randrange(1000)}"[: field.max_length or 200]
