"""Running an import: dry, for real, on after a pause or a crash, and again for rows that were mended.

Each chunk of rows is one transaction: the records, the ledger, the notes and the cursor. Whatever happens, a row is
done once or not at all, and who comes next knows where to go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.jobs import acting
from kith.kernel.jobs.progress import Progress
from kith.kernel.kit.garbage import spared
from kith.kernel.policy.rows import may
from kith.kernel.records import statistics
from kith.kernel.records.errors import Complaint, Forbidden, Invalid
from kith.kernel.transfer import ledger, store
from kith.kernel.transfer.cells import Line
from kith.kernel.transfer.detect import open_table
from kith.kernel.transfer.engine import CHUNK, Engine, Result
from kith.kernel.transfer.links import Links
from kith.kernel.transfer.models import Import, ImportChunk, ImportFile, ImportRow, Outcome, State
from kith.kernel.transfer.plan import plan
from kith.kernel.transfer.rights import today
from kith.kernel.transfer.seen import Seen

SHOWN: Final = 20
"""Changes of existing records that a dry run keeps, to be looked at."""

JOINED: Final = (Outcome.CREATED, Outcome.RESTORED, Outcome.UPDATED, Outcome.UNCHANGED)
MENDED: Final = 1 << 30
"""Chunks of the ledger from here on are of rows that were mended afterwards."""


class Taken(Exception):
    """Another process is at this import."""


def check(ctx: Context, job: Import, progress: Progress | None = None) -> Import:
    """The dry run, over all rows: what would be created, changed and refused. Nothing is written but this."""
    if job.state not in (State.MAPPED, State.CHECKED):
        raise Invalid([Complaint("", "not_open", _("This import has begun; it can no longer be changed"))])
    files = ready(ctx, job)
    expected = Seen()
    done, total = 0, sum(one.rows for one in files)
    ImportRow.objects.filter(file__job=job, run=False, edits=None, left=False).delete()
    for file in files:
        engine, lines = _engine(ctx, job, file, files, dry=True)
        engine.links.expected = expected
        counts: dict[str, Any] = {}
        shown: list[dict[str, Any]] = []
        edits = _edits(file, run=False)
        while chunk := list(islice(lines, CHUNK)):
            if (fresh := today(ctx)) is not ctx:
                ctx, engine = fresh, renewed(fresh, job, file, files, engine)
            results = _with_left(engine, chunk, edits)
            ledger.counted(counts, results)
            kept = {one.number: one for one in ledger.notes(file, results, counts, run=False)}
            with transaction.atomic():
                _put_notes(file, kept, [one.number for one in chunk])
            shown += [_difference(engine, one) for one in results if one.outcome is Outcome.UPDATED][
                : SHOWN - len(shown)
            ]
            done += len(chunk)
            if progress is not None:
                progress.step(done, total)
        counts["also"] = dict(engine.links.made)
        file.checked = {"counts": counts, "changes": shown}
        file.save(update_fields=["checked"])
    Import.objects.filter(pk=job.pk, state__in=(State.MAPPED, State.CHECKED)).update(state=State.CHECKED, error="")
    job.refresh_from_db()
    return job


def run(ctx: Context, job: Import, progress: Progress | None = None) -> Import:
    """The import itself, from its beginning or from where it was left.

    Raises :class:`Invalid` when it cannot run as it stands and :class:`Interrupted` when the job is to end; then it
    goes on from there the next time.
    """
    if job.state not in (State.MAPPED, State.CHECKED, State.RUNNING, State.PAUSED, State.FAILED):
        raise Invalid([Complaint("", "not_open", _("This import is over"))])
    files = ready(ctx, job)
    Import.objects.filter(pk=job.pk).update(
        state=State.RUNNING,
        wish="",
        error="",
        started_at=job.started_at or timezone.now(),
        actor=acting.who(ctx).dump(),
    )
    total = sum(one.rows for one in files)
    done = sum(one.cursor for one in files)
    grown = max(done, statistics.MANY)
    for file in files:
        for count in _file(ctx, job, file, files):
            done += count
            if grown <= done < total:
                statistics.refresh()
                grown = done * 4
            if progress is not None:
                progress.step(done, max(total, done))
            if (wish := Import.objects.filter(pk=job.pk).values_list("wish", flat=True).first()) in ("pause", "cancel"):
                state = State.PAUSED if wish == "pause" else State.CANCELLED
                Import.objects.filter(pk=job.pk).update(state=state, wish="")
                job.refresh_from_db()
                return job
    Import.objects.filter(pk=job.pk).update(state=State.DONE, finished_at=timezone.now())
    if done >= statistics.MANY:
        statistics.nightly.enqueue(acting.SYSTEM)
    job.refresh_from_db()
    return job


def _file(ctx: Context, job: Import, file: ImportFile, files: list[ImportFile]) -> Iterator[int]:
    """Chunk by chunk: how many rows were done."""
    if file.cursor >= file.rows and file.counts:
        _join(ctx, job, file, files)
        return
    engine, lines = _engine(ctx, job, file, files)
    if file.cursor:
        engine.touched = ledger.touched(file)
        next(islice(lines, file.cursor, file.cursor), None)
    edits = _edits(file, run=False)
    while chunk := list(islice(lines, CHUNK)):
        fresh = today(ctx)
        if fresh is not ctx:
            ctx, engine = fresh, renewed(fresh, job, file, files, engine)
        with spared():  # around all that a chunk makes, so that nothing of it is left to be looked through
            _chunk(file, engine, chunk, edits)
        yield len(chunk)
    if not file.counts:
        file.counts = {"rows": 0}
        file.save(update_fields=["counts"])
    _join(ctx, job, file, files)


def _chunk(file: ImportFile, engine: Engine, chunk: list[Line], edits: Mapping[int, ImportRow]) -> None:
    with transaction.atomic():
        held = ImportFile.objects.select_for_update().get(pk=file.pk)
        if held.cursor != file.cursor:
            raise Taken(str(file.job_id))
        before = dict(engine.links.made)
        results = _with_left(engine, chunk, edits)
        _keep(file, results, engine, before, number=file.cursor)
        file.cursor += len(chunk)
        file.save(update_fields=["cursor", "counts"])


def renewed(ctx: Context, job: Import, file: ImportFile, files: list[ImportFile], engine: Engine) -> Engine:
    """The engine with the rights of now, which remembers what the one before did."""
    made = engine_of(ctx, job, file, files, engine.plan.columns, engine.dry)
    made.touched, made.fresh = engine.touched, engine.fresh
    made.links.told, made.links.made, made.links.expected = engine.links.told, engine.links.made, engine.links.expected
    made.links.later, made.links.last = engine.links.later, engine.links.last
    return made


def _join(ctx: Context, job: Import, file: ImportFile, files: list[ImportFile]) -> None:
    """References among the rows of one file, where a row named one that was not there yet: a second look at it."""
    if not file.counts.get("later"):
        return
    engine, lines = _engine(ctx, job, file, files)
    records = {number: id for number, outcome, id in ledger.entries(file) if id and outcome in JOINED}
    edits = {number: row.edits for number, row in _edits(file, run=False).items() if row.edits}
    while chunk := list(islice(lines, CHUNK)):
        if (fresh := today(ctx)) is not ctx:
            ctx, engine = fresh, renewed(fresh, job, file, files, engine)
        with transaction.atomic():
            lost = engine.join(chunk, records, edits)
            held = set(
                ImportRow.objects.filter(file=file, run=True, number__in=[one.number for one in lost]).values_list(
                    "number", flat=True
                )
            )
            results = [Result(one, Outcome.UPDATED, records[one.number]) for one in lost if one.number not in held]
            ImportRow.objects.bulk_create(ledger.notes(file, results, file.counts, run=True))
            file.counts["warned"] = file.counts.get("warned", 0) + len(results)
            file.save(update_fields=["counts"])
    file.counts["later"] = 0
    file.save(update_fields=["counts"])


def _keep(file: ImportFile, results: list[Result], engine: Engine, before: Mapping[str, int], number: int) -> None:
    """Ledger, notes and counts of a chunk, in its transaction."""
    ImportChunk.objects.create(file=file, number=number, entries=ledger.pack(results))
    ledger.counted(file.counts, results)
    file.counts["later"], engine.links.later = file.counts.get("later", 0) + engine.links.later, 0
    also = file.counts.setdefault("also", {})
    for object, count in engine.links.made.items():
        if more := count - before.get(object, 0):
            also[object] = also.get(object, 0) + more
    ImportRow.objects.bulk_create(ledger.notes(file, results, file.counts, run=True))


def _with_left(engine: Engine, chunk: list[Line], edits: Mapping[int, ImportRow]) -> list[Result]:
    """The results of a chunk, with what people said of single rows: other cells, or to leave them out."""
    if not edits:
        return engine.carry_out(chunk)
    cells = {number: row.edits for number, row in edits.items() if row.edits}
    lines = [
        Line(one.number, one.cells, aside="left") if one.number in edits and edits[one.number].left else one
        for one in chunk
    ]
    return engine.carry_out(lines, cells)


def _put_notes(file: ImportFile, kept: dict[int, ImportRow], numbers: list[int]) -> None:
    """Notes of a dry run; a row that a person has edited keeps the edits."""
    held = (
        {one.number: one for one in ImportRow.objects.filter(file=file, run=False, number__in=list(kept))}
        if kept
        else {}
    )
    for number, row in kept.items():
        if number in held:
            row.pk, row.edits, row.left = held[number].pk, held[number].edits, held[number].left
            row.save(force_update=True)
    ImportRow.objects.bulk_create([row for number, row in kept.items() if number not in held])
    mended = ImportRow.objects.filter(file=file, run=False, number__in=numbers).exclude(number__in=list(kept))
    mended.update(outcome=Outcome.UPDATED, problems=[], reason="")


def _edits(file: ImportFile, run: bool) -> dict[int, ImportRow]:
    rows = ImportRow.objects.filter(file=file, run=run).exclude(edits=None, left=False)
    return {one.number: one for one in rows}


def ready(ctx: Context, job: Import) -> list[ImportFile]:
    """The files that are imported, in their order. Raises :class:`Invalid` and :class:`Forbidden`."""
    files = [one for one in job.files.order_by("position") if not one.refused and one.mapping.get("object")]
    if not files:
        refused = [one for one in job.files.order_by("position") if one.refused]
        raise Invalid(
            [Complaint(one.name, "refused", one.refused) for one in refused]
            or [Complaint("", "empty", _("There is no file to import"))]
        )
    for one in files:
        spec = ctx.schema.get(one.mapping["object"])
        if spec is None or not may(ctx, spec, "import"):
            raise Forbidden(
                _("You may not import %(objects)s") % {"objects": spec.label_many if spec else one.mapping["object"]},
                "import",
            )
    return store.ordered(ctx.schema, files)


def _engine(
    ctx: Context, job: Import, file: ImportFile, files: list[ImportFile], dry: bool = False
) -> tuple[Engine, Iterator[Line]]:
    table = open_table(store.folder(job) / file.path, store.layout(file))
    return engine_of(ctx, job, file, files, table.columns, dry), table.lines


def engine_of(
    ctx: Context, job: Import, file: ImportFile, files: list[ImportFile], columns: tuple[str, ...], dry: bool = False
) -> Engine:
    """What carries out the rows of one file, in the batch of its import."""
    mapping = store.mapped(file)
    within = ctx.with_(batch=job.batch, source="import")
    spec = within.schema[mapping.object]
    links = Links(within, spec, mapping, store.systems(files), dry)
    return Engine(within, spec, mapping, plan(within, spec, mapping, columns), links, dry)


def _difference(engine: Engine, one: Result) -> dict[str, Any]:
    return {
        "row": one.draft.number,
        "record": str(one.record) if one.record else "",
        "diff": {name: list(pair) for name, pair in one.diff.items() if name != "external_ids"},
    }
