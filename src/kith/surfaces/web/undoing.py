"""Taking a change back, from its toast or from the history of a record."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.records import undo as undoing
from kith.kernel.records.change import Item, change_many
from kith.kernel.records.errors import Conflict, NotFound
from kith.kernel.records.history import history
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import request as web
from kith.surfaces.web import timeline

FAR: int = 500
"""So many changes back may be forced; further ones are undone only where nothing came after them."""


@require_POST
@web.page
def undo(request: HttpRequest, ctx: Context, event: uuid.UUID) -> HttpResponse:
    """Take back one change (``one``), or with it all that was done in the same go.

    The history posts its record too: there a change that others changed again is answered with both values, and with
    ``force`` the old ones are set all the same.
    """
    spec = ctx.schema.get(request.POST.get("object", ""))
    record = _uuid(request.POST.get("id", ""))
    if "force" in request.POST and spec is not None and record is not None:
        return _forced(request, ctx, spec, record, event)
    try:
        done = undoing.undo(ctx, event, batch="one" not in request.POST)
    except Conflict as error:
        if spec is None or record is None or not web.is_fragment(request):
            raise
        return _both(request, ctx, spec, record, event, error)
    if not web.is_fragment(request):
        return HttpResponseRedirect(request.headers.get("Referer") or "/")
    count = len(done.changes)
    text = (
        _("Undone")
        if count <= 1
        else ngettext("%(count)s change undone", "%(count)s changes undone", count) % {"count": count}
    )
    if done.kept:
        stayed = ngettext(
            "%(count)s record changed since and stays", "%(count)s records changed since and stay", len(done.kept)
        )
        text = f"{text}. {stayed % {'count': len(done.kept)}}"
    return _answer(ctx, done.changes, text)


def _answer(ctx: Context, changes: tuple[object, ...], text: str) -> HttpResponse:
    """Nothing to swap: the page hears what changed and asks again."""
    response = HttpResponse(status=204)
    first = next((one for one in changes if getattr(one, "event", None) is not None), None)
    again = reverse("undo", kwargs={"event": first.event.id}) if first is not None else ""  # type: ignore[attr-defined]
    web.toast(response, text, again)
    detail = {"object": first.spec.name, "id": str(first.id)} if first is not None else {}  # type: ignore[attr-defined]
    web.trigger(response, "kith:changed", detail)
    return web.trigger(response, "kith:undone", detail)


def _both(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, record: uuid.UUID, event: uuid.UUID, error: Conflict
) -> HttpResponse:
    """What each field in question holds now, and what it would become."""
    shown = mask.readable(ctx, spec)
    lines = []
    for one in error.differences:
        field = shown.get(one.field)
        if field is None:
            continue
        now, before = (None if wire is None else field.type.parse(field, wire) for wire in (one.now, one.wanted))
        page = timeline.page_of(ctx, spec, [{field.name: now}, {field.name: before}])
        lines.append(
            {
                "field": field,
                "now": timeline.shown_value(ctx, page, field, now),
                "before": timeline.shown_value(ctx, page, field, before),
            }
        )
    values = {"lines": lines, "event": event, "spec": spec, "id": record}
    response = web.reply(request, ctx, "web/record_conflict.html", values, 409)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#undo-{event}", "innerHTML"
    return response


def _forced(request: HttpRequest, ctx: Context, spec: ObjectSpec, record: uuid.UUID, event: uuid.UUID) -> HttpResponse:
    """The values from before this event, whatever happened since; the write path checks them like any others."""
    entry = next((one for one in history(ctx, spec, record, limit=FAR) if one.id == event), None)
    if entry is None or entry.verb != "updated":
        raise NotFound("events", event)
    values = {
        name: None if old is None else spec.fields[name].type.dump(spec.fields[name], old)
        for name, (old, _new) in entry.diff.items()
    }
    (done,) = change_many(ctx, spec, [Item(values, record, "update", undoes=event)])
    if not web.is_fragment(request):
        return HttpResponseRedirect(reverse("record", kwargs={"object": spec.name, "id": record}))
    return _answer(ctx, (done,), _("Undone"))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
