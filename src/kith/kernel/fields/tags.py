"""Free words on a record. A word stays as it was written first; but for case and accents it is there once."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.json_column import ListColumn
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.cldr import language
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean, fold

MOST: Final = 50
LONGEST: Final = 60
SEPARATORS: Final = re.compile(r"[,;，；、\n]")
_SAMPLES = ("VIP", "partner", "Messe 2026", "重点客户", "newsletter", "beta", "老客户")


def listed(values: Iterable[str], locale: Locale) -> str:
    """Several words for reading: "a, b"; 甲、乙 in Chinese."""
    return ("、" if language(locale) == "zh" else ", ").join(values)


@field_type
class Tags(FieldType):
    """A tuple of words in the order in which they were given. Reads a list, or one text: "a, b; c"."""

    name, kind, icon = "tags", Kind.ENUMS, "tags"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> tuple[str, ...]:
        if raw is None or raw == "":
            return ()
        words = SEPARATORS.split(raw) if isinstance(raw, str) else raw
        if not isinstance(words, list | tuple) or not all(isinstance(one, str) for one in words):
            raise Unreadable("not_words", gettext_noop("Expected words, as in “key account, partner”"))
        found: dict[str, str] = {}
        for one in words:
            word = " ".join(
                clean(SEPARATORS.sub(" ", one)).split()
            )  # a list may be typed as one text and must come back
            if word:
                found.setdefault(fold(word) or word, word)
        return tuple(found.values())

    def dump(self, field: Field, value: Any) -> list[str]:
        return list(value or ())

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return listed(value or (), locale)

    def form_widget(self, field: Field) -> str:
        return "tags"

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def search_text(self, field: Field, value: Any) -> str:
        return " ".join(value or ())

    def json_schema(self, field: Field) -> dict[str, Any]:
        word = {"type": "string", "minLength": 1, "maxLength": LONGEST}
        return {"type": "array", "items": word, "maxItems": MOST, "uniqueItems": True}

    def merge(self, field: Field, kept: Any, lost: Any) -> tuple[str, ...]:
        """The words of both, the survivor's first, as many as fit."""
        return self.parse(field, [*(kept or ()), *(lost or ())])[:MOST]

    def sample(self, field: Field, random: random.Random) -> tuple[str, ...]:
        return tuple(random.sample(_SAMPLES, 2))

    def check(self, field: Field, value: Any) -> None:
        if len(value) > MOST:
            raise Unreadable(
                "too_many", gettext_noop("At most %(most)s; this has %(count)s"), most=MOST, count=len(value)
            )
        for one in value:
            if len(one) > LONGEST:
                raise Unreadable(
                    "too_long",
                    gettext_noop("At most %(most)s characters; this has %(length)s"),
                    most=LONGEST,
                    length=len(one),
                )


class TagsField(ListColumn):
    """``tags = TagsField(_("Tags"))``: a JSON list of words."""

    kith_type = "tags"
