"""A number that Kith gives to each new record: Q-2026-0001. Quotes, orders and tickets are called by it."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from django.db import models

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.text import Text

LENGTH: Final = 60
LONGEST_PREFIX: Final = 30
MOST_PADDING: Final = 12


@field_type
class AutoNumber(Text):
    """A text given on creation and kept for good (``records.numbers``). Records that were binned leave gaps.

    ``options``: ``prefix`` ("Q-{year}-"; with the year in it counting begins anew each year), ``padding`` (4 digits).
    """

    name, icon = "auto_number", "hash"

    def merge(self, field: Field, kept: Any, lost: Any) -> Any:
        """The survivor keeps its own number; a number never moves to another record."""
        return kept

    def sample(self, field: Field, random: random.Random) -> str:
        return written(field, random.randrange(1, 1000), 2026)


def prefix(field: Field, year: int) -> str:
    """What the numbers of that year begin with. Each prefix has a sequence of its own."""
    return str(field.options.get("prefix", "")).replace("{year}", str(year))[:LONGEST_PREFIX]


def written(field: Field, number: int, year: int) -> str:
    """The number as it is kept and shown."""
    padding = max(0, min(int(field.options.get("padding", 4)), MOST_PADDING))
    return f"{prefix(field, year)}{number:0{padding}d}"


def number_in(field: Field, text: str, year: int) -> int:
    """The count in a number of this field and year; 0 for any other text, such as another system's number."""
    found = re.fullmatch(re.escape(prefix(field, year)) + r"(\d{1,15})", text, re.ASCII)
    return int(found[1]) if found else 0


class AutoNumberField(models.CharField):  # type: ignore[type-arg]
    """``number = AutoNumberField(_("Number"), prefix="Q-{year}-")``. Unique, and not editable.

    With ``editable=True`` it takes the number that an import brings and gives one only where there is none.
    """

    kith_type = "auto_number"

    def __init__(self, *args: Any, prefix: str = "", padding: int = 4, **options: Any) -> None:
        self.kith_options = {"prefix": prefix, "padding": padding}
        super().__init__(*args, **{"max_length": LENGTH, "blank": True, "unique": True, "editable": False, **options})
