"""How long something takes or took: whole seconds."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import part_operand
from kith.kernel.kit.duration import LONGEST, format_duration, parse_duration
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale


@field_type
class Duration(FieldType):
    """Seconds on the wire. Typed as "1h 30m", "90 min", "1:30" or 2小时15分; a plain number in a text means minutes."""

    name, kind, icon = "duration", Kind.NUMBER, "hourglass"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> int | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, str):
            return parse_duration(raw)
        seconds = part_operand(Kind.NUMBER, raw) if isinstance(raw, int | float | Decimal) else None
        if seconds is None or not 0 <= seconds <= LONGEST or seconds != int(seconds):
            raise Unreadable("not_a_duration", gettext_noop("Expected whole seconds, or a text as in 1h 30m"))
        return int(seconds)

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else format_duration(value, locale)

    def form_widget(self, field: Field) -> str:
        return "duration"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": LONGEST}

    def sample(self, field: Field, random: random.Random) -> int:
        return random.randrange(1, 40) * 300


class DurationField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """``duration = DurationField(_("Duration"), null=True, blank=True)``: seconds; a century of them needs 64 bits."""

    kith_type = "duration"
