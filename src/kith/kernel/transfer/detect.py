"""What kind of file this is, and how it is to be read: format, encoding, delimiter, head, sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.transfer import delimited, jsonlines, sheets, vcard
from kith.kernel.transfer.cells import Table
from kith.kernel.transfer.delimited import Shape
from kith.kernel.transfer.encoding import encoding_of, named


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read. ``format`` is csv, sheet, vcard or json; a person may correct every part of it."""

    format: str
    encoding: str = "utf-8"
    sure: bool = True  # False: the encoding is a guess
    delimiter: str = ","
    spaced: bool = False
    header: int = 1
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def layout_of(path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Layout:
    """The layout of one file, which is not compressed. Raises :class:`Unreadable` for what no table can be made of."""
    if not path.stat().st_size:
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        names = sheets.sheets_of(path)
        if sheet and sheet not in names:
            raise Unreadable("no_sheet", gettext_noop("There is no sheet “%(name)s”"), name=sheet[:60])
        chosen = sheet or names[0]
        return Layout("sheet", header=sheets.header(path, chosen), sheet=chosen, sheets=names)
    if magic.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite", b"\x7fELF")):
        raise Unreadable("not_text", gettext_noop("This is not a text file, nor any other kind that can be imported"))
    return _text_layout(path, encoding, delimiter)


def _text_layout(path: Path, encoding: str, delimiter: str) -> Layout:
    if encoding:
        found, sure = named(encoding), True
    else:
        guessed = encoding_of(path)
        found, sure = guessed.name, guessed.sure
    try:
        with path.open(encoding=found, newline="") as file:
            head = file.read(4096)
        if "BEGIN:VCARD" in head.upper():
            return Layout("vcard", found, sure)
        if not delimiter and jsonlines.is_json(head):
            return Layout("json", found, sure)
        shape = delimited.shape_of(path, found)
        if delimiter:
            shape = replace(shape, delimiter=delimiter)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "wrong_encoding", gettext_noop("This file is not in the encoding “%(name)s”"), name=found
        ) from error
    return Layout("csv", found, sure, shape.delimiter, shape.spaced, shape.header)


def open_table(path: Path, layout: Layout) -> Table:
    """The rows of a file, from the first. Raises :class:`Unreadable`."""
    if layout.format == "vcard":
        return vcard.read(path, layout.encoding)
    if layout.format == "json":
        return jsonlines.read(path, layout.encoding)
    if layout.format == "sheet":
        return sheets.read(path, layout.sheet, layout.header)
    return delimited.read(path, layout.encoding, Shape(layout.delimiter, layout.spaced, layout.header))
