"""An amount of money in a currency."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, F, When
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type, type_named
from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.fields.rates import base_currency, in_base
from kith.kernel.fields.store import Json, Store, part_operand
from kith.kernel.kit import dates
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.money import Money, format_money, from_units, is_currency, parse_amount, to_units


@field_type
class MoneyType(FieldType):
    """Money: ``{"amount": "1200.50", "currency": "EUR"}`` on the wire, so that no reader makes a binary float of it.

    Reads "€ 1,200.50", "10k" and plain numbers, too; these are in ``options["currency"]``, else in the locale's one.
    Sorted, compared and added up by its value in the organisation's own currency (``base``, set while saving).
    """

    name, kind, icon, main = "money", Kind.JSON, "coin", "amount"
    parts = {"amount": Kind.NUMBER, "currency": Kind.TEXT, "base": Kind.NUMBER}

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Money | None:
        currency = str(field.options.get("currency") or locale.currency)
        if isinstance(raw, Money):
            return raw
        if isinstance(raw, Mapping):
            if not set(raw) <= {"amount", "currency", "base"}:
                raise _not_money()
            said = raw.get("currency")
            if said not in (None, "") and not (isinstance(said, str) and is_currency(said.strip().upper())):
                raise Unreadable("not_a_currency", gettext_noop("Expected a currency of three letters, as in EUR"))
            raw, currency = raw.get("amount"), said.strip().upper() if said else currency
        if raw is None or raw == "":
            return None
        if isinstance(raw, str) and raw.strip():
            amount, named = parse_amount(raw, locale, currency)
            currency = named or currency
        elif isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
            amount = part_operand(Kind.NUMBER, raw)
        else:
            raise _not_money()
        return Money(from_units(to_units(amount)), currency)

    def dump(self, field: Field, value: Any) -> dict[str, str] | None:
        return None if value is None else {"amount": f"{value.amount:f}", "currency": value.currency}

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else format_money(value, locale)

    def form_widget(self, field: Field) -> str:
        return "money"

    def operators(self, field: Field) -> tuple[str, ...]:
        return OPERATORS[Kind.NUMBER]

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Any:
        """User-made money keeps no value in the own currency: there the amount stands for it."""
        return super().expr(field, "amount" if part == "base" and isinstance(field.store, Json) else part, prefix)

    def json_schema(self, field: Field) -> dict[str, Any]:
        amount = {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{1,4})?$"}
        currency = {"type": "string", "pattern": "^[A-Z]{3}$"}
        return {
            "type": "object",
            "properties": {"amount": amount, "currency": currency},
            "required": ["amount", "currency"],
        }

    def sample(self, field: Field, random: random.Random) -> Money:
        currency = field.options.get("currency") or random.choice(("EUR", "USD", "CNY"))
        return Money(from_units(random.randrange(1, 10**7) * 100), str(currency))

    def check(self, field: Field, value: Any) -> None:
        low, high = field.options.get("min"), field.options.get("max")
        if low is not None and value.amount < low:
            raise Unreadable("too_small", gettext_noop("At least %(least)s"), least=low)
        if high is not None and value.amount > high:
            raise Unreadable("too_large", gettext_noop("Expected a number up to %(most)s"), most=high)


class MoneyStore(Store):
    """Three columns: ten-thousandths, the currency, and the value in the own currency on the day of saving.

    The last is NULL as long as nobody knows the rate; whoever brings rates fills it in.
    """

    def __init__(self, name: str) -> None:
        self.amount, self.currency, self.base = self.columns = (name, f"{name}_currency", f"{name}_base")

    def load(self, field: Field, raw: Sequence[Any]) -> Money | None:
        return None if raw[0] is None else Money(from_units(raw[0]), raw[1] or base_currency())

    def save(self, field: Field, value: Any, record: Any) -> None:
        setattr(record, self.amount, None if value is None else to_units(value.amount))
        setattr(record, self.currency, "" if value is None else value.currency)
        setattr(record, self.base, None if value is None else in_base(value, dates.now().date()))

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Any:
        return F(prefix + {"amount": self.amount, "currency": self.currency}.get(part, self.base))

    def operand(self, field: Field, value: Any, part: str = "") -> Any:
        """Ten-thousandths, as the columns hold them. Raises :class:`Unreadable` for a currency without a rate."""
        if part == "currency":
            return part_operand(Kind.TEXT, value).upper()
        if part:
            return to_units(part_operand(Kind.NUMBER, value))
        units = in_base(value, dates.now().date())
        if units is None:
            raise Unreadable(
                "no_rate",
                gettext_noop("There is no exchange rate from %(currency)s to %(base)s"),
                currency=value.currency,
                base=base_currency(),
            )
        return units

    def of_one(self, currency: str) -> MoneyStore:
        """The same columns, where only amounts of one currency count, as they were written."""
        return OneCurrency(self.amount, currency)


class OneCurrency(MoneyStore):
    """Amounts of one currency, in it; all others are as nothing. For a currency of which nobody knows the rate."""

    def __init__(self, name: str, currency: str) -> None:
        super().__init__(name)
        self.only = currency

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Any:
        if part:
            return super().expr(field, part, prefix)
        mine = When(**{prefix + self.currency: self.only}, then=F(prefix + self.amount))
        return Case(mine, output_field=models.BigIntegerField())

    def operand(self, field: Field, value: Any, part: str = "") -> Any:
        return super().operand(field, value, part) if part else to_units(value.amount)


class MoneyField:
    """``amount = MoneyField(_("Amount"))`` gives an object one field and its table three columns.

    ``currency`` is that of amounts typed without one; ``least`` and ``most`` bound the amount.
    """

    def __init__(
        self,
        label: Any,
        *,
        currency: str = "",
        required: bool = False,
        least: Decimal | int | None = None,
        most: Decimal | int | None = None,
    ) -> None:
        self.label, self.required = label, required
        self.options = {
            key: one for key, one in {"currency": currency, "min": least, "max": most}.items() if one not in ("", None)
        }
        self._columns: list[models.Field[Any, Any]] = [
            models.BigIntegerField(label, null=True, blank=True),
            models.CharField(max_length=3, blank=True, default="", editable=False),
            models.BigIntegerField(null=True, blank=True, editable=False),
        ]

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Add the columns. Called by Django's model metaclass."""
        self.name = name
        self.column_names = MoneyStore(name).columns
        for one, column in zip(self.column_names, self._columns, strict=True):
            model.add_to_class(one, column)
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        """The one field of this line."""
        return [
            Field(
                name=self.name,
                type=type_named("money"),
                store=MoneyStore(self.name),
                label=self.label,
                required=self.required,
                options=self.options,
            )
        ]


def _not_money() -> Unreadable:
    return Unreadable("not_money", gettext_noop("Expected an amount, as in 1200.50 or € 1,200.50"))
