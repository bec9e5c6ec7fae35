"""The health page: what the checks find, the jobs, and the backups. For who administers the workspace."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import note
from kith.kernel.jobs import claim
from kith.kernel.jobs.models import OPEN, Job, State
from kith.kernel.jobs.task import find
from kith.kernel.outside import backups, health
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame

SHOWN: Final = 50
MARKS: Final = {"ok": gettext_lazy("In order"), "warn": gettext_lazy("Look"), "bad": gettext_lazy("Not in order")}
KINDS: Final = {
    "daily": gettext_lazy("Every night"),
    "manual": gettext_lazy("By hand"),
    "before-migration": gettext_lazy("Before an upgrade"),
    "before-restore": gettext_lazy("Before a restore"),
}


@require_safe
@web.page
def page(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Everything at a glance; asks itself again while something is at work."""
    frame.administer(ctx)
    findings = health.look(translate=_)
    open_jobs = Job.objects.filter(state__in=OPEN)
    values = {
        "findings": list(_found(findings)),
        "worst": health.worst(findings),
        "open": [_job(ctx, one) for one in open_jobs.order_by("-state", "run_after")[:SHOWN]],
        "waiting": open_jobs.count(),
        "dead": [_job(ctx, one) for one in claim.dead()[:SHOWN]],
        "busy": open_jobs.filter(state__in=(State.RUNNING, State.READY)).exists(),
        "backups": [_backup(ctx, one) for one in backups.listed()],
        "making": open_jobs.filter(task__in=(backups.JOB, backups.DAILY)).exclude(state=State.WAITING).exists(),
    }
    return frame.reply(request, ctx, "health", "health", values)


@require_POST
@web.page
def job(request: HttpRequest, ctx: Context, id: uuid.UUID, deed: str) -> HttpResponse:
    """``retry`` a job that was given up, or ``cancel`` one that is open."""
    frame.administer(ctx)
    held = Job.objects.filter(pk=id).first()
    if held is None or deed not in ("retry", "cancel"):
        raise NotFound("jobs", id)
    if (claim.retry if deed == "retry" else claim.cancel)(id):
        note(ctx, "jobs", id, "retried" if deed == "retry" else "cancelled", {"title": held.task})
        frame.said(request, _("The job is tried again") if deed == "retry" else _("The job is cancelled"))
    else:
        frame.said(request, _("This job has ended, or another one does the same"))
    return frame.go("health")


@require_POST
@web.page
def back_up(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Ask for a backup now; one that is being made already is that one."""
    frame.administer(ctx)
    task = find(backups.JOB)
    if task is None:
        raise NotFound("jobs")
    task.enqueue(ctx)
    frame.said(request, _("The backup is being made"))
    return frame.go("health")


@require_safe
@web.page
def download(request: HttpRequest, ctx: Context, name: str) -> HttpResponse:
    """One backup, as a file. It holds everything that everybody may see, so the log tells who took it."""
    frame.administer(ctx)
    path = backups.path(name)
    if path is None:
        raise NotFound("backups", name)
    note(ctx, "backups", None, "downloaded", {"title": name})
    answer: Any = FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer  # streamed, and `page` hands it on as it is


def _found(findings: list[health.Finding]) -> Iterator[dict[str, Any]]:
    labels = {one.name: one.label for one in health.checks()}
    for one in findings:
        yield {
            "label": _(labels[one.name]),
            "state": one.state,
            "mark": MARKS[one.state],
            "text": one.text,
            "todo": one.todo,
        }


def _job(ctx: Context, one: Job) -> dict[str, Any]:
    asked = one.actor.get("name", "") if one.actor else ""
    return {
        "id": one.pk,
        "task": one.task,
        "state": one.get_state_display(),
        "running": one.state == State.RUNNING,
        "told": one.message,
        "part": f"{one.done * 100 // one.total} %" if one.total else one.done or "",
        "by": "" if asked == "Kith" else asked,
        "error": one.error,
        "tries": f"{one.attempts} / {one.max_attempts}",
        "at": render.moment(one.finished_at or one.started_at or one.run_after, ctx),
        "cancelling": one.cancel,
    }


def _backup(ctx: Context, one: backups.Backup) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": KINDS[one.kind],
        "size": filesizeformat(one.size),
        "at": render.moment(one.made_at, ctx),
    }
