"""The first steps of an import: files are taken in, looked at, and given a mapping."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.jobs.progress import Progress
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy.rows import may
from kith.kernel.records.checks import said
from kith.kernel.records.errors import Complaint, Forbidden, Invalid
from kith.kernel.transfer import mapping as mappings
from kith.kernel.transfer import profiles, propose, store, unpack
from kith.kernel.transfer.columns import Survey, survey
from kith.kernel.transfer.detect import Layout, layout_of, open_table
from kith.kernel.transfer.models import Import, ImportFile, ImportRow, State

APART: Final = 1000
"""Places between two uploads: those between are for what comes out of an archive."""


FEW_ROWS: Final = 100
"""Rows that may stand above the data."""


def receive(ctx: Context, files: Iterable[tuple[str, Path | BinaryIO]]) -> Import:
    """Take files in: (name, path or open file), copied. Nothing is looked at yet: :func:`prepare` does the rest.

    Raises :class:`Forbidden` for somebody who may import nothing.
    """
    if not any(may(ctx, spec, "import") for spec in ctx.schema):
        raise Forbidden(verb="import")
    job = store.new(ctx)
    for place, (name, path) in enumerate(files):
        target = store.folder(job) / f"upload{place}"
        unpack.keep(path, target)
        row = ImportFile(
            job=job, position=place * APART, name=_name(name), path=target.name, size=target.stat().st_size
        )
        row.save(force_insert=True)
    return job


def _name(name: str) -> str:
    return PurePath(name.replace("\\", "/")).name.replace("\x00", "")[-255:] or "file"


def prepare(
    ctx: Context,
    job: Import,
    progress: Progress | None = None,
    *,
    object: str = "",
    vendor: str = "auto",
    mode: str = "",
    match: tuple[str, ...] = (),
    encoding: str = "",
) -> Import:
    """Unpack, read and survey each file, and propose a mapping. A file that cannot be read says so in ``refused``."""
    for row in list(job.files.order_by("position")):
        if row.position % APART:  # unpacked by an attempt that died: it comes out of its archive again
            row.delete()
            continue
        try:
            upload = store.folder(job) / f"upload{row.position // APART}"
            inside = list(unpack.files(row.name, upload, store.folder(job)))
        except Unreadable as error:
            row.refused = said(error)[:500]
            row.save()
            continue
        for place, (name, path) in enumerate(inside):
            one = row if not place else ImportFile(job=job, position=row.position + place)
            one.name, one.path, one.size = _name(name), path.name, path.stat().st_size
            _look(ctx, job, one, encoding)
            if not one.refused:
                _propose(ctx, one, object=object, vendor=vendor, mode=mode, match=match)
            one.save()
            if progress is not None:
                progress.step(one.rows, message=one.name)
    Import.objects.filter(pk=job.pk, state=State.UPLOADED).update(state=State.MAPPED, error="")
    job.refresh_from_db()
    return job


def begin(ctx: Context, files: Iterable[tuple[str, Path]], **options: Any) -> Import:
    """Take files in and look at them in one go."""
    return prepare(ctx, receive(ctx, files), **options)


def _look(ctx: Context, job: Import, row: ImportFile, encoding: str = "", layout: Layout | None = None) -> None:
    path = store.folder(job) / row.path
    try:
        found = layout or layout_of(path, encoding=encoding)
        table = open_table(path, found)
        seen = survey(table.columns, table.lines, ctx.locale)
    except (Unreadable, UnicodeDecodeError) as error:
        row.refused = (
            said(error) if isinstance(error, Unreadable) else _("This file is not in the encoding it seems to be in")
        )[:500]
        return
    row.refused, row.rows = "", seen.rows
    row.layout, row.survey = store.kept(found), store.kept(seen)
    row.warnings = [
        *_of_layout(found),
        *_of_columns(seen),
        *({"column": "", "code": "note", "message": _(text) % params} for text, params in table.notes),
    ]


def _propose(
    ctx: Context,
    row: ImportFile,
    *,
    object: str,
    vendor: str,
    mode: str,
    match: tuple[str, ...],
    guess: profiles.Guess | None = None,
) -> None:
    seen = store.surveyed(row)
    made, found = propose.propose(ctx, seen, row.name, object=object, vendor=vendor, guess=guess)
    made.mode, made.match = mode or made.mode, match or made.match
    made.raw = row.layout.get("format") == "json"
    row.guesses = [
        {
            "key": one.profile.key,
            "label": one.profile.label,
            "object": next((to for to in one.profile.objects if to in ctx.schema.objects), ""),
            "score": f"{min(one.score, 1.0):.2f}",
        }
        for one in found[:3]
    ]
    row.mapping = mappings.dump(made)
    row.refused = _why_not(ctx, made, found)


def _why_not(ctx: Context, made: mappings.Mapping, found: list[profiles.Guess]) -> str:
    """Why a file cannot be imported as it stands; "" when it can."""
    best = profiles.accepted(found)
    spec = ctx.schema.get(made.object) if made.object else None
    if spec is None and best is not None:
        message = _("This is an export of %(what)s, for which there is no place here yet")
        return message % {"what": f"{best.profile.label} · {best.profile.entity}"}
    if spec is None:
        return _("Nothing in this file tells what its rows are; say which object they belong to")
    if not may(ctx, spec, "import"):
        return _("You may not import %(objects)s") % {"objects": spec.label_many}
    told = {"key", "skip", "id", *mappings.TIMES}
    if not any(line.field and line.field not in told for line in made.lines):
        return _("No column of this file looks like a field of %(objects)s") % {"objects": spec.label_many}
    return ""


def _of_layout(layout: Layout) -> list[dict[str, Any]]:
    if layout.sure:
        return []
    message = _("The encoding is a guess (%(name)s): look at the letters before you go on") % {"name": layout.encoding}
    return [{"column": "", "code": "encoding_guessed", "message": message}]


_UNCLEAR = {
    "date": gettext_noop("Day and month cannot be told apart; they are read as %(order)s"),
    "number": gettext_noop("The sign of the decimals cannot be told; it is read as “%(decimal)s”"),
    "mixed_date": gettext_noop("Some dates have the day first, others the month; they are read as %(order)s"),
    "mixed_number": gettext_noop("Some numbers have a decimal point, others a comma; it is read as “%(decimal)s”"),
}


def _of_columns(seen: Survey) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in seen.columns:
        if one.unclear:
            params = {"order": one.order, "decimal": one.decimal}
            found.append(
                {"column": one.name, "code": f"unclear_{one.unclear}", "message": _(_UNCLEAR[one.unclear]) % params}
            )
        if one.damaged:
            rows = ", ".join(map(str, one.damaged))
            message = _("A spreadsheet has spoilt numbers here (as in 1.38E+10), in rows %(rows)s") % {"rows": rows}
            found.append({"column": one.name, "code": "damaged", "message": message, "rows": one.damaged})
    return found


# --- what a person corrects ------------------------------------------------------------------------------------


def configure(ctx: Context, id: uuid.UUID | str, file: uuid.UUID | str, mapping: Mapping[str, Any]) -> ImportFile:
    """Save a mapping that a person made. Raises :class:`Invalid` with everything that is wrong with it."""
    job = _still_open(ctx, id)
    row = store.file_of(job, file)
    made = mappings.load(mapping)
    spec = ctx.schema.get(made.object)
    if spec is None or not may(ctx, spec, "import"):
        raise Invalid([Complaint("object", "not_found", _("There is no such object, or you may not import into it"))])
    columns = tuple(one.name for one in store.surveyed(row).columns)
    wrong = mappings.problems(ctx, spec, made, columns)
    if wrong:
        raise Invalid([Complaint(column, "bad_mapping", _(text) % params) for column, text, params in wrong])
    row.mapping, row.refused = mappings.dump(made), ""
    row.save(update_fields=["mapping", "refused"])
    _again(job)
    return row


def remap(
    ctx: Context,
    id: uuid.UUID | str,
    file: uuid.UUID | str,
    *,
    object: str = "",
    profile: str = "",
    layout: Mapping[str, Any] | None = None,
) -> ImportFile:
    """Look at a file again, as another object, as another vendor's (``hubspot:contacts``), or read in another way
    (``encoding``, ``delimiter``, ``header``, ``sheet``).
    """
    job = _still_open(ctx, id)
    row = store.file_of(job, file)
    if layout is not None:
        _check_layout(layout)
        told = {key: one for key, one in layout.items() if key in ("encoding", "delimiter", "sheet") and one}
        try:
            found = layout_of(store.folder(job) / row.path, **told)
        except Unreadable as error:
            raise Invalid([Complaint("", error.code, said(error))]) from error
        if isinstance(layout.get("header"), int):
            found = replace(found, header=max(0, int(layout["header"])))
        _look(ctx, job, row, layout=found)
    if row.survey and not (layout is not None and row.refused):
        chosen = profiles.find(profile) if profile else None
        _propose(
            ctx,
            row,
            object=object,
            vendor="auto",
            mode="",
            match=(),
            guess=profiles.Guess(chosen, 1.0) if chosen else None,
        )
    row.save()
    _again(job)
    return row


def _check_layout(layout: Mapping[str, Any]) -> None:
    header, delimiter = layout.get("header"), layout.get("delimiter") or ","
    texts = [layout.get(name) or "" for name in ("encoding", "delimiter", "sheet")]
    if not all(isinstance(one, str) for one in texts) or len(delimiter) != 1 or delimiter in '\r\n"':
        message = _("A delimiter is one character; encoding and sheet are names")
        raise Invalid([Complaint("layout", "bad_layout", message)])
    if header is not None and (type(header) is not int or not 0 <= header <= FEW_ROWS):
        message = _("“header” is the number of a row, 0 to %(most)s") % {"most": FEW_ROWS}
        raise Invalid([Complaint("layout", "bad_layout", message)])


def leave_out(ctx: Context, id: uuid.UUID | str, file: uuid.UUID | str) -> None:
    """Take a file out of the import before it runs."""
    job = _still_open(ctx, id)
    store.file_of(job, file).delete()
    _again(job)


def _still_open(ctx: Context, id: uuid.UUID | str) -> Import:
    job = store.held(ctx, id)
    if job.state not in (State.UPLOADED, State.MAPPED, State.CHECKED):
        raise Invalid([Complaint("", "not_open", _("This import has begun; it can no longer be changed"))])
    return job


def _again(job: Import) -> None:
    ImportRow.objects.filter(file__job=job, run=False).delete()
    Import.objects.filter(pk=job.pk).update(state=State.MAPPED)
