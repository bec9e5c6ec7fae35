"""Text of any length: plain, or rich text in the few tags of ``kit.html``."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.html import clean_html, from_plain, text_of
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

LONGEST: Final = 1_000_000
"""Characters. More than any letter has; a text beyond it is a file that somebody pasted."""

TURNS: Final = 8
_TAG = re.compile(r"<[a-zA-Z/!]")


@field_type
class LongText(Text):
    """Lines of text. With ``options["rich"]`` HTML of the fixed allow-list; a plain text becomes paragraphs of it."""

    name, icon = "long_text", "align-left"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise Unreadable("not_text", gettext_noop("Expected text"))
        if len(raw) > LONGEST:
            raise Unreadable(
                "too_long",
                gettext_noop("At most %(most)s characters; this has %(length)s"),
                most=LONGEST,
                length=len(raw),
            )
        return rich(raw) if field.options.get("rich") else clean(raw) or None

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        """The text alone; whoever shows HTML takes the value itself."""
        return self.search_text(field, value)

    def form_widget(self, field: Field) -> str:
        return "rich_text" if field.options.get("rich") else "long_text"

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "empty") if field.options.get("rich") else ("contains", "starts", "empty", "eq", "ne", "in")

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        """None: an order of long texts says nothing, and a cursor would carry the whole text."""
        return None

    def search_text(self, field: Field, value: Any) -> str:
        return text_of(value or "") if field.options.get("rich") else value or ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": field.max_length or LONGEST}
        return {**schema, "contentMediaType": "text/html"} if field.options.get("rich") else schema

    def sample(self, field: Field, random: random.Random) -> str:
        words = f"{random.choice(('Call back', 'Ask for the offer', '请回电'))} {random.randrange(100)}"
        return (
            f"<p>{words}</p><ul><li>Harbour &amp; Sons</li></ul>"
            if field.options.get("rich")
            else f"{words}\nHarbour & Sons"
        )


def rich(typed: str) -> str | None:
    """Safe HTML that :func:`rich` leaves as it is; ``None`` when there is nothing to read in it."""
    made = clean_html(typed) if _TAG.search(typed) else from_plain(typed)
    for _turn in range(TURNS):  # a parser moves misplaced tags, and may move them again
        if not text_of(made):
            return None
        made = made if _TAG.search(made) else f"<p>{made}</p>"
        if (again := clean_html(made)) == made:
            return made
        made = again
    return from_plain(text_of(made))


class RichTextField(models.TextField):  # type: ignore[type-arg]
    """``body = RichTextField(_("Text"), blank=True)``: a text column that holds safe HTML."""

    kith_type = "long_text"
    kith_options = {"rich": True}
