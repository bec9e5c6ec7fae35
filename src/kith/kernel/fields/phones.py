"""Phone numbers: one (the primary) and several. What was typed stays; the E.164 form stands beside it as the key."""

from __future__ import annotations

import random
from typing import Any

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.points import Point, Points, PointsField
from kith.kernel.fields.text import Text
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.phones import format_phone, parse_phone, phone_key


def formatted(typed: str, locale: Locale) -> str:
    """A number in the international form, or as typed when it could not be understood."""
    phone = parse_phone(typed, locale.region)
    return format_phone(phone, None) if phone.e164 else typed


@field_type
class Phones(Points):
    """Several numbers, kept as typed; found by their digits."""

    name, icon, point_kind = "phones", "phone", "phone"

    def read_one(self, typed: str, locale: Locale) -> Point:
        phone = parse_phone(typed, locale.region)
        return Point(phone.typed, phone_key(phone) or phone.typed.casefold())

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return ", ".join(formatted(one.value, locale) for one in value or ())

    def search_text(self, field: Field, value: Any) -> str:
        return " ".join(f"{one.value} {one.key}" for one in value or ())

    def sample(self, field: Field, random: random.Random) -> tuple[Point, ...]:
        digits = f"4930{random.randrange(10**6, 10**7)}"
        return (Point(f"+{digits}", digits, "work", primary=True),)


@field_type
class PhoneNumber(Text):
    """The primary number; writing it puts it first among ``phones``."""

    name, icon = "phone", "phone"

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return formatted(value, locale) if value else ""

    def form_widget(self, field: Field) -> str:
        return "phone"

    def search_text(self, field: Field, value: Any) -> str:
        return f"{value} {phone_key(parse_phone(value, NEUTRAL.region))}" if value else ""

    def sample(self, field: Field, random: random.Random) -> str:
        return f"+4930{random.randrange(10**6, 10**7)}"


class PhonesField(PointsField):
    """``phones = PhonesField(_("Phones"), _("Phone"))`` gives an object ``phone`` and ``phones``."""

    type_name, length = "phones", 60
