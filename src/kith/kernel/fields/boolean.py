"""Yes or no."""

from __future__ import annotations

import random
from typing import Any

from django.utils.translation import gettext, gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

YES = frozenset({"yes", "y", "true", "1", "on", "是", "有", "对"})
NO = frozenset({"no", "n", "false", "0", "off", "否", "无"})


@field_type
class Bool(FieldType):
    """True, false, or nothing said."""

    name, kind, icon = "bool", Kind.BOOL, "toggle-left"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> bool | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, bool):
            return raw
        if raw in (0, 1):
            return bool(raw)
        word = raw.strip().casefold() if isinstance(raw, str) else ""
        if word in YES or word in NO:
            return word in YES
        raise Unreadable("not_a_bool", gettext_noop("Expected yes or no"))

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else gettext("Yes") if value else gettext("No")

    def form_widget(self, field: Field) -> str:
        return "bool"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}

    def sample(self, field: Field, random: random.Random) -> bool:
        return random.random() < 0.5
