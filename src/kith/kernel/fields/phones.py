"""Phone numbers: one (the primary) and several. What was typed stays; the E.164 form stands beside it as the key."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.points import Point, Points, PointsField
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.phones import Phone, format_phone, parse_phone, phone_key

LONGEST: Final = 60


def written(typed: str, locale: Locale) -> Phone:
    """The number with its country when that was left out where ``locale`` tells it: a colleague abroad must reach it,
    too.

    "030 123456" typed in Germany is kept as "+49 30 123456"; what has its country, or cannot be understood, stays as
    typed.
    """
    phone = parse_phone(typed, locale.region)
    if not phone.typed:
        raise Unreadable("not_a_phone", gettext_noop("Expected a phone number, as in +49 30 123456"))
    if phone.e164 is None or phone.typed.startswith("+"):
        return phone
    spelt = replace(phone, typed=format_phone(phone, None))
    again = parse_phone(spelt.typed, None)
    # One that is read otherwise than it is written ("000000") is nobody's number: kept as typed, found by its digits.
    return spelt if again.e164 == phone.e164 else replace(phone, e164=None)


def formatted(typed: str, locale: Locale) -> str:
    """A number in the international form, or as typed when it could not be understood."""
    phone = parse_phone(typed, locale.region)
    return format_phone(phone, None) if phone.e164 else typed


@field_type
class Phones(Points):
    """Several numbers, kept as typed; found by their digits."""

    name, icon, point_kind, longest = "phones", "phone", "phone", LONGEST

    def read_one(self, typed: str, locale: Locale) -> Point:
        phone = written(typed, locale)
        return Point(phone.typed, phone_key(phone) or phone.typed.casefold())

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return ", ".join(formatted(one.value, locale) for one in value or ())

    def search_text(self, field: Field, value: Any) -> str:
        return "\n".join(f"{one.value}\n{one.key}" for one in value or ())

    def sample(self, field: Field, random: random.Random) -> tuple[Point, ...]:
        digits = f"4930{random.randrange(10**6, 10**7)}"
        return (Point(f"+{digits}", digits, "work", primary=True),)


@field_type
class PhoneNumber(Text):
    """The primary number; writing it puts it first among ``phones``."""

    name, icon = "phone", "phone"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        text = super().parse(field, raw, locale)
        return written(text, locale).typed if text else None

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return formatted(value, locale) if value else ""

    def form_widget(self, field: Field) -> str:
        return "phone"

    def search_text(self, field: Field, value: Any) -> str:
        return f"{value}\n{phone_key(parse_phone(value, NEUTRAL.region))}" if value else ""

    def sample(self, field: Field, random: random.Random) -> str:
        return f"+4930{random.randrange(10**6, 10**7)}"


class PhonesField(PointsField):
    """``phones = PhonesField(_("Phones"), _("Phone"))`` gives an object ``phone`` and ``phones``."""

    type_name, length = "phones", LONGEST
