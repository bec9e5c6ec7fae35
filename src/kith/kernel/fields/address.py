"""A postal address: five parts that are fields of their own, and one that shows and writes them together."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Expansion, Field, FieldType, field_type, type_named
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.postal import PARTS, read_lines, written
from kith.kernel.fields.store import Store, part_operand
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

LENGTHS: Final = {"street": 300, "city": 120, "state": 120, "postal_code": 20, "country": 80}
LABELS: Final = {
    "street": _("Street"),
    "city": _("City"),
    "state": _("State or province"),
    "postal_code": _("Postal code"),
    "country": _("Country"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a letter goes. Empty parts are ""."""

    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return any((self.street, self.city, self.state, self.postal_code, self.country))


@field_type
class PostalAddress(FieldType):
    """An address. Reads an object with its parts, or a text of one or several lines, of which the parts are guessed."""

    name, kind, icon = "address", Kind.JSON, "map-pin"
    parts = dict.fromkeys(PARTS, Kind.TEXT)

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Address | None:
        if raw is None or isinstance(raw, Address):
            return raw or None
        if isinstance(raw, str):
            raw = read_lines(clean(raw))
        if (
            not isinstance(raw, Mapping)
            or not set(raw) <= set(PARTS)
            or not all(one is None or isinstance(one, str) for one in raw.values())
        ):
            raise Unreadable(
                "not_an_address",
                gettext_noop("Expected an address, or an object with street, city, state, postal_code and country"),
            )
        return Address(**{part: " ".join(clean(value or "").split()) for part, value in raw.items()}) or None

    def dump(self, field: Field, value: Any) -> dict[str, str] | None:
        return {part: one for part, one in asdict(value).items() if one} if value else None

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return written(asdict(value), locale) if value else ""

    def form_widget(self, field: Field) -> str:
        return "address"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "empty")

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable | BaseExpression:
        """The part; without one all of them in a row, so that ``contains`` looks everywhere. NULL where nothing is."""
        if part:
            return super().expr(field, part, prefix)
        pieces: list[Any] = []
        for one in PARTS:
            held = Coalesce(super().expr(field, one, prefix), Value(""), output_field=models.TextField())
            pieces += [held] if not pieces else [Value("\n"), held]
        return NullIf(
            Concat(*pieces, output_field=models.TextField()),
            Value("\n" * (len(PARTS) - 1)),
            output_field=models.TextField(),
        )

    def sort_expr(self, field: Field, prefix: str = "") -> Combinable | BaseExpression:
        """By city."""
        return InOrder(self.expr(field, "city", prefix))

    def search_text(self, field: Field, value: Any) -> str:
        return " ".join(filter(None, asdict(value).values())) if value else ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        parts = {part: {"type": "string", "maxLength": LENGTHS[part]} for part in PARTS}
        return {"type": "object", "properties": parts, "additionalProperties": False}

    def empty(self, value: Any) -> bool:
        return not value

    def sample(self, field: Field, random: random.Random) -> Address:
        number = random.randrange(1, 200)
        return random.choice(
            (
                Address(f"Hafenstr. {number}", "Hamburg", "", "20457", "Germany"),
                Address(f"{number} Maple Ave", "Portland", "OR", "97201", "USA"),
                Address(f"文三路 {number} 号", "杭州市", "浙江省", "310012", "中国"),
            )
        )

    def check(self, field: Field, value: Any) -> None:
        for part, most in LENGTHS.items():
            if (length := len(getattr(value, part))) > most:
                raise Unreadable(
                    "too_long",
                    gettext_noop("At most %(most)s characters; this has %(length)s"),
                    most=most,
                    length=length,
                )


class AddressStore(Store):
    """Five columns, read together. Written through their own fields, into which the address expands."""

    def __init__(self, prefix: str) -> None:
        self.columns = tuple(prefix + part for part in PARTS)

    def load(self, field: Field, raw: Sequence[Any]) -> Address | None:
        return Address(*(one or "" for one in raw)) or None

    def save(self, field: Field, value: Any, record: Any) -> None:
        """Nothing: the parts are written."""

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable:
        return F(prefix + self.columns[PARTS.index(part)])

    def operand(self, field: Field, value: Any, part: str = "") -> Any:
        return part_operand(Kind.TEXT, value)


class AddressField:
    """``address = AddressField(_("Address"))`` gives an object ``street``, ``city``, ``state`` and the other parts.

    With ``prefix="billing_"`` these are ``billing_street`` and so on. The line's own field (``address``) is virtual: it
    shows all parts, and writing it writes them.
    """

    column_names: tuple[str, ...] = ()  # the parts are ordinary fields, which introspection reads

    def __init__(self, label: Any, prefix: str = "") -> None:
        self.label, self.prefix = label, prefix
        self._columns = {
            part: models.CharField(self._label(part), max_length=most, blank=True, default="")
            for part, most in LENGTHS.items()
        }

    def _label(self, part: str) -> Any:
        """Of several addresses of one object, each part says to which it belongs: "Billing address: city"."""
        return format_lazy("{}: {}", self.label, LABELS[part]) if self.prefix else LABELS[part]

    def contribute_to_class(self, model: Any, name: str) -> None:
        """Add the five columns. Called by Django's model metaclass."""
        self.name = name
        for part, column in self._columns.items():
            model.add_to_class(self.prefix + part, column)
        model.composites = {**model.composites, name: self}

    def fields(self) -> list[Field]:
        """The field for the whole address."""
        return [
            Field(
                name=self.name,
                type=type_named("address"),
                store=AddressStore(self.prefix),
                label=self.label,
                personal="personal",
                virtual=True,
                expands=Expansion(tuple(self.prefix + part for part in PARTS), self._written),
            )
        ]

    def _written(self, value: Any, held: Mapping[str, Any]) -> Mapping[str, Any]:
        """All parts of a new address. The one that is there writes nothing: it may come back beside new parts."""
        if value == held.get(self.name):
            return {}
        return {self.prefix + part: getattr(value, part) or None if value else None for part in PARTS}
