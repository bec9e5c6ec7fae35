"""Imports in the background. Each job goes on where the last attempt came to, so it may be tried as often as it
takes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from kith.kernel.accounts.context import Context
from kith.kernel.jobs.progress import Failed, Progress
from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import job
from kith.kernel.records.errors import Refusal
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import store
from kith.kernel.transfer.models import Import, ImportRow, State
from kith.kernel.transfer.run import Taken

KEPT: Final = timedelta(days=30)
"""How long the files of an import lie here: as long as it is likely to be looked at again."""

QUEUE: Final = "imports"


@job("imports.look", unique="id", queue=QUEUE)
def look(ctx: Context, progress: Progress, *, id: str, options: dict[str, Any] | None = None) -> None:
    """Read the files of an import and propose mappings."""
    given = dict(options or {})
    if "match" in given:
        given["match"] = tuple(given["match"])
    _run(lambda: imports.look(ctx, id, progress, **given))


@job("imports.check", unique="id", queue=QUEUE)
def check(ctx: Context, progress: Progress, *, id: str) -> None:
    """The dry run of an import."""
    _run(lambda: imports.check(ctx, id, progress))


@job("imports.run", unique="id", queue=QUEUE, retries=20)
def carry_out(ctx: Context, progress: Progress, *, id: str) -> None:
    """Run an import, or go on with it."""
    _run(lambda: imports.carry_out(ctx, id, progress))


@job("imports.mend", unique="id", queue=QUEUE)
def mend(ctx: Context, progress: Progress, *, id: str, every: bool = False) -> None:
    """Try refused rows again."""
    _run(lambda: imports.mend(ctx, id, progress, every=every))


@job("imports.undo", unique="id", queue=QUEUE, retries=20)
def take_back(ctx: Context, progress: Progress, *, id: str) -> None:
    """Undo an import."""
    _run(lambda: imports.take_back(ctx, id, progress))


def _run(work: Any) -> None:
    try:
        work()
    except Taken:
        return  # another worker is at it; if that one dies, its own job comes again
    except Refusal as refusal:  # the same will be said the next time
        raise Failed(str(refusal), final=True) from refusal


@scheduled("40 3 * * *", "imports.tidy")
@job("imports.tidy", unique=True)
def tidy(_ctx: Any, progress: Progress) -> int:
    """Delete what imports that are over for a month still hold of people: files, samples and refused rows.

    Counts and ledger stay, so that each can still be reported on and undone.
    """
    over = (State.DONE, State.UNDONE, State.CANCELLED, State.MAPPED, State.CHECKED, State.UPLOADED)
    gone = 0
    for one in Import.objects.filter(state__in=over, created_at__lt=timezone.now() - KEPT).order_by("id").iterator():
        if store.folder(one).exists():
            store.forget(one)
            ImportRow.objects.filter(file__job=one).delete()
            for file in one.files.all():
                lines = [{**line, "samples": [], "choices": {}} for line in file.mapping.get("lines", [])]
                file.survey, file.checked, file.mapping = {}, {}, {**file.mapping, "lines": lines}
                file.save(update_fields=["survey", "checked", "mapping"])
            gone += 1
            progress.step(gone)
    return gone
