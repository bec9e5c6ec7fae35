"""Imports, for whoever shows them: pages, REST, the command. Everything is asked with the context of the reader.

An import goes ``uploaded → mapped → checked → running → done``; it can be paused, cancelled, taken up again and undone.
Each function raises :class:`NotFound` for an import that the reader may not see, :class:`Invalid` for what cannot be
done as things stand.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.handlers import wake
from kith.kernel.events.record import event
from kith.kernel.jobs.progress import Cancelled, Interrupted, Progress
from kith.kernel.kit.text import slug
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import read, shape
from kith.kernel.records.errors import Complaint, Invalid, NotFound, Refusal
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import ledger, prepare, propose, report, run, store, undo
from kith.kernel.transfer import mapping as mappings
from kith.kernel.transfer.cells import Line
from kith.kernel.transfer.engine import CHUNK, Engine
from kith.kernel.transfer.models import Import, ImportChunk, ImportFile, ImportRow, Outcome, State
from kith.kernel.transfer.rights import today

Id = uuid.UUID | str

begin = prepare.begin
receive = prepare.receive
configure = prepare.configure
remap = prepare.remap
leave_out = prepare.leave_out
mine = store.mine


def show(ctx: Context, id: Id) -> dict[str, Any]:
    """The import as data; see :func:`report.report`.

    What a dry run found in records is told of those that the reader sees now: rights may have changed since, and who
    administers need not see all that whoever imports does.
    """
    found = report.report(store.held(ctx, id))
    for file in found["files"]:
        spec, checked = ctx.schema.get(file["object"]), file["checked"]
        if checked.get("changes"):
            file["checked"] = {**checked, "changes": _seen(ctx, spec, checked["changes"]) if spec is not None else []}
    return found


def _seen(ctx: Context, spec: ObjectSpec, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = mask.readable(ctx, spec)
    ids = [key for one in changes if (key := read.identity(one["record"])) is not None]
    seen = {str(id) for id in read.ids(ctx, spec, ids)} if may(ctx, spec, "read") else set()
    told = [
        {**one, "diff": {name: pair for name, pair in one["diff"].items() if name in shown}}
        for one in changes
        if one["record"] in seen
    ]
    return [one for one in told if one["diff"]]


def look(ctx: Context, id: Id, progress: Progress | None = None, **options: Any) -> Import:
    """Read the files that were received and propose a mapping for each."""
    return prepare.prepare(ctx, store.held(ctx, id), progress, **options)


def check(ctx: Context, id: Id, progress: Progress | None = None) -> Import:
    """The dry run."""
    return run.check(ctx, store.held(ctx, id), progress)


def carry_out(ctx: Context, id: Id, progress: Progress | None = None) -> Import:
    """Run it, or go on. When it is interrupted it can go on later; an error is kept in ``error``."""
    return _told(ctx, store.held(ctx, id), progress, run.run)


def take_back(ctx: Context, id: Id, progress: Progress | None = None) -> Import:
    """Undo it: created records go to the bin, changed ones get their values back."""
    return _told(ctx, store.held(ctx, id), progress, undo.undo)


def _told(
    ctx: Context, job: Import, progress: Progress | None, work: Callable[[Context, Import, Progress | None], Import]
) -> Import:
    try:
        done = work(ctx, job, progress)
    except Cancelled:
        Import.objects.filter(pk=job.pk, state=State.RUNNING).update(state=State.PAUSED)
        raise
    except (Interrupted, Invalid, run.Taken):
        raise
    except Exception as error:
        text = (
            str(error) if isinstance(error, Refusal | ValueError) else _("Something went wrong; it can go on from here")
        )
        Import.objects.filter(pk=job.pk, state=State.RUNNING).update(state=State.FAILED, error=text[:500])
        raise
    if done.state in (State.DONE, State.UNDONE):
        with transaction.atomic():
            totals = report.report(done)["counts"]
            verb = "finished" if done.state == State.DONE else "undone"
            event(ctx, "imports", done.pk, verb, {"counts": totals}, timezone.now()).save(force_insert=True)
            transaction.on_commit(wake)
    return done


def pause(ctx: Context, id: Id) -> None:
    """Stop after the chunk at hand; :func:`carry_out` goes on from there."""
    Import.objects.filter(pk=store.held(ctx, id).pk, state=State.RUNNING).update(wish="pause")


def cancel(ctx: Context, id: Id) -> None:
    """Stop for good. What was imported stays, and can be undone."""
    job = store.held(ctx, id)
    if not Import.objects.filter(pk=job.pk, state=State.RUNNING).update(wish="cancel"):
        open_states = (State.UPLOADED, State.MAPPED, State.CHECKED, State.PAUSED, State.FAILED)
        Import.objects.filter(pk=job.pk, state__in=open_states).update(state=State.CANCELLED)


def rows(ctx: Context, id: Id, **options: Any) -> list[dict[str, Any]]:
    """Rows with something to say; see :func:`report.rows`."""
    return report.rows(store.held(ctx, id), **options)


def edit(
    ctx: Context, id: Id, row: str, cells: Mapping[str, str] | None = None, *, leave_out: bool = False
) -> dict[str, Any]:
    """Mend a refused row by hand. Before the run the edits are used by it; afterwards :func:`mend` takes them up."""
    job = store.held(ctx, id)
    if (key := read.identity(row)) is None:
        raise NotFound("imports", row)
    return report.edit(job, str(key), cells, leave_out=leave_out)


def preview(ctx: Context, id: Id, file: Id, limit: int = 20) -> list[dict[str, Any]]:
    """The first rows as they will be."""
    job = store.held(ctx, id)
    return report.preview(ctx, job, store.file_of(job, file), limit)


def refused_csv(ctx: Context, id: Id, *, ran: bool = True) -> Iterator[bytes]:
    """The refused rows with their reasons, as a file."""
    return report.refused_csv(store.held(ctx, id), run=ran)


def mend(ctx: Context, id: Id, progress: Progress | None = None, *, every: bool = False) -> Import:
    """Try the refused rows again that were edited since (``every``: all of them), in the batch of the import."""
    job = store.held(ctx, id)
    if job.state != State.DONE:
        raise Invalid([Complaint("", "not_done", _("Only the rows of an import that is done can be tried again"))])
    files = [one for one in job.files.order_by("position") if one.mapping.get("object")]
    for file in files:
        failed = ImportRow.objects.filter(file=file, run=True, outcome=Outcome.FAILED).order_by("number")
        if not every:
            failed = failed.exclude(edits=None, left=False)
        ids = list(failed.values_list("pk", flat=True))
        columns = tuple(line["column"] for line in file.mapping["lines"])
        engine = run.engine_of(ctx, job, file, files, columns)
        engine.touched = ledger.touched(file)
        for at in range(0, len(ids), CHUNK):
            if (fresh := today(ctx)) is not ctx:
                ctx, engine = fresh, run.renewed(fresh, job, file, files, engine)
            with transaction.atomic():
                _again(engine, file, list(ImportRow.objects.filter(pk__in=ids[at : at + CHUNK]).order_by("number")))
            if progress is not None:
                progress.step(at, len(ids))
    Import.objects.filter(pk=job.pk).update(finished_at=timezone.now())
    job.refresh_from_db()
    return job


def _again(engine: Engine, file: ImportFile, held: Sequence[ImportRow]) -> None:
    lines = [Line(one.number, one.cells or [], aside="left" if one.left else "") for one in held]
    results = engine.carry_out(lines, {one.number: one.edits for one in held if one.edits})
    file.refresh_from_db(fields=["counts"])
    file.counts["failed"] = file.counts.get("failed", 0) - len(held)
    file.counts["rows"] = file.counts.get("rows", 0) - len(held)
    ledger.counted(file.counts, results)
    ImportRow.objects.filter(pk__in=[one.pk for one in held]).delete()
    notes = ledger.notes(file, results, file.counts, run=True)
    edits = {one.number: one.edits for one in held}
    for one in notes:
        one.edits = edits.get(one.number)
    ImportRow.objects.bulk_create(notes)
    number = max(
        run.MENDED,
        1 + (ImportChunk.objects.filter(file=file).order_by("-number").values_list("number", flat=True).first() or 0),
    )
    ImportChunk.objects.create(file=file, number=number, entries=ledger.pack(results))
    file.save(update_fields=["counts"])


def make_fields(ctx: Context, id: Id, file: Id, columns: Iterable[str]) -> ImportFile:
    """Make a user-made field for each of these columns, of the type that the column has, and map it there.

    For administrators: anybody else gets :class:`Forbidden`.
    """
    job = store.held(ctx, id)
    row = store.file_of(job, file)
    made = store.mapped(row)
    seen = {one.name: one for one in store.surveyed(row).columns}
    wanted = set(columns)
    for line in made.lines:
        if line.column not in wanted or line.field:
            continue
        more: dict[str, Any] = {}
        if line.type in ("choice", "multi_choice"):
            more["choices"] = _choices_of(list(seen[line.column].values), line.type)
        if line.type == "number" and seen[line.column].form == "number":
            more["options"] = {"decimals": 2}
        field = shape.add_field(ctx, made.object, line.type, {"en": line.column}, **more)
        ctx = ctx.with_(schema=current())
        line.field, line.why, line.confidence = field.name, "made", 1.0
        here = ctx.schema[made.object].fields[field.name]
        line.choices = propose.choices_of(here, seen[line.column]) if line.type == "choice" else {}
    return configure(ctx, job.pk, row.pk, mappings.dump(made))


def _choices_of(values: Sequence[str], type: str) -> list[dict[str, Any]]:
    words: dict[str, None] = {}
    for value in values:
        pieces = value.replace("|", ";").split(";") if type == "multi_choice" else [value]
        words.update(dict.fromkeys(one.strip() for one in pieces if one.strip()))
    taken: list[str] = []
    found = []
    for word in words:
        key = slug(word, taken)
        taken.append(key)
        found.append({"key": key, "labels": {"en": word}})
    return found


def files(paths: Iterable[str | Path]) -> list[tuple[str, Path]]:
    """Paths as :func:`begin` takes them."""
    return [(Path(one).name, Path(one)) for one in paths]
