"""Records as files: CSV, XLSX and JSON Lines, streamed; formula-safe, and such that our own import reads them back.

A CSV has one column for each field, under the field's own name, with the id first. A reference has two: its title for
people and ``.id`` for us. Several values stand in one cell with ``; `` between them, or as JSON where they say more.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Points
from kith.kernel.fields.references import References
from kith.kernel.kit import json
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.query.tree import BadFilter
from kith.kernel.records import read
from kith.kernel.records.errors import Forbidden
from kith.kernel.records.read import Page, Query, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer.mapping import PLAIN
from kith.kernel.transfer.rights import still
from kith.kernel.transfer.safe_csv import escape, unescape
from kith.kernel.transfer.values import NOTHING

FORMATS: Final = ("csv", "xlsx", "jsonl")
BOM: Final = b"\xef\xbb\xbf"
"""Without it a spreadsheet takes the file for one of the machine's old encoding."""

FILE: Final = "file"
"""The type of fields that no table holds: what they refer to would stay behind."""

SHEET_ROWS: Final = 1_048_576
CELL: Final = 32_767
"""Characters that a spreadsheet keeps of a cell."""

PICKED: Final = 500
"""Records of one page where they were picked one by one."""

EPOCH: Final = date(1900, 3, 1)
"""Spreadsheets count a day too many before."""

NO_LETTERS: Final = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
"""What XML, and so a spreadsheet, cannot hold."""

_APART = re.compile(r"[\s,;\[\]{}]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the field, and whether it is the id of a reference."""

    header: str
    field: Field | None
    id: bool = False


def fields_of(ctx: Context, spec: ObjectSpec, wanted: Sequence[str] = ()) -> tuple[Field, ...]:
    """The fields that are exported: those asked for, or all that the actor may read. Raises :class:`BadFilter`."""
    chosen = read.requested(ctx, spec, tuple(one for one in wanted if one != "id"))
    if wanted:
        for one in chosen:
            if one.type.name == FILE:
                raise BadFilter(
                    "not_exported",
                    gettext_noop("“%(field)s” holds files, and those are not exported: they are in a backup"),
                    field=one.name,
                )
        return tuple(one for one in chosen if not one.virtual)
    kept = [one for one in chosen if not one.virtual and one.type.name != FILE]
    return tuple(one for one in kept if not one.hidden or one.name == "external_ids")


def pages(ctx: Context, spec: ObjectSpec, query: Query, ids: Sequence[uuid.UUID] | None = None) -> Iterator[Page]:
    """The pages that may be exported: what the actor reads, as far as the right to export reaches.

    ``ids`` are records that were picked one by one; then the query only says which fields. Raises :class:`Forbidden`
    before the first page for whoever may export nothing of this object.
    """
    if not may(ctx, spec, "export"):
        raise Forbidden(_("You may not export %(objects)s") % {"objects": spec.label_many}, "export")
    return _pages(ctx, spec, query, ids)


def _pages(ctx: Context, spec: ObjectSpec, query: Query, ids: Sequence[uuid.UUID] | None) -> Iterator[Page]:
    """Page by page, each with the rights of its moment: a long export ends where a right that it needs is lost."""
    narrower, after, at = _is_narrower(ctx, spec), "", 0
    fields = read.requested(ctx, spec, query.fields)
    while True:
        fresh = still(ctx, spec, "export", fields)
        if fresh is not ctx:
            ctx, spec = fresh, fresh.schema[spec.name]
            narrower = _is_narrower(ctx, spec)
        if ids is None:
            page = read.rows(ctx, spec, replace(query, after=after, limit=read.MOST, count=False))
            after, more = page.next, bool(page.next)
        else:
            page = _picked(ctx, spec, query, ids[at : at + PICKED])
            at, more = at + PICKED, at + PICKED < len(ids)
        if narrower and page.rows:
            allowed = read.ids(ctx, spec, [one.id for one in page.rows], "export")
            page = Page(
                page.spec, page.fields, tuple(one for one in page.rows if one.id in allowed), "", None, page.titles
            )
        yield page
        if not more:
            return


def _picked(ctx: Context, spec: ObjectSpec, query: Query, ids: Sequence[uuid.UUID]) -> Page:
    """The records of these ids, in their order."""
    page = read.by_ids(ctx, spec, ids, query.fields)
    place = {id: number for number, id in enumerate(ids)}
    return replace(page, rows=tuple(sorted(page.rows, key=lambda one: place[one.id])))


def _is_narrower(ctx: Context, spec: ObjectSpec) -> bool:
    """Whether the right to export reaches less far than the right to read."""
    return str(rows_q(ctx, spec, "export")) != str(rows_q(ctx, spec))


def export(
    ctx: Context,
    spec: ObjectSpec,
    format: str,
    query: Query = Query(),  # noqa: B008  (immutable)
    ids: Sequence[uuid.UUID] | None = None,
) -> Iterator[bytes]:
    """The file, piece by piece. Raises :class:`BadFilter` and :class:`Forbidden` before the first one.

    XLSX cannot be written in pieces: for it there is :func:`write_xlsx`.
    """
    if format not in ("csv", "jsonl"):
        raise BadFilter("unknown_format", gettext_noop("There is no format “%(format)s”"), format=format[:20])
    chosen = fields_of(ctx, spec, query.fields)
    found = pages(ctx, spec, _query(query, chosen), ids)
    return _csv(chosen, found) if format == "csv" else _jsonl(chosen, found)


def _query(query: Query, chosen: Sequence[Field]) -> Query:
    return Query(query.where, query.sort, tuple(one.name for one in chosen), binned=query.binned, count=False)


# --- CSV -------------------------------------------------------------------------------------------------------


def _csv(chosen: Sequence[Field], found: Iterator[Page]) -> Iterator[bytes]:
    columns = columns_of(chosen)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([one.header for one in columns])
    yield BOM
    for page in found:
        writer.writerows([[cell(one, row, page) for one in columns] for row in page.rows])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    if rest := out.getvalue():
        yield rest.encode()


def columns_of(chosen: Sequence[Field]) -> list[Column]:
    """The columns of a table of these fields."""
    made = [Column("id", None)]
    for one in chosen:
        made.append(Column(one.name, one))
        if one.target and one.type.name in ("reference", "owner"):
            made.append(Column(f"{one.name}.id", one, id=True))
    return made


def cell(column: Column, row: Row, page: Page) -> str:
    """One cell of a CSV."""
    here = column.field
    if here is None:
        return str(row.id)
    value = shown(here, row.values[here.name], page)
    if here.type.empty(value):
        return ""
    if here.target and here.type.name in ("reference", "owner"):
        title = page.title(here, value)
        return str(value) if column.id else escape(title.text) if title else ""
    return text(here, value)


def shown(here: Field, value: Any, page: Page) -> Any:
    """The value without those of several references that the reader may not see."""
    if not isinstance(here.type, References):
        return value
    return tuple(one for one in value or () if one.key in page.titles)


def text(here: Field, value: Any) -> str:
    """A value in the form that people read and ``transfer.plan`` reads back."""
    name = here.type.name
    if name not in PLAIN:
        return json.dumps_text(here.type.dump(here, value))
    if name in ("number", "percent", "rating"):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if name == "bool":
        return "true" if value else "false"
    if name == "money":
        return f"{value.amount:f} {value.currency}"
    if name in ("tags", "multi_choice"):
        return escape("; ".join(value))
    if isinstance(here.type, Points):
        return _points(here, value)
    dumped = here.type.dump(here, value)
    return escape(str(dumped))


def _points(here: Field, value: Any) -> str:
    plain = all(not (one.use or one.status) for one in value)
    apart = any(
        ";" in one.value
        or "\n" in one.value
        or one.value.casefold() in NOTHING
        or (here.type.name == "emails" and _APART.search(one.value))
        or one.value.startswith("[")
        for one in value
    )
    if plain and not apart:
        return escape("; ".join(one.value for one in value))
    return json.dumps_text(here.type.dump(here, value))


# --- JSON Lines ------------------------------------------------------------------------------------------------


def _jsonl(chosen: Sequence[Field], found: Iterator[Page]) -> Iterator[bytes]:
    for page in found:
        yield b"".join(json.dumps(wire(chosen, row, page)) + b"\n" for row in page.rows)


def wire(chosen: Sequence[Field], row: Row, page: Page) -> dict[str, Any]:
    """A record as one JSON object, as REST sends it."""
    made: dict[str, Any] = {"id": str(row.id)}
    for one in chosen:
        value = shown(one, row.values[one.name], page)
        if one.type.empty(value):
            made[one.name] = None
        elif one.target and one.type.name in ("reference", "owner"):
            title = page.title(one, value)
            made[one.name] = {"object": one.target, "id": str(value), "title": title.text if title else ""}
        else:
            made[one.name] = one.type.dump(one, value)
    return made


# --- XLSX ------------------------------------------------------------------------------------------------------


def write_xlsx(
    ctx: Context,
    spec: ObjectSpec,
    target: Path | BinaryIO,
    query: Query = Query(),  # noqa: B008  (immutable)
    ids: Sequence[uuid.UUID] | None = None,
) -> int:
    """Write a workbook, row by row with a memory that does not grow; further sheets where one is full.

    Text is text and never a formula. Returns how many cells could not be kept whole: a spreadsheet has 32,767
    characters for each, and no place for two code points that are no letters.
    """
    import xlsxwriter

    chosen = fields_of(ctx, spec, query.fields)
    found = pages(ctx, spec, _query(query, chosen), ids)
    columns = columns_of(chosen)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    cut = 0
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet, at = None, SHEET_ROWS
        for page in found:
            for row in page.rows:
                if at >= SHEET_ROWS:
                    sheet, at = _sheet(book, spec, columns), 1
                for place, column in enumerate(columns):
                    cut += _put(sheet, at, place, column, row, page, days)
                at += 1
        if sheet is None:
            _sheet(book, spec, columns)
    return cut


def _sheet(book: Any, spec: ObjectSpec, columns: Sequence[Column]) -> Any:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(f"{spec.name[:25]} {number}" if number > 1 else spec.name[:31])
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.header)
    return sheet


def _put(sheet: Any, at: int, place: int, column: Column, row: Row, page: Page, days: Any) -> int:
    here = column.field
    value = None if here is None else row.values[here.name]
    if here is not None and here.type.empty(value):
        return 0
    if here is not None and here.type.name == "bool":
        sheet.write_boolean(at, place, value)
    elif (
        here is not None and here.type.name in ("number", "rating") and len(str(value).strip("-").replace(".", "")) < 16
    ):
        sheet.write_number(at, place, value)
    elif here is not None and here.type.name == "date" and isinstance(value, date) and value >= EPOCH:
        sheet.write_datetime(at, place, value, days)
    else:
        written = cell(column, row, page) if here is None or here.target else _unescaped(here, value)
        fit = written.translate(NO_LETTERS)[:CELL]
        sheet.write_string(at, place, fit)
        return fit != written
    return 0


def _unescaped(here: Field, value: Any) -> str:
    return unescape(text(here, value))
