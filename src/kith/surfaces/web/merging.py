"""Merging records that are one: side by side, field by field, and one button; one undo takes all of it back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy import mask
from kith.kernel.records import merge as merging
from kith.kernel.records import read
from kith.kernel.records.errors import Invalid, NotFound
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import forms, marks, render
from kith.surfaces.web import request as web
from kith.surfaces.web.marks import noun

TAKE: Final = "take-"
_LINK: Final = re.compile(r"<a [^>]*>")


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of one record in one row. ``id`` is "" for the value that the field type makes of all of them."""

    id: str
    value: SafeString
    is_chosen: bool
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One field: the values to choose from, or for a field that all agree on (or that cannot be chosen) none."""

    field: Field
    choices: tuple[Choice, ...]
    together: Choice | None = None

    @property
    def name(self) -> str:
        return f"{TAKE}{self.field.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """One of the records."""

    id: uuid.UUID
    title: str
    mark: SafeString
    to: str
    made: SafeString
    stays: bool


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def page(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """GET ``?ids=a,b&survivor=a``: the records beside each other. POST: merge them, and go to the one that stays."""
    spec = web.object_named(ctx, object)
    ids = _ids(request)
    survivor = read.identity(request.POST.get("survivor", "") or request.GET.get("survivor", ""))
    if request.method == "POST" and survivor in ids:
        return _merge(request, ctx, spec, survivor, ids)
    return _show(request, ctx, spec, ids, survivor if survivor in ids else None)


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    given = ",".join([*request.GET.getlist("ids"), *request.POST.getlist("ids")])
    found = [read.identity(one.strip()) for one in given.split(",")[: merging.MOST * 2]]
    return list(dict.fromkeys(one for one in found if one is not None))


def _merge(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, survivor: uuid.UUID, ids: Sequence[uuid.UUID]
) -> HttpResponse:
    take = {
        name.removeprefix(TAKE): chosen
        for name in request.POST
        if name.startswith(TAKE) and (chosen := read.identity(request.POST[name])) is not None
    }
    try:
        done = merging.merge(ctx, spec, survivor, [id for id in ids if id != survivor], take)
    except Invalid as error:
        return _show(request, ctx, spec, ids, survivor, error)
    to = f"{reverse('record', kwargs={'object': spec.name, 'id': survivor})}?merged={done.event or ''}"
    if not web.is_fragment(request):
        return HttpResponseRedirect(to)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = to
    return response


def _show(
    request: HttpRequest,
    ctx: Context,
    spec: ObjectSpec,
    ids: Sequence[uuid.UUID],
    survivor: uuid.UUID | None,
    error: Invalid | None = None,
) -> HttpResponse:
    found = {row.id: row for row in read.by_ids(ctx, spec, ids, ()).rows} if ids else {}
    if missing := [id for id in ids if id not in found]:
        raise NotFound(spec.name, missing[0])
    stays = survivor or _fullest(ctx, spec, ids)
    plan = merging.preview(ctx, spec, stays, [id for id in ids if id != stays], {}) if stays else None
    if plan is None or stays is None:
        raise NotFound(spec.name)
    page = _titles(ctx, spec, plan)
    lines = list(_lines(ctx, spec, page, plan, ids))
    values = {
        "spec": spec,
        "ids": ",".join(str(id) for id in ids),
        "columns": [_column(ctx, spec, page, plan.held[id], id, stays) for id in ids],
        "lines": [one for one in lines if one.choices],
        "alike": [one.field.label for one in lines if not one.choices],
        "moved": _moved(ctx, plan),
        "gone": len(ids) - 1,
        "noun": noun(spec.label[len(ids) > 2]),
        "survivor": stays,
        "back": reverse("record", kwargs={"object": spec.name, "id": stays}),
        "wrong": str(error) if error else "",
    }
    return web.reply(request, ctx, "web/merge.html", values, error.status if error else 200)


def _fullest(ctx: Context, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> uuid.UUID | None:
    """The record that says most, the oldest where they say the same: it stays unless somebody chooses otherwise.

    Of those that this person could let stay, if there are any.
    """
    if not ids:
        return None
    stay, go = read.ids(ctx, spec, ids, "update"), read.ids(ctx, spec, ids, "delete")
    ids = [id for id in ids if id in stay and set(ids) - {id} <= go] or ids
    page = read.by_ids(ctx, spec, ids, tuple(mask.readable(ctx, spec)))
    full = {row.id: sum(not one.type.empty(row[one.name]) for one in page.fields) for row in page.rows}
    return min(ids, key=lambda id: (-full.get(id, 0), id))


def _titles(ctx: Context, spec: ObjectSpec, plan: merging.Preview) -> read.Page:
    """All values, before and after, as a page that knows the titles of what they lead to."""
    fields = tuple(mask.readable(ctx, spec).values())
    rows = tuple(read.Row(id, 0, values) for id, values in plan.held.items())
    after = read.Row(uuid.UUID(int=0), 0, plan.after)
    led = [one for one in fields if one.target]
    return read.Page(spec, fields, (*rows, after), "", None, read.titles(ctx, led, (*rows, after)))


def _column(
    ctx: Context, spec: ObjectSpec, page: read.Page, values: Mapping[str, Any], id: uuid.UUID, stays: uuid.UUID
) -> Column:
    known = {one.name: one for one in page.fields}
    one, made = known.get(spec.title), known.get("created_at")
    title = (one.type.display(one, values[one.name], ctx.locale) if one else "") or "—"
    when = render.writer(ctx, page, made)(values["created_at"]) if made else marks.EMPTY
    return Column(id, title, marks.mark(spec, title, id), marks.record_address(spec.name, id), when, id == stays)


def _lines(
    ctx: Context, spec: ObjectSpec, page: read.Page, plan: merging.Preview, ids: Sequence[uuid.UUID]
) -> Iterator[Line]:
    """A line for each field of the form that says something somewhere, in the order of the form."""
    for name, one in forms.edited(ctx, spec).items():
        if name not in plan.after:
            continue
        values = [plan.held[id][name] for id in ids]
        if all(one.type.empty(value) for value in values):
            continue
        if all(value == values[0] for value in values):
            yield Line(one, ())
            continue
        write = render.writer(ctx, page, one, full=True)
        after = plan.after[name]
        chosen = next((id for id, value in zip(ids, values, strict=True) if value == after), None)
        choices = tuple(
            Choice(str(id), _plain(write(value)), id == chosen, one.type.empty(value))
            for id, value in zip(ids, values, strict=True)
        )
        yield Line(one, choices, None if chosen else Choice("", _plain(write(after)), True, False))


def _plain(value: SafeString) -> SafeString:
    """A value without its links: here it is something to choose, and a click on it chooses it."""
    return SafeString(_LINK.sub("<span>", value).replace("</a>", "</span>"))


def _moved(ctx: Context, plan: merging.Preview) -> list[dict[str, Any]]:
    """What follows into the record that stays: how many of which object."""
    return [{"count": count, "label": noun(ctx.schema[name].label[count != 1])} for name, count in plan.moved.items()]
