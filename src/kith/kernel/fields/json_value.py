"""Any JSON value: what another program keeps with a record and nobody edits by hand."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.number import BIGGEST
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

MOST_BYTES: Final = 64 * 1024
DEEPEST: Final = 20


@field_type
class JsonValue(FieldType):
    """A JSON value of at most 64 kB and 20 levels.

    A text that reads as JSON is taken as that JSON, since forms and files hold only texts; any other text is itself.
    """

    name, kind, icon = "json", Kind.JSON, "braces"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> Any:
        if isinstance(raw, str):
            raw = _read(raw)
        if raw is None or raw == "":
            return None
        value = _kept(raw, 1)
        size = len(json.dumps(value))
        if size > MOST_BYTES:
            raise Unreadable(
                "too_large_json",
                gettext_noop("At most %(most)s kB; this has %(size)s"),
                most=MOST_BYTES // 1024,
                size=size // 1024,
            )
        return value

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else value if isinstance(value, str) else json.dumps_text(value)

    def form_widget(self, field: Field) -> str:
        return "json"

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}

    def empty(self, value: Any) -> bool:
        """``[]``, ``{}``, ``0`` and ``false`` say something; nothing else knows what."""
        return value is None or value == ""

    def sample(self, field: Field, random: random.Random) -> Any:
        return {"source": "erp", "ids": [random.randrange(1000), random.randrange(1000)], "weight": Decimal("1.25")}


def _read(text: str) -> Any:
    bare = text.strip()
    if len(bare) > MOST_BYTES:
        raise Unreadable(
            "too_large_json",
            gettext_noop("At most %(most)s kB; this has %(size)s"),
            most=MOST_BYTES // 1024,
            size=len(bare) // 1024,
        )
    try:
        value = json.loads(bare)
    except Unreadable:
        if bare[:1] in ("{", "["):
            raise
        return text
    return text if isinstance(value, str) else value


def _kept(raw: Any, depth: int) -> Any:
    """The value in the few types that JSON has. Raises :class:`Unreadable` for what a database could not give back."""
    if depth > DEEPEST:
        raise Unreadable("too_deep", gettext_noop("At most %(most)s levels"), most=DEEPEST)
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        if "\x00" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw):
            raise Unreadable("broken_text", gettext_noop("The text has a character that cannot be kept"))
        return raw
    if isinstance(raw, int | float | Decimal):
        number: int | Decimal = raw if isinstance(raw, int) else Decimal(str(raw))
        if isinstance(number, Decimal) and not (number.is_finite() and number.adjusted() > -40):
            raise Unreadable("not_json", gettext_noop("This value cannot be written as JSON"))
        if not -BIGGEST <= number <= BIGGEST:
            raise Unreadable("too_large", gettext_noop("Expected a number up to %(most)s"), most=int(BIGGEST))
        return number
    if isinstance(raw, list | tuple):
        return [_kept(one, depth + 1) for one in raw]
    if isinstance(raw, dict) and all(isinstance(key, str) for key in raw):
        return {_kept(key, depth): _kept(one, depth + 1) for key, one in raw.items()}
    raise Unreadable("not_json", gettext_noop("This value cannot be written as JSON"))
