"""Importing files, step by step: take them in, say which column gives which field, look at what would happen, do it.

Each step is a page with a form, so all of it works without script; with script, what is chosen is saved at once and
the work at hand tells how far it is.
"""

from __future__ import annotations

import uuid
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import jobs, store
from kith.kernel.transfer.models import Import, State
from kith.surfaces.web import importing_fields, importing_told, render
from kith.surfaces.web import request as web

AT_ONCE: Final = 5_000_000
"""Bytes up to which the files are looked at while one waits; larger ones are looked at by a job."""

LISTED: Final = 50
DEEDS: Final = ("check", "run", "resume", "pause", "cancel", "undo", "mend")
STEPS: Final = (gettext_lazy("File"), gettext_lazy("Fields"), pgettext_lazy("step", "Check"), gettext_lazy("Import"))


def _most() -> str:
    """How large all files together may be, in the units of the setting: ``110MB`` is 110 MB."""
    for unit, size in (("MB", 1_000_000), ("kB", 1_000)):
        if size <= settings.KITH_MAX_BODY:
            return f"{settings.KITH_MAX_BODY // size:,} {unit}"
    return f"{settings.KITH_MAX_BODY} B"


def may_import(ctx: Context) -> bool:
    """Whether there is anything that this person may import."""
    return bool(importing_fields.importable(ctx))


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def start(request: HttpRequest, ctx: Context) -> HttpResponse:
    """GET: where files are dropped, and the imports so far. POST: take files in, and on to their fields."""
    if not may_import(ctx):
        raise Forbidden(_("Your role does not let you import. An administrator can change that."), "import")
    wrong = ""
    if request.method == "POST":
        try:
            return _to(_received(request, ctx).pk)
        except Invalid as error:
            wrong = web.words(error)
    found = imports.mine(ctx, LISTED)
    wanted = ctx.schema.get(request.GET.get("object", "") or request.POST.get("object", ""))
    values = {
        "steps": _steps(0),
        "wrong": wrong,
        "object": wanted.name if wanted is not None and may(ctx, wanted, "import") else "",
        "objects": [spec for spec in importing_fields.importable(ctx) if spec.menu],
        "most": _most(),
        "imports": [_line(ctx, one) for one in found],
        "by": grants(ctx).has(ADMINISTER),
    }
    return web.reply(request, ctx, "web/import_start.html", values, 422 if wrong else 200)


def _received(request: HttpRequest, ctx: Context) -> Import:
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid([Complaint("file", "required", _("Choose a file first."))])
    size = sum(one.size or 0 for one in files)
    if size > settings.KITH_MAX_BODY:
        most = _most()
        raise Invalid([Complaint("file", "too_large", _("All files together may have %(most)s.") % {"most": most})])
    object = request.POST.get("object", "")
    spec = ctx.schema.get(object)
    options: dict[str, Any] = {"object": object} if spec is not None and may(ctx, spec, "import") else {}
    with transaction.atomic():
        job = imports.receive(ctx, ((one.name or "", cast(BinaryIO, one)) for one in files))
        try:
            if size > AT_ONCE:
                jobs.ask(ctx, job.pk, "look", options=options)
            else:
                imports.look(ctx, job.pk, **options)
        except Exception:
            store.forget(job)
            raise
    return job


def _line(ctx: Context, job: Import) -> dict[str, Any]:
    files = list(job.files.all())
    return {
        "to": reverse("import-page", kwargs={"id": job.pk}),
        "names": ", ".join(one.name for one in files) or "—",
        "objects": importing_told.objects_of(ctx, [one.mapping.get("object", "") for one in files]),
        "rows": importing_told.number(ctx, sum(one.rows for one in files)),
        "state": job.get_state_display(),
        "kind": importing_told.KINDS.get(State(job.state), ""),
        "at": render.moment(job.created_at, ctx),
        "by": job.actor.get("name", ""),
    }


def _steps(here: int) -> list[dict[str, Any]]:
    return [{"label": label, "number": at + 1, "done": at < here, "here": at == here} for at, label in enumerate(STEPS)]


def _to(id: Any, **more: str) -> HttpResponse:
    query = "".join(f"?{name}={value}" for name, value in more.items())
    return HttpResponseRedirect(reverse("import-page", kwargs={"id": id}) + query)


# --- one import -------------------------------------------------------------------------------------------------------


@require_safe
@web.page
def page(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """The import where it stands; ``?step=fields`` goes back to the fields of one that was checked."""
    return _show(request, ctx, id)


def _show(
    request: HttpRequest, ctx: Context, id: uuid.UUID, wrong: str = "", status: int = 200, file: Any = None
) -> HttpResponse:
    told = jobs.shown(ctx, id)
    job = store.held(ctx, id)
    part = _part(told, request.GET.get("step", "") or ("fields" if wrong else ""))
    values: dict[str, Any] = {
        "told": told,
        "job": job,
        "part": f"web/import_{part}.html",
        "steps": _steps({"look": 0, "fields": 1, "check": 2}.get(part, 3)),
        "wrong": wrong if file is None else "",
        "state": job.get_state_display(),
        "here": reverse("import-page", kwargs={"id": id}),
        "names": ", ".join(one["name"] for one in told["files"]),
    }
    if part == "fields":
        values["files"] = importing_fields.files(ctx, job, told, {str(file): wrong} if file else {})
        values["ready"] = any(not one["file"].refused for one in values["files"])
    elif part != "look":
        values |= importing_told.values(ctx, job, told, dry=part == "check")
    for message in messages.get_messages(request):
        values["said"] = str(message)
    return web.reply(request, ctx, "web/import_page.html", values, status)


def _part(told: dict[str, Any], asked: str) -> str:
    """Which of the pages: look, fields, check (dry), run."""
    deed = told["doing"]["deed"] if told["doing"] else ""
    if told["state"] == State.UPLOADED:
        return "look"
    if told["state"] in (State.MAPPED, State.CHECKED):
        if deed in ("check", "run"):
            return "check" if deed == "check" else "run"
        return "check" if told["state"] == State.CHECKED and asked != "fields" else "fields"
    return "run"


@require_POST
@web.page
def deed(request: HttpRequest, ctx: Context, id: uuid.UUID, name: str) -> HttpResponse:
    """Ask for the next step, or stop it. What is wrong is said on the page."""
    if name not in DEEDS:
        raise NotFound("imports", id)
    try:
        if name in ("pause", "cancel"):
            stopped = jobs.stop(ctx, id, name)
            if name == "cancel" and stopped.started_at is None:
                return HttpResponseRedirect(reverse("import"))  # it never began: nothing is left to be looked at
        else:
            more = {"every": True} if name == "mend" and "every" in request.POST else {}
            jobs.ask(ctx, id, name, **more)
    except (Invalid, Forbidden, jobs.Busy) as error:
        if web.is_fragment(request):
            raise
        return _show(request, ctx, id, web.words(error), error.status)
    return _to(id)


# --- the fields of one file -------------------------------------------------------------------------------------------


@require_POST
@web.page
def fields(request: HttpRequest, ctx: Context, id: uuid.UUID, file: uuid.UUID) -> HttpResponse:
    """Save which column gives which field; ``make`` first makes a field for a column."""
    try:
        job = jobs.free(ctx, id, "change")
        held = store.file_of(job, file)
        with transaction.atomic():
            if "leave_out" in request.POST:
                imports.leave_out(ctx, id, file)
            elif "read" in request.POST:
                _read_again(request, ctx, id, file)
            else:
                mapping = importing_fields.posted(ctx, held, request.POST)
                if (made := request.POST.get("make", "")).isdecimal():
                    held.mapping = mapping
                    held.save(update_fields=["mapping"])
                    line = mapping["lines"][int(made)] if int(made) < len(mapping["lines"]) else {"column": ""}
                    imports.make_fields(ctx, id, file, [line["column"]])
                else:
                    imports.configure(ctx, id, file, mapping)
    except (Invalid, Forbidden, jobs.Busy) as error:
        return _show(request, ctx, id, web.words(error), error.status, file)
    if web.is_fragment(request):
        ctx = importing_fields.fresh(ctx)
        return _show(request, ctx, id)
    return _to(id, step="fields")


def _read_again(request: HttpRequest, ctx: Context, id: uuid.UUID, file: uuid.UUID) -> None:
    asked, held = request.POST, store.file_of(store.held(ctx, id), file).layout
    layout: dict[str, Any] = {name: asked.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    if layout["delimiter"] == "tab":
        layout["delimiter"] = "\t"
    if asked.get("header", "").isdecimal():
        layout["header"] = min(int(asked["header"]), 100)
    again = any(value not in ("", held.get(name)) for name, value in layout.items())
    object, profile = asked.get("object", ""), asked.get("profile", "")
    made = imports.remap(ctx, id, file, object=object, profile=profile, layout=layout if again else None)
    if made.refused:
        raise Invalid([Complaint("", "refused", made.refused)])


# --- rows that were refused -------------------------------------------------------------------------------------------


@require_safe
@web.page
def rows(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """The refused rows after the last that is shown."""
    job = store.held(ctx, id)
    found = importing_told.refused(ctx, job, after=request.GET.get("after", ""))
    return web.reply(request, ctx, "web/import_rows.html", {"job": job, **found})


@require_POST
@web.page
def row(request: HttpRequest, ctx: Context, id: uuid.UUID, row: uuid.UUID) -> HttpResponse:
    """Mend the cells of a refused row, or leave the row out (``leave``), or take that back (``keep``)."""
    job = store.held(ctx, id)
    jobs.free(ctx, id, "mend" if job.state == State.DONE else "change")
    cells = {name.removeprefix("cell:"): request.POST[name] for name in request.POST if name.startswith("cell:")}
    told = imports.edit(ctx, id, str(row), cells or None, leave_out="leave" in request.POST)
    if not web.is_fragment(request):
        return _to(id)
    line = importing_told.row(told, several=job.files.count() > 1)
    return web.reply(request, ctx, "web/import_row.html", {"job": job, "one": line, "is_saved": True})


@require_safe
@web.page
def refused(request: HttpRequest, ctx: Context, id: uuid.UUID) -> Any:
    """The refused rows as a file."""
    job = store.held(ctx, id)
    pieces = imports.refused_csv(ctx, id, ran=importing_told.ran(job))
    name = content_disposition_header(True, _("refused rows") + ".csv") or ""
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)
