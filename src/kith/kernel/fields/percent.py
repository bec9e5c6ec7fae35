"""A share in per cent. 12.5 means 12.5 %, in the database and on the wire."""

from __future__ import annotations

import random
import unicodedata
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal
from django.db import models

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.number import Number
from kith.kernel.kit.locale import NEUTRAL, Locale

DECIMALS: Final = 4


@field_type
class Percent(Number):
    """A number with up to four decimals, typed with or without its sign. ``options`` ``min`` and ``max`` bound it."""

    name, icon = "percent", "percentage"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Decimal | None:
        if isinstance(raw, str):
            raw = unicodedata.normalize("NFKC", raw).replace("٪", "%").strip()
            raw = raw.removesuffix("%").removeprefix("%").strip() or raw
        number = super().parse(field, raw, locale)
        return None if number is None else Decimal(number)

    def decimals(self, field: Field) -> int:
        return DECIMALS

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else str(format_decimal(value, "#,##0.####", locale=locale.babel)) + " %"

    def form_widget(self, field: Field) -> str:
        return "percent"

    def sample(self, field: Field, random: random.Random) -> Decimal:
        return Decimal(random.randrange(0, 1001)) / 10


class PercentField(models.DecimalField):  # type: ignore[type-arg]
    """``probability = PercentField(_("Probability"), null=True, blank=True, least=0, most=100)``."""

    kith_type = "percent"

    def __init__(self, *args: Any, least: int | None = None, most: int | None = None, **options: Any) -> None:
        self.kith_options = {key: one for key, one in (("min", least), ("max", most)) if one is not None}
        super().__init__(*args, **{"max_digits": 12, "decimal_places": DECIMALS, **options})
