"""What an import did, as the database has it: counts, rows that need a person, the file of what was refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.records.errors import Complaint, Invalid, NotFound
from kith.kernel.transfer import store
from kith.kernel.transfer.cells import Line
from kith.kernel.transfer.detect import open_table
from kith.kernel.transfer.models import Import, ImportFile, ImportRow, Outcome
from kith.kernel.transfer.plan import plan
from kith.kernel.transfer.safe_csv import escape

COUNTED: Final = ("rows", "created", "restored", "updated", "unchanged", "skipped", "failed", "warned")
CHOSEN: Final = ("mode", "match", "doubles", "bad_values", "create", "owner", "owners", "constants", "system", "whole")
"""What a person decides about a file as a whole, beside its columns."""

BOM: Final = "\ufeff"


def report(job: Import) -> dict[str, Any]:
    """The import as data: its state, each file with its mapping and counts, and the sum of all.

    In each count rows = created + updated + unchanged + skipped + failed; those brought back from the bin are among the
    created and counted apart, too.
    """
    files = [_file(one) for one in job.files.order_by("position")]
    totals = {name: sum(one["counts"].get(name, 0) for one in files) for name in COUNTED}
    return {
        "id": str(job.id),
        "state": job.state,
        "error": job.error,
        "files": files,
        "counts": totals,
        "also": _also(files),
        "kept": job.kept,
        "kept_records": job.kept_records,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def _file(one: ImportFile) -> dict[str, Any]:
    lines = one.mapping.get("lines", [])
    return {
        "id": str(one.id),
        "name": one.name,
        "refused": one.refused,
        "object": one.mapping.get("object", ""),
        "vendor": one.mapping.get("vendor", ""),
        "guesses": one.guesses,
        "format": one.layout.get("format", ""),
        "encoding": one.layout.get("encoding", ""),
        "rows": one.rows,
        "done": one.cursor,
        "columns": lines,
        **{name: one.mapping[name] for name in CHOSEN if name in one.mapping},
        "not_imported": [line["column"] for line in lines if not line["field"]],
        "warnings": one.warnings,
        "checked": one.checked,
        "counts": one.counts,
    }


def _also(files: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in files:
        for object, count in one["counts"].get("also", {}).items():
            found[object] = found.get(object, 0) + count
    return found


def rows(
    job: Import, *, run: bool = True, outcome: str = "", after: str = "", limit: int = 100
) -> list[dict[str, Any]]:
    """Rows with something to say, file by file: what is wrong with them, their cells and edits. ``after`` is a row's
    id.
    """
    found = ImportRow.objects.filter(file__job=job, run=run).select_related("file")
    if outcome:
        found = found.filter(outcome=Outcome[outcome.upper()])
    if after:
        found = found.filter(id__gt=after)
    return [_row(one) for one in found.order_by("id")[: max(1, min(limit, 500))]]


def _row(one: ImportRow) -> dict[str, Any]:
    columns = [line["column"] for line in one.file.mapping.get("lines", [])]
    return {
        "id": str(one.id),
        "file": str(one.file_id),
        "name": one.file.name,
        "row": one.number,
        "outcome": Outcome(one.outcome).name.lower(),
        "reason": one.reason,
        "problems": one.problems,
        "cells": dict(zip(columns, one.cells, strict=False)) if one.cells else None,
        "edits": one.edits,
        "left": one.left,
        "record": str(one.record) if one.record else None,
    }


def edit(job: Import, row: str, cells: Mapping[str, str] | None = None, *, leave_out: bool = False) -> dict[str, Any]:
    """Mend a row by hand (column -> text), or say that it is to be left out. Raises :class:`Invalid`."""
    one = ImportRow.objects.filter(file__job=job, pk=row).select_related("file").first()
    if one is None or (one.run and one.outcome != Outcome.FAILED):
        raise NotFound("imports", row)
    columns = {line["column"] for line in one.file.mapping.get("lines", [])}
    if unknown := sorted(set(cells or {}) - columns):
        raise Invalid(
            [
                Complaint(name, "unknown_column", _("The file has no column “%(name)s”") % {"name": name})
                for name in unknown
            ]
        )
    if cells is not None:
        one.edits = {**(one.edits or {}), **{name: str(text) for name, text in cells.items()}}
    one.left = leave_out
    one.save(update_fields=["edits", "left"])
    return _row(one)


def preview(ctx: Context, job: Import, file: ImportFile, limit: int = 20) -> list[dict[str, Any]]:
    """The first rows as they stand and as they will be: the wire form of each field, and what cannot be read."""
    table = open_table(store.folder(job) / file.path, store.layout(file))
    mapping = store.mapped(file)
    spec = ctx.schema.get(mapping.object)
    if spec is None:
        return [
            {"row": line.number, "cells": _cells(line)} for line, _at in zip(table.lines, range(limit), strict=False)
        ]
    made = plan(ctx, spec, mapping, table.columns)
    found = []
    for line, _at in zip(table.lines, range(limit), strict=False):
        draft = made.draft(line)
        values: dict[str, Any] = {}
        for name, raw in draft.values.items():
            here = spec.fields[name]
            try:
                values[name] = here.type.dump(here, here.type.parse(here, raw, ctx.locale))
            except ValueError:
                values[name] = None
        values |= {wish.field.name: ", ".join(text for _how, _column, text in wish.ways) for wish in draft.wishes}
        problems = [{"column": one.column, "message": one.message} for one in (*draft.problems, *draft.warnings)]
        found.append(
            {"row": line.number, "cells": _cells(line), "values": values, "problems": problems, "aside": draft.aside}
        )
    return found


def _cells(line: Line) -> list[str]:
    from kith.kernel.transfer.cells import text_of

    return [text_of(one)[:200] for one in line.cells]


def refused_csv(job: Import, *, run: bool = True) -> Iterator[bytes]:
    """The refused rows as a file: the cells as they stood, the row's number and why. Each file begins with its
    columns.
    """
    yield BOM.encode()
    for file in job.files.order_by("position"):
        failed = ImportRow.objects.filter(file=file, run=run, outcome=Outcome.FAILED).order_by("number")
        if not failed.exists():
            continue
        columns = [line["column"] for line in file.mapping.get("lines", [])]
        yield _written([*columns, _("File"), _("Row"), _("Reason")])
        for one in failed.iterator(chunk_size=500):
            cells = [str(each) for each in one.cells or []][: len(columns)]
            reasons = "; ".join(_reason(each) for each in one.problems)
            yield _written([*cells, *[""] * (len(columns) - len(cells)), file.name, str(one.number), reasons])


def _reason(problem: Mapping[str, Any]) -> str:
    where = problem.get("column") or problem.get("field") or ""
    return f"{where}: {problem['message']}" if where else str(problem["message"])


def _written(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([escape(one) for one in cells])
    return out.getvalue().encode()
