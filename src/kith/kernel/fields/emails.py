"""E-mail addresses: one (the primary) and several."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.points import Point, Points, PointsField
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

LONGEST: Final = 254
_PLAIN: Final = re.compile(
    r"[a-z\d_+-]+(\.[a-z\d_+-]+)*@([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}", re.ASCII | re.IGNORECASE
)
"""What nearly every address looks like; Django's validator lets all of these pass, in six times the time."""


def address(typed: str) -> str:
    """The address without ``mailto:`` and white space. Raises :class:`Unreadable` when it could not be written to."""
    found = clean(typed).removeprefix("mailto:").strip("<> ")
    if len(found) <= LONGEST and _PLAIN.fullmatch(found):
        return found
    try:
        validate_email(found)
    except ValidationError as error:
        raise Unreadable(
            "not_an_email",
            gettext_noop("Expected an address as in name@company.com; found “%(found)s”"),
            found=found[:60],
        ) from error
    return found


@field_type
class Emails(Points):
    """Several addresses. Kept as typed, compared without regard to case."""

    name, icon, point_kind, longest = "emails", "mail", "email", LONGEST

    def read_one(self, typed: str, locale: Locale) -> Point:
        found = address(typed)
        return Point(found, found.casefold())

    def sample(self, field: Field, random: random.Random) -> tuple[Point, ...]:
        word = f"ada.{random.randrange(10**6)}@harbour.example"
        return (Point(word, word, "work", primary=True),)


@field_type
class Email(Text):
    """The primary address; writing it puts it first among ``emails``."""

    name, icon = "email", "mail"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        text = super().parse(field, raw, locale)
        return address(text) if text else None

    def form_widget(self, field: Field) -> str:
        return "email"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "email"}

    def sample(self, field: Field, random: random.Random) -> str:
        return f"ada.{random.randrange(10**6)}@harbour.example"


class EmailsField(PointsField):
    """``emails = EmailsField(_("E-mails"), _("E-mail"))`` gives an object ``email`` and ``emails``."""

    type_name, length = "emails", LONGEST
