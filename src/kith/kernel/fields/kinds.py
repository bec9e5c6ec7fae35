"""The nine wire kinds to which every field type reduces, and what may be asked of each.

REST, GraphQL, OpenAPI, CSV and automation know kinds only; so a plugin's field type works on all of them at once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a value looks on the wire."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    ENUM = "enum"
    ENUMS = "enums"
    REFERENCE = "reference"
    JSON = "json"


_EQUAL: Final = ("eq", "ne", "in", "empty")
_ORDER: Final = ("gt", "gte", "lt", "lte", "between")

OPERATORS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TEXT: (*_EQUAL, "contains", "starts"),
    Kind.NUMBER: (*_EQUAL, *_ORDER),
    Kind.BOOL: ("eq", "ne", "empty"),
    Kind.DATE: (*_EQUAL, *_ORDER, "within", "before", "after"),
    Kind.DATETIME: (*_EQUAL, *_ORDER, "within", "before", "after"),
    Kind.ENUM: _EQUAL,
    Kind.ENUMS: ("has", "eq", "ne", "in", "empty"),
    Kind.REFERENCE: _EQUAL,
    Kind.JSON: ("empty",),
}
"""The operators of the filter grammar, by wire kind."""
