"""The sample company: adding it, taking it away with one click, and what stayed and why."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kith.kernel.accounts.context import Context
from kith.kernel.jobs.models import OPEN, Job, State
from kith.kernel.jobs.task import find
from kith.kernel.records import read, samples
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame


@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """What there is of the sample, the job that is at it, and what the last one did."""
    frame.administer(ctx)
    job = Job.objects.filter(task__in=(samples.ADD, samples.REMOVE)).order_by("-created_at", "-id").first()
    busy = job is not None and job.state in OPEN
    counts = samples.here(ctx.schema)
    values: dict[str, Any] = {
        "counts": _counts(ctx, counts),
        "busy": busy,
        "adding": busy and job is not None and job.task == samples.ADD,
        "part": f"{job.done * 100 // job.total} %" if busy and job is not None and job.total else "",
        "failed": job.error if job is not None and job.state == State.DEAD else "",
        "wizard": "",
    }
    if job is not None and not busy and job.task == samples.REMOVE and isinstance(job.result, dict):
        values |= _outcome(ctx, job.result)
    return frame.reply(request, ctx, "settings-sample", "sample", values)


@require_POST
@web.page
def do(request: HttpRequest, ctx: Context, deed: str) -> HttpResponse:
    """``add`` it, ``remove`` it (with ``everything`` also what was changed), or ``keep`` what is left of it."""
    frame.administer(ctx)
    if deed == "keep":
        count = samples.keep(ctx)
        frame.said(request, _("%(count)s records are yours now") % {"count": count})
        return frame.go("settings-sample")
    task = find({"add": samples.ADD, "remove": samples.REMOVE}.get(deed, ""))
    if task is None:
        raise NotFound("jobs", deed)
    if deed == "remove":
        task.enqueue(ctx, everything="everything" in request.POST)
    else:
        task.enqueue(ctx)
    return frame.go("settings-sample")


def _counts(ctx: Context, counts: dict[str, int]) -> list[tuple[Any, int]]:
    return [(spec.label_many, counts[spec.name]) for spec in ctx.schema if counts.get(spec.name)]


def _outcome(ctx: Context, result: dict[str, Any]) -> dict[str, Any]:
    left = [
        {**one, "label": ctx.schema[one["object"]].label_one, "address": _address(ctx, one)}
        for one in result.get("left", ())
        if one.get("object") in ctx.schema.objects
    ]
    return {
        "removed": _counts(ctx, result.get("removed", {})),
        "left": left,
        "left_count": result.get("left_count", 0),
        "event": read.identity(result.get("event", "")),
        "changed": any(one["object"] for one in left),
    }


def _address(ctx: Context, one: dict[str, Any]) -> str:
    return render.record_address(one["object"], one["id"]) if ctx.schema[one["object"]].menu else ""
