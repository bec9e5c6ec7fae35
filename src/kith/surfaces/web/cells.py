"""One value edited where it stands: in a cell of the list, in a line of the record page, or in its title.

``GET`` gives the editor, or with ``?show`` the value as it is now; ``POST`` saves it and gives the value. ``in`` in the
address says where it stands, since a list shortens what a record shows in full. A field that this person may not
write has no such address.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.errors import Conflict, Forbidden, Invalid, NotFound
from kith.kernel.records.read import Page
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import alike, posted, render, targets, timeline, widgets
from kith.surfaces.web import request as web

PLACES = ("list", "record", "title")


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def edit(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID, field: str) -> HttpResponse:
    """The editor of one value, and where it is posted to."""
    spec = web.object_named(ctx, object)
    one = mask.readable(ctx, spec).get(field)
    if one is None:
        raise NotFound(object, id)
    place = request.GET.get("in", "record")
    if "show" in request.GET:
        return HttpResponse(_shown(ctx, read.one(ctx, spec, id, (field,)), place))
    if field not in mask.writable(ctx, spec):
        raise NotFound(object, id)
    if request.method == "POST":
        return _save(request, ctx, spec, id, one, place)
    found = read.one(ctx, spec, id, (field,))
    if not reaches(ctx, spec, id, "update"):
        raise Forbidden(_("You may see this record, but not change it."), "update")
    raw = posted.filled(one, found.rows[0][field], ctx.locale)
    return _editor(request, ctx, spec, id, one, raw, version=found.rows[0].version)


save = edit
"""The same view under the address that only saves."""


def reaches(ctx: Context, spec: ObjectSpec, id: uuid.UUID, verb: str) -> bool:
    """Whether the verb reaches this living record; without a query where it reaches all or none."""
    found = branches(ctx, spec, verb)
    if any(not one.column and one.only is None for one in found):
        return True
    return bool(found) and id in read.ids(ctx, spec, [id], verb)


def saved(response: HttpResponse, spec: ObjectSpec, id: uuid.UUID, event: Any, text: Any = "") -> HttpResponse:
    """The answer to a write: it says so with an undo, and tells the page what changed."""
    if event is not None:
        web.toast(response, text or _("Saved"), reverse("undo", kwargs={"event": event.id}))
        web.trigger(response, "kith:changed", {"object": spec.name, "id": str(id)})
    return response


def _save(request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID, one: Field, place: str) -> HttpResponse:
    raw = posted.posted(one, request.POST, request.FILES)
    version = request.POST.get("_version", "")
    expect = int(version) if version.isdecimal() and len(version) < 10 else None
    try:
        done = change(ctx, spec, id, {} if raw is posted.MISSING else {one.name: raw}, expect=expect, strict=False)
    except Invalid as error:
        return _editor(request, ctx, spec, id, one, raw, version=expect, error=_of(error, one), status=422)
    except Conflict as error:
        return _conflict(request, ctx, spec, id, one, raw, error)
    return saved(HttpResponse(_shown(ctx, read.one(ctx, spec, id, (one.name,)), place)), spec, id, done.event)


def _shown(ctx: Context, found: Page, place: str) -> SafeString:
    """The value as it stands in this place."""
    (one,), (row,) = found.fields, found.rows
    if place == "title":  # the breadcrumb says it, too
        name = one.type.display(one, row[one.name], ctx.locale) or _("No name")
        return render.format_html('{}<span class="k-cut" id="record-name" hx-swap-oob="true">{}</span>', name, name)
    return render.value(ctx, found, row, one.name, full=place != "list")


def _of(error: Invalid, one: Field) -> str:
    """What is said of this field, or of one that it writes to; else all that is said."""
    names = {one.name, *(one.expands.to if one.expands else ())}
    found = [str(each.message) for each in error.complaints if each.field in names]
    return found[0] if found else " ".join(str(each.message) for each in error.complaints)


def _conflict(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID, one: Field, raw: Any, error: Conflict
) -> HttpResponse:
    """Both values: theirs, which stands, and mine, which is still in the editor."""
    theirs = next((each for each in error.differences if each.field == one.name), None) or next(
        iter(error.differences), None
    )
    shown = SafeString("")
    if theirs is not None:
        there = spec.fields[theirs.field]
        value = None if theirs.now is None else there.type.parse(there, theirs.now)
        shown = timeline.shown_value(ctx, timeline.page_of(ctx, spec, [{there.name: value}]), there, value)
    values = {"by": error.by, "theirs": shown, "conflict": True}
    return _editor(request, ctx, spec, id, one, raw, version=error.version, status=412, more=values)


def _editor(
    request: HttpRequest,
    ctx: Context,
    spec: ObjectSpec,
    id: uuid.UUID,
    one: Field,
    raw: Any,
    *,
    version: int | None,
    error: str = "",
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    titles = targets.titles_of(ctx, [one], {one.name: raw})
    watch = alike.watched(ctx, spec, id).get(one.name, "")
    part = widgets.widget(
        ctx, spec, one, "" if raw is None else raw, titles, error=error, place="c", bare=True, watch=watch
    )
    values = {"w": part, "version": version, "address": request.get_full_path(), "spec": spec, **(more or {})}
    return web.reply(request, ctx, "web/cell.html", values, status)
