"""The page of one record, and what is done to a record as a whole: the bin and the spec's own actions."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.records import act as acting
from kith.kernel.records import change as writing
from kith.kernel.records import read, samples
from kith.kernel.records.errors import NotFound
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import around, branches, cells, related, sheet, timeline, told
from kith.surfaces.web import request as web
from kith.surfaces.web.undoing import undo

__all__ = ["act", "delete", "history", "lists", "page", "restore", "undo"]

TABS: Final = ("overview", "history", "details", "related")


@require_safe
@web.page
def page(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """The whole page, or for htmx its part inside ``#record``, after something changed."""
    spec = web.object_named(ctx, object)
    template = "web/record_body.html" if web.is_fragment(request) else "web/record.html"
    return web.reply(request, ctx, template, _values(request, ctx, spec, id))


def _values(request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> dict[str, Any]:
    record = sheet.held(ctx, spec, id)
    past = timeline.timeline(ctx, spec, id, may_update=record.may_update and not record.is_binned)
    led = related.leads(ctx, spec)
    tab = request.GET.get("tab", "")
    return {
        "spec": spec,
        "record": record,
        "sections": list(sheet.sections(record, past.latest)),
        "subtitle": list(sheet.subtitle(record)),
        "facts": sheet.facts(record),
        "is_sample": bool(samples.marked(ctx.schema, spec, [id])),
        "past": past,
        "related": related.related(ctx, spec, id, led[: related.AT_ONCE]),
        "more_related": len(led) > related.AT_ONCE,
        "around": around.around(request, ctx, spec, id),
        "tellers": [] if record.is_binned else told.tellers(ctx, spec, id),
        "actions": [] if record.is_binned else acting.offered(ctx, spec, id),
        "tab": tab if tab in TABS else TABS[0],
        "here": reverse("record", kwargs={"object": spec.name, "id": id}),
        "made": read.identity(request.GET.get("made", "")),  # the event of a link is typed by anybody
        "merged": read.identity(request.GET.get("merged", "")),
        **timeline.signs(),
    }


@require_safe
@web.page
def history(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """The timeline alone: again after a change, or further back with ``?before=``."""
    spec = web.object_named(ctx, object)
    may_update = cells.reaches(ctx, spec, id, "update")
    before, until = read.identity(request.GET.get("before", "")), _moment(request.GET.get("until", ""))
    past = timeline.timeline(ctx, spec, id, may_update=may_update, before=before, until=until if before else None)
    return web.reply(
        request, ctx, "web/record_timeline.html", {"spec": spec, "past": past, "id": id, **timeline.signs()}
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@require_safe
@web.page
def branch(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """What lies above and below a record, and the numbers over all of that."""
    spec = web.object_named(ctx, object)
    if not spec.tree:
        raise NotFound(object, id)
    try:
        values = branches.values(ctx, spec, id)
    except NotFound:
        sheet.held(ctx, spec, id)  # in the bin since the page was made: nothing to show, and nothing to complain of
        return HttpResponse()
    return web.reply(request, ctx, "web/record_tree.html", {"spec": spec, **values})


@require_safe
@web.page
def lists(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """The lists beside the record that did not come with the page; of one in the bin, too."""
    spec = web.object_named(ctx, object)
    sheet.held(ctx, spec, id)
    led = related.leads(ctx, spec)[related.AT_ONCE :]
    return web.reply(
        request, ctx, "web/record_related.html", {"spec": spec, "related": related.related(ctx, spec, id, led)}
    )


@require_POST
@web.page
def delete(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """Into the bin; the page stays and says so."""
    spec = web.object_named(ctx, object)
    done = writing.delete(ctx, spec, id)
    return _after(request, ctx, spec, id, done, _("%(object)s moved to the bin") % {"object": spec.label_one})


@require_POST
@web.page
def restore(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """Out of the bin."""
    spec = web.object_named(ctx, object)
    done = writing.restore(ctx, spec, id)
    return _after(request, ctx, spec, id, done, _("%(object)s restored") % {"object": spec.label_one})


@require_POST
@web.page
def act(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID, name: str) -> HttpResponse:
    """An action that the spec declares: it names the values, the write path does the rest."""
    spec = web.object_named(ctx, object)
    done = acting.act(ctx, spec, id, name)
    action = next(one for one in spec.actions if one.name == name)
    return _after(request, ctx, spec, id, done, str(action.label))


def _after(request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID, done: Any, text: str) -> HttpResponse:
    if not web.is_fragment(request):
        return HttpResponseRedirect(reverse("record", kwargs={"object": spec.name, "id": id}))
    response = web.reply(request, ctx, "web/record_body.html", _values(request, ctx, spec, id))
    return cells.saved(response, spec, id, done.event, text)
