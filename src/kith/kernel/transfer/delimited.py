"""Text tables: comma, tab, semicolon or bar between the cells; read row by row."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.transfer.cells import Line, Table, blank, distinct
from kith.kernel.transfer.headers import known_word
from kith.kernel.transfer.safe_csv import unescape

DELIMITERS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 40  # rows
LONGEST: Final = 16_000_000
"""Characters of one cell. A quotation mark that is never closed makes one cell of the rest of the file."""

MOST_COLUMNS: Final = 16_384  # as many as a spreadsheet has
_DATA = re.compile(r"[-+]?[\d.,]*\d[\d.,]*%?|\S+@\S+\.\S+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|true|false", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")

csv.field_size_limit(LONGEST)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the text is cut into cells. ``header`` counts the rows before the first one with data; the last is the head.

    0 means that there is no head: the columns are named by their places.
    """

    delimiter: str = ","
    spaced: bool = False  # a space after each delimiter
    header: int = 1


def rows(path: Path, encoding: str, delimiter: str, spaced: bool = False) -> Iterator[list[str]]:
    """The rows as they stand; NULs are dropped. Raises :class:`Unreadable` where quotation marks do not close."""
    with path.open(encoding=encoding, newline="") as file:
        lines = (line.replace("\x00", "") if "\x00" in line else line for line in file)
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced)
        count = 0
        try:
            for row in reader:
                count += 1
                yield row
        except csv.Error as error:
            raise Unreadable(
                "broken_quotes",
                gettext_noop("Row %(row)s has a quotation mark that is never closed"),
                row=count + 1,
            ) from error


def shape_of(path: Path, encoding: str) -> Shape:
    """Delimiter and head of a text table. Raises :class:`Unreadable` for an empty file and for what is no text."""
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(1 << 17)
    if not head.strip("\ufeff\x00 \r\n\t"):
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    if len(_CONTROL.findall(head)) > max(8, len(head) // 20):
        raise Unreadable("not_text", gettext_noop("This is not a text file, nor any other kind that can be imported"))
    found = max((_tried(head, one) for one in DELIMITERS), key=lambda one: one[0])
    delimiter = found[1]
    spaced = f'{delimiter} "' in head
    looked = list(islice(rows(path, encoding, delimiter, spaced), LOOKED_AT))
    return Shape(delimiter, spaced, header_of(looked))


def _tried(head: str, delimiter: str) -> tuple[float, str]:
    """How well a delimiter cuts: the share of rows with the usual count of cells, more cells counting a little."""
    lines = head.splitlines(keepends=True)
    if len(lines) > 1 and len(head) >= 1 << 17:
        lines.pop()  # cut off in the middle
    looked = [row for row in islice(csv.reader(lines, delimiter=delimiter), LOOKED_AT) if any(map(str.strip, row))]
    counts = Counter(map(len, looked))
    if not counts:
        return 0.0, delimiter
    usual, times = max(counts.items(), key=lambda one: (one[1] * (one[0] > 1), one[0]))
    if usual == 1:
        return 0.001 if delimiter == "," else 0.0, delimiter
    return times / len(looked) + min(usual, 50) / 1000, delimiter


def header_of(looked: list[list[str]]) -> int:
    """How many rows stand before the data, the head included; 0 without a head.

    Title lines are narrower than the table. The head is the first row as wide as the table, unless its cells are of the
    same kind as those below: numbers over numbers, addresses over addresses.
    """
    full = [sum(not blank(cell) for cell in row) for row in looked]
    widths = Counter(len(row) for row, cells in zip(looked, full, strict=True) if cells)
    if not widths:
        return 1
    usual = max(widths.items(), key=lambda one: (one[1], one[0]))[0]
    for at, row in enumerate(looked):
        enough = (
            full[at] >= max(1, min(usual, 2)) and len(row) >= min(usual, 2) and full[at] * 2 >= min(usual, len(row))
        )
        if not enough or (usual > 1 and str(row[0]).startswith("#") and full[at] < usual):
            continue
        below = [one for one in looked[at + 1 :] if any(not blank(cell) for cell in one)]
        return 0 if _is_data(row, below) else at + 1
    return 1


def _is_data(row: list[str], below: list[list[str]]) -> bool:
    if any(known_word(cell) for cell in row):
        return False
    for_head = for_data = 0
    for place, cell in enumerate(row):
        under = [one[place] for one in below if place < len(one) and not blank(one[place])]
        if not under or not all(_DATA.fullmatch(one.strip()) for one in under):
            continue
        if _DATA.fullmatch(cell.strip()):
            for_data += 1
        elif cell.strip():
            for_head += 1
    if not below:
        return all(_DATA.fullmatch(cell.strip()) for cell in row if cell.strip())
    return for_data > for_head


def read(path: Path, encoding: str, shape: Shape) -> Table:
    """The table. Rows without anything in them are left out; ragged ones are filled up or, with more cells, refused."""
    source = rows(path, encoding, shape.delimiter, shape.spaced)
    before = list(islice(source, shape.header))
    if shape.header:
        names = [unescape(one) for one in before[-1]] if before else []
        while names and blank(names[-1]):
            names.pop()
    else:
        first = next(source, [])
        names = [""] * len(first)
        source = _again(first, source)
    if len(names) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", gettext_noop("At most %(most)s columns"), most=MOST_COLUMNS)
    if not names:
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    return Table(distinct(names), _lines(source, len(names), shape.header + 1))


def _again(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _lines(source: Iterable[list[str]], width: int, start: int) -> Iterator[Line]:
    for number, row in enumerate(source, start):
        if not any(row) or all(not cell or cell.isspace() for cell in row):
            continue
        found = [unescape(cell) if cell[:1] == "'" else cell for cell in row]
        if len(found) < width:
            if width > 1 and found[0].startswith("#") and all(blank(cell) for cell in found[1:]):
                yield Line(number, found + [""] * (width - len(found)), aside="comment")
                continue
            found += [""] * (width - len(found))
        wrong = "too_many_cells" if len(found) > width and any(not blank(one) for one in found[width:]) else ""
        yield Line(number, found if wrong else found[:width], wrong)
