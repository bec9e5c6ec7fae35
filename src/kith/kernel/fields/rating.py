"""Stars: from one to ``options["max"]`` (5)."""

from __future__ import annotations

import random
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.number import Number
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

STARS: Final = 5
MOST: Final = 10
FULL, HOLLOW = "★", "☆"


@field_type
class Rating(Number):
    """A whole number, shown as ★★★☆☆ and read from that, too. No stars at all is no value."""

    name, icon = "rating", "star"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> int | None:
        if isinstance(raw, str):
            word = raw.strip()
            if word and not word.strip(FULL + HOLLOW):
                raw = word.count(FULL)
            elif "/" in word:  # "4/5"
                given, _, of = word.partition("/")
                raw = given if of.strip() == str(stars(field)) else word
        number = super().parse(field, raw, locale)
        return int(number) if number else None

    def decimals(self, field: Field) -> int:
        return 0

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return FULL * value + HOLLOW * (stars(field) - value) if value else ""

    def form_widget(self, field: Field) -> str:
        return "rating"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": stars(field)}

    def sample(self, field: Field, random: random.Random) -> int:
        return random.randint(1, stars(field))

    def check(self, field: Field, value: Any) -> None:
        if not 1 <= value <= stars(field):
            raise Unreadable("not_a_rating", gettext_noop("Expected 1 to %(most)s stars"), most=stars(field))


def stars(field: Field) -> int:
    """How many stars there are, at most ten: beyond that it is a number."""
    return min(int(field.options.get("max", STARS)), MOST)
