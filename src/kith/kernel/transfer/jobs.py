"""Imports in the background. Each job goes on where the last attempt came to, so it may be tried as often as it
takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.jobs import claim
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.models import State as JobState
from kith.kernel.jobs.progress import Failed, Interrupted, Progress
from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import Task, job
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, Refusal
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import store
from kith.kernel.transfer.models import Import, ImportRow, State
from kith.kernel.transfer.run import Taken, ready
from kith.kernel.transfer.undo import UNDOABLE

KEPT: Final = timedelta(days=30)
"""How long the files of an import lie here: as long as it is likely to be looked at again."""

QUEUE: Final = "imports"


@job("imports.look", unique="id", queue=QUEUE)
def look(ctx: Context, progress: Progress, *, id: str, options: dict[str, Any] | None = None) -> None:
    """Read the files of an import and propose mappings."""
    given = dict(options or {})
    if "match" in given:
        given["match"] = tuple(given["match"])
    _run(id, lambda: imports.look(ctx, id, progress, **given))


@job("imports.check", unique="id", queue=QUEUE)
def check(ctx: Context, progress: Progress, *, id: str) -> None:
    """The dry run of an import."""
    _run(id, lambda: imports.check(ctx, id, progress))


@job("imports.run", unique="id", queue=QUEUE, retries=20)
def carry_out(ctx: Context, progress: Progress, *, id: str) -> None:
    """Run an import, or go on with it."""
    _run(id, lambda: imports.carry_out(ctx, id, progress))


@job("imports.mend", unique="id", queue=QUEUE)
def mend(ctx: Context, progress: Progress, *, id: str, every: bool = False) -> None:
    """Try refused rows again."""
    _run(id, lambda: imports.mend(ctx, id, progress, every=every))


@job("imports.undo", unique="id", queue=QUEUE, retries=20)
def take_back(ctx: Context, progress: Progress, *, id: str) -> None:
    """Undo an import."""
    _run(id, lambda: imports.take_back(ctx, id, progress))


def _run(id: str, work: Callable[[], Any]) -> None:
    try:
        work()
    except Taken:
        return  # another worker is at it; if that one dies, its own job comes again
    except Interrupted:
        raise
    except Refusal as refusal:  # the same will be said the next time
        Import.objects.filter(pk=id).update(error=str(refusal)[:500])
        raise Failed(str(refusal), final=True) from refusal
    except Exception:
        Import.objects.filter(pk=id).update(error=_("Something went wrong; it can go on from here"))
        raise


# --- asking for them -------------------------------------------------------------------------------------------


class Busy(Refusal):
    """A job is at this import, and what was asked for must wait until it has ended."""

    status = 409


TASKS: Final[dict[str, Task]] = {"look": look, "check": check, "run": carry_out, "mend": mend, "undo": take_back}
STATES: Final[dict[str, tuple[State, ...]]] = {
    "look": (State.UPLOADED,),
    "check": (State.MAPPED, State.CHECKED),
    "run": (State.MAPPED, State.CHECKED),
    "resume": (State.PAUSED, State.FAILED, State.RUNNING),
    "mend": (State.DONE,),
    "undo": UNDOABLE,
    "change": (State.MAPPED, State.CHECKED),
    "pause": (State.RUNNING,),
    "cancel": (State.UPLOADED, State.MAPPED, State.CHECKED, State.RUNNING, State.PAUSED, State.FAILED),
}
"""In which states an import takes which wish."""


def doing(job: Import) -> dict[str, Any] | None:
    """The background work at hand: ``deed``, whether it is still ``waiting``, and how far it is; None when there is
    none.
    """
    keys = {task.key({"id": str(job.pk)}): deed for deed, task in TASKS.items()}
    held = Job.objects.filter(unique_key__in=list(keys)).order_by("id").first()
    if held is None:
        return None
    deed = keys[held.unique_key]
    done, total = held.done, held.total
    if deed == "run":
        files = [one for one in job.files.only("rows", "cursor", "refused", "job") if not one.refused]
        done, total = sum(one.cursor for one in files), sum(one.rows for one in files)
    waiting = held.state != JobState.RUNNING
    return {"deed": deed, "waiting": waiting, "stopping": held.cancel or bool(job.wish), "done": done, "total": total}


def can(job: Import, at_work: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What may be asked of the import now."""
    if at_work is not None:
        stoppable = at_work["deed"] in ("look", "check", "run") and not at_work["stopping"]
        return ("pause", "cancel") if stoppable and at_work["deed"] == "run" else ("cancel",) if stoppable else ()
    return tuple(one for one, states in STATES.items() if job.state in states and one not in ("look", "pause"))


def shown(ctx: Context, id: imports.Id) -> dict[str, Any]:
    """The import as data, with the work at hand (``doing``) and what may be asked of it (``can``)."""
    job = store.held(ctx, id)
    at_work = doing(job)
    return {**imports.show(ctx, id), "doing": at_work, "can": can(job, at_work)}


def free(ctx: Context, id: imports.Id, deed: str) -> Import:
    """The import, if this may be asked of it now. Raises :class:`Busy` while a job is at it, :class:`Invalid` when it
    stands elsewhere, and :class:`Forbidden` for whoever may not import what it holds.
    """
    job = store.held(ctx, id)
    if doing(job) is not None:
        raise Busy(_("Something is being done with this import; wait until it has ended"))
    if job.state not in STATES[deed]:
        raise Invalid(
            [Complaint("", "wrong_state", _("This import is: %(state)s") % {"state": job.get_state_display()})]
        )
    _check_rights(ctx, job)
    return job


def _check_rights(ctx: Context, job: Import) -> None:
    if not any(may(ctx, spec, "import") for spec in ctx.schema):
        raise Forbidden(verb="import")
    for one in job.files.only("mapping", "refused", "job"):
        spec = ctx.schema.get(one.mapping.get("object", ""))
        if not one.refused and spec is not None and not may(ctx, spec, "import"):
            raise Forbidden(_("You may not import %(objects)s") % {"objects": spec.label_many}, "import")


def ask(ctx: Context, id: imports.Id, deed: str, **args: Any) -> Import:
    """Have it done in the background: ``look``, ``check``, ``run``, ``resume``, ``mend`` or ``undo``.

    What can be refused is refused here and now; see :func:`free`.
    """
    job = free(ctx, id, deed)
    if deed in ("check", "run", "resume"):
        ready(ctx, job)
        if not store.folder(job).exists():
            message = _("The files of this import have been deleted since; send them again")
            raise Invalid([Complaint("", "files_gone", message)])
    Import.objects.filter(pk=job.pk).update(error="")
    TASKS["run" if deed == "resume" else deed].enqueue(ctx, id=str(job.pk), **args)
    return job


def stop(ctx: Context, id: imports.Id, deed: str) -> Import:
    """``pause``: stop after the rows at hand, and go on when asked to. ``cancel``: stop for good."""
    job = store.held(ctx, id)
    _check_rights(ctx, job)
    at_work = doing(job)
    if deed not in can(job, at_work):
        raise Invalid(
            [Complaint("", "wrong_state", _("This import is: %(state)s") % {"state": job.get_state_display()})]
        )
    if job.state == State.RUNNING:
        (imports.pause if deed == "pause" else imports.cancel)(ctx, id)
    if at_work is not None and (at_work["waiting"] or job.state != State.RUNNING):
        key = TASKS[at_work["deed"]].key({"id": str(job.pk)})
        for held in Job.objects.filter(unique_key=key).values_list("pk", flat=True):
            claim.cancel(held)
    if job.state != State.RUNNING:
        if deed == "cancel":
            imports.cancel(ctx, id)
            if at_work is None and job.started_at is None:
                store.forget(job)  # nothing came of it, and nothing of it need stay
    elif at_work is None or at_work["waiting"]:  # nobody is at it who would hear the wish
        state = State.PAUSED if deed == "pause" else State.CANCELLED
        Import.objects.filter(pk=job.pk, state=State.RUNNING).update(state=state, wish="")
    return job


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
