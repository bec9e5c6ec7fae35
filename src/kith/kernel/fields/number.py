"""A number: whole, or with a fixed count of decimals (``options["decimals"]``, 0 to 10)."""

from __future__ import annotations

import random
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.money import parse_amount

BIGGEST = Decimal(9_007_199_254_740_991)  # the largest whole number that every JSON reader keeps exactly


@field_type
class Number(FieldType):
    """A whole number or a decimal one; exact, never a binary float."""

    name, kind, icon = "number", Kind.NUMBER, "hash"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> int | Decimal | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
            raise Unreadable("not_a_number", gettext_noop("Expected a number, as in 1200 or 12.5"))
        try:
            parsed = parse_amount(raw, locale.babel)[0] if isinstance(raw, str) else raw
            number = parsed if isinstance(parsed, Decimal) else Decimal(str(parsed))
        except (InvalidOperation, ValueError) as error:
            raise Unreadable("not_a_number", gettext_noop("Expected a number, as in 1200 or 12.5")) from error
        return self._fit(field, number)

    def _fit(self, field: Field, number: Decimal) -> int | Decimal:
        decimals = self.decimals(field)
        if not number.is_finite() or abs(number) > BIGGEST:
            raise Unreadable("too_large", gettext_noop("Expected a number up to %(most)s"), most=int(BIGGEST))
        rounded = round(number, decimals)
        if rounded != number:
            raise Unreadable("too_precise", gettext_noop("At most %(decimals)s decimals"), decimals=decimals)
        return rounded + 0 if decimals else int(rounded)  # "-0.00" becomes "0.00"

    def decimals(self, field: Field) -> int:
        """How many decimals are kept."""
        return int(field.options.get("decimals", 0))

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else str(format_decimal(value, locale=locale.babel, decimal_quantization=False))

    def form_widget(self, field: Field) -> str:
        return "number"

    def json_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "number" if self.decimals(field) else "integer"}
        for bound, key in (("minimum", "min"), ("maximum", "max")):
            if (limit := field.options.get(key)) is not None:
                schema[bound] = limit
        return schema

    def sample(self, field: Field, random: random.Random) -> int | Decimal:
        high = int(field.options.get("max", 5000))
        low = min(max(0, int(field.options.get("min", 0))), high)
        high = min(high, low + 5000)  # a column's own limits are no believable values
        decimals = self.decimals(field)
        number = Decimal(random.randrange(low * 10**decimals, high * 10**decimals + 1)).scaleb(-decimals)
        return number if decimals else int(number)

    def check(self, field: Field, value: Any) -> None:
        low, high = field.options.get("min"), field.options.get("max")
        if low is not None and value < low:
            raise Unreadable("too_small", gettext_noop("At least %(least)s"), least=low)
        if high is not None and value > high:
            raise Unreadable("too_large", gettext_noop("Expected a number up to %(most)s"), most=high)
