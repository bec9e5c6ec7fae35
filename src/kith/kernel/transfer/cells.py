"""What stands in a cell of a table, whatever kind of file it came from.

Text files have text only; spreadsheets also have numbers, dates and truth values; vCards and JSON have lists and
objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Cell = Any  # str, int, Decimal, bool, date, datetime, a list or a mapping; None and "" say nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file. ``number`` is the one a spreadsheet shows (titles and blank rows count); cards count from 1.

    ``wrong`` says why the row cannot be used, ``aside`` why it is none (a comment, a total at the foot).
    """

    number: int
    cells: Sequence[Cell]
    wrong: str = ""
    aside: str = ""


@dataclass(slots=True)
class Table:
    """A file that is being read: its columns, and its rows as they come. Memory does not grow with its length."""

    columns: tuple[str, ...]
    lines: Iterator[Line]
    notes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # (msgid, params): told to the reader


def text_of(cell: Cell) -> str:
    """The cell as text: whole numbers without a point, dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}" if cell == cell.to_integral_value() else f"{cell:f}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Mapping):
        if "value" in cell:
            return text_of(cell["value"])  # an address with its kind
        return ", ".join(text_of(one) for one in cell.values() if not blank(one))
    if isinstance(cell, list | tuple):
        return "; ".join(text_of(one) for one in cell if not blank(one))
    return str(cell)


def plain(cell: Cell) -> Cell:
    """A spreadsheet's cell: floats become exact numbers, a time alone becomes text."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else Decimal(repr(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second or cell.microsecond):
        return cell.date()
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


def blank(cell: Cell) -> bool:
    """Whether the cell says nothing."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    return cell is None or cell == [] or cell == {} or cell == ()


def distinct(headers: Iterable[Cell]) -> tuple[str, ...]:
    """Names of columns: an empty one is named after its place, a repeated one gets a number."""
    found: dict[str, None] = {}
    for place, header in enumerate(headers, 1):
        name = " ".join(text_of(header).replace("\x00", "").split()) or f"Column {place}"
        wanted, count = name, 1
        while wanted in found:
            count += 1
            wanted = f"{name} ({count})"
        found[wanted] = None
    return tuple(found)
