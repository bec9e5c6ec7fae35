"""Spreadsheets (XLSX, XLS, ODS) as tables: dates, numbers and truth values come as such."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.transfer.cells import Cell, Line, Table, blank, distinct, plain, text_of
from kith.kernel.transfer.delimited import LOOKED_AT, header_of

LARGEST: Final = 400_000_000
"""Bytes of a spreadsheet once unpacked: it is held in memory, packed tightly, while it is read."""

RATIO: Final = 200


def sheets_of(path: Path) -> tuple[str, ...]:
    """The sheets that hold anything, the fullest one first: the one that is meant, unless somebody says otherwise."""
    book = _book(path)
    sizes = {
        name: (sheet.height or 0) * (sheet.width or 0) for name in book.sheet_names if (sheet := _sheet(book, name))
    }
    filled = [name for name, size in sizes.items() if size]
    if not filled:
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    return tuple(sorted(filled, key=lambda name: -sizes[name]))


def header(path: Path, sheet: str) -> int:
    """The row of the head, as :func:`delimited.header_of` finds it."""
    looked = [[text_of(cell) for cell in row] for row in islice(_rows(path, sheet), LOOKED_AT)]
    return header_of(looked)


def read(path: Path, sheet: str, head: int) -> Table:
    """One sheet as a table. ``head`` rows stand before the data; the last of them has the names of the columns."""
    source = _rows(path, sheet)
    before = list(islice(source, head))
    names = list(before[-1]) if before else []
    while names and blank(names[-1]):
        names.pop()
    rest: Iterator[list[Cell]] = source
    if not head:
        first = next(source, [])
        names, rest = [""] * len(first), _again(first, source)
    if not names:
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    return Table(distinct(names), _lines(rest, len(names), head + 1))


def _again(first: list[Cell], rest: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    yield first
    yield from rest


def _lines(source: Iterator[list[Cell]], width: int, start: int) -> Iterator[Line]:
    for number, row in enumerate(source, start):
        if all(blank(cell) for cell in row):
            continue
        cells = row[:width] + [""] * (width - len(row))
        extra = any(not blank(cell) for cell in row[width:])
        yield Line(number, row if extra else cells, "too_many_cells" if extra else "")


def _rows(path: Path, sheet: str) -> Iterator[list[Cell]]:
    held = _sheet(_book(path), sheet)
    if held is None:
        raise Unreadable("no_such_sheet", gettext_noop("There is no sheet “%(name)s”"), name=sheet)
    start = held.start or (0, 0)
    for _empty in range(start[0]):  # rows above the first filled one count, as they do on the screen
        yield []
    for row in held.iter_rows():
        yield [""] * start[1] + [plain(cell) for cell in row]


def _sheet(book: Any, name: str) -> Any:
    try:
        return book.get_sheet_by_name(name)
    except Exception:  # a chart, or a sheet that the reader does not understand
        return None


def _book(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > LARGEST or size > max(path.stat().st_size, 1) * RATIO + 10_000_000:
            raise Unreadable("too_large", gettext_noop("This spreadsheet is too large; save it as CSV"))
    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception as error:
        raise Unreadable(
            "not_a_spreadsheet", gettext_noop("This spreadsheet cannot be read; save it as CSV")
        ) from error
