"""Making a record, and changing all of it at once: a panel beside the page or, without script, a page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import Change, change
from kith.kernel.records.errors import Conflict, Forbidden, Invalid
from kith.kernel.schema.spec import ObjectSpec, names
from kith.surfaces.web import alike, cells, posted, targets, timeline, widgets
from kith.surfaces.web import request as web
from kith.surfaces.web.marks import noun
from kith.surfaces.web.widgets import Widget

LIKELY = 7
"""So many fields stand at the top of a new record's form, where the spec pins none."""


@dataclass(frozen=True, slots=True)
class Group:
    """Form parts under one heading."""

    label: Any
    parts: tuple[Widget, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """All that the template shows. ``general`` are complaints that belong to no field on the form."""

    first: tuple[Widget, ...]
    rest: tuple[Group, ...]
    general: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the further fields are unfolded: something in them was refused."""
        return any(part.error for group in self.rest for part in group.parts)

    @property
    def has_files(self) -> bool:
        """Whether it is sent in parts, since a file may be among them."""
        return any(part.part == "file" for part in (*self.first, *(one for group in self.rest for one in group.parts)))


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def new(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The form of a new record; values in the address (``?company=…``) fill it in."""
    spec = web.object_named(ctx, object, "create")
    if request.method == "POST":
        return _create(request, ctx, spec)
    return _show_new(request, ctx, spec, _prefilled(ctx, spec, request.GET))


create = new
"""The same view under the address that only makes."""


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def edit(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """All fields of a record in one form."""
    spec = web.object_named(ctx, object)
    if request.method == "POST":
        return _update(request, ctx, spec, id)
    found = read.one(ctx, spec, id, tuple(mask.readable(ctx, spec)))
    if not cells.reaches(ctx, spec, id, "update"):
        raise Forbidden(_("You may see this record, but not change it."), "update")
    row = found.rows[0]
    fields = edited(ctx, spec)
    raws = {name: posted.filled(one, row.get(name), ctx.locale) for name, one in fields.items()}
    return _show_edit(request, ctx, spec, id, row.version, raws)


def likely(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields at the top of a new record's form: title, needed ones, and the pinned or those of the list."""
    known = mask.writable(ctx, spec)
    pinned = names(getattr(spec, "pinned", ())) or spec.list_columns
    listed = {name for section in spec.sections for name in section.fields}
    parts = {part for name in listed if name in known and (whole := known[name].expands) for part in whole.to}
    needed = [name for name, one in known.items() if one.required]
    wanted = [
        *_title_fields(spec),
        *needed,
        *(name for name in pinned if name not in parts),
    ]  # an address as a whole, not its city
    chosen = _without_doubles({name: known[name] for name in dict.fromkeys(wanted) if name in known})
    most = max(LIKELY, len(needed))
    return dict(list(chosen.items())[:most])


def edited(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields of the whole form: what the sections show, then what stands in none of them."""
    known = mask.writable(ctx, spec)
    listed = [name for section in spec.sections for name in section.fields]
    placed = _without_doubles({name: known[name] for name in listed if name in known})
    return _without_doubles({**placed, **{name: one for name, one in known.items() if not one.hidden}})


def _title_fields(spec: ObjectSpec) -> tuple[str, ...]:
    """The title, and the other parts of a name of which it is one."""
    title = spec.fields.get(spec.title)
    return (spec.title,) if title is None or title.editable else title.expands.to if title.expands else ()


def _without_doubles(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Without fields that another one here writes to, or that write to one here: nothing is asked twice."""
    kept: dict[str, Field] = {}
    covered: set[str] = set()
    for name, one in fields.items():
        writes = set(one.expands.to) if one.expands else set()
        if name in covered or writes & kept.keys():
            continue
        kept[name] = one
        covered |= writes
    return kept


def _prefilled(ctx: Context, spec: ObjectSpec, asked: QueryDict) -> dict[str, Any]:
    """Defaults of the fields, of the spec, and what the address says, in this order."""
    known = mask.writable(ctx, spec)
    start = {name: one.default for name, one in known.items() if one.default is not None}
    start |= {name: value for name, value in spec.defaults(ctx).items() if name in known}
    if spec.is_owned and "owner" in known and ctx.actor.user:
        start.setdefault("owner", ctx.actor.user)
    raws = {name: posted.filled(known[name], value, ctx.locale) for name, value in start.items()}
    for name, one in known.items():
        raw = posted.posted(one, asked)
        if raw is not posted.MISSING and raw is not None:
            raws[name] = raw
        elif posted.widget_of(one) == "references" and (led := targets.led_by(one, asked.get(name))):
            raws[name] = [{"id": targets.typed(one, led[0])}]  # "+" beside a record that is one of several
    return raws


def _show_new(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, raws: Mapping[str, Any], errors: Invalid | None = None
) -> HttpResponse:
    first = likely(ctx, spec)
    given = {name: one for name, one in mask.writable(ctx, spec).items() if name in request.GET and name not in first}
    first = _without_doubles({**first, **given})  # what the address fills in is in sight
    rest = {name: one for name, one in _without_doubles({**first, **edited(ctx, spec)}).items() if name not in first}
    form = _form(request, ctx, spec, first, rest, raws, errors)
    values = {
        "spec": spec,
        "form": form,
        "address": request.get_full_path(),
        "is_new": True,
        "back": reverse("list", kwargs={"object": spec.name}),
        "made": read.identity(request.GET.get("made", "")),
    }
    return _reply(request, ctx, values, 422 if errors else 200)


def _show_edit(
    request: HttpRequest,
    ctx: Context,
    spec: ObjectSpec,
    id: uuid.UUID,
    version: int,
    raws: Mapping[str, Any],
    errors: Invalid | None = None,
    conflict: Conflict | None = None,
) -> HttpResponse:
    fields = edited(ctx, spec)
    form = _form(request, ctx, spec, {}, fields, raws, errors, id)
    if conflict is not None:
        form = _with_theirs(ctx, spec, form, conflict)
    values = {
        "spec": spec,
        "form": form,
        "address": request.get_full_path(),
        "version": version,
        "conflict": conflict,
        "back": reverse("record", kwargs={"object": spec.name, "id": id}),
    }
    return _reply(request, ctx, values, 412 if conflict else 422 if errors else 200)


def _reply(request: HttpRequest, ctx: Context, values: dict[str, Any], status: int) -> HttpResponse:
    fragment = web.is_fragment(request)
    template = "web/form_panel.html" if fragment else "web/form_page.html"
    heading = (_("New %(object)s") if values.get("is_new") else _("Edit %(object)s")) % {
        "object": noun(values["spec"].label_one)
    }
    return web.reply(request, ctx, template, {**values, "panel": fragment, "heading": heading}, status)


def _create(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> HttpResponse:
    raws = posted.read(mask.writable(ctx, spec), request.POST, request.FILES)
    try:
        done = change(ctx, spec, None, raws)
    except Invalid as error:
        return _show_new(request, ctx, spec, _kept(raws), error)
    if "_again" in request.POST:
        return _again(request, ctx, spec, done)
    if "stay" in request.GET and web.is_fragment(request):
        response = web.trigger(HttpResponse(status=204), "kith:made")
        return cells.saved(response, spec, done.id, done.event, _("%(object)s created") % {"object": spec.label_one})
    to = f"{reverse('record', kwargs={'object': spec.name, 'id': done.id})}?made={done.event.id if done.event else ''}"
    return _go(request, to)


def _again(request: HttpRequest, ctx: Context, spec: ObjectSpec, done: Change) -> HttpResponse:
    """An empty form, and word of what was saved."""
    if not web.is_fragment(request):
        asked = request.GET.copy()
        asked["made"] = str(done.event.id) if done.event else ""
        return HttpResponseRedirect(f"{request.path}?{asked.urlencode()}")
    response = _show_new(request, ctx, spec, _prefilled(ctx, spec, request.GET))
    return cells.saved(response, spec, done.id, done.event, _("%(object)s created") % {"object": spec.label_one})


def _update(request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> HttpResponse:
    raws = posted.read(edited(ctx, spec), request.POST, request.FILES)
    version = request.POST.get("_version", "")
    expect = int(version) if version.isdecimal() and len(version) < 10 else None
    try:
        change(ctx, spec, id, raws, expect=expect, strict=False)
    except Invalid as error:
        return _show_edit(request, ctx, spec, id, expect or 0, _kept(raws), error)
    except Conflict as error:
        return _show_edit(request, ctx, spec, id, error.version, _kept(raws), conflict=error)
    return _go(request, reverse("record", kwargs={"object": spec.name, "id": id}))


def _go(request: HttpRequest, to: str) -> HttpResponse:
    if not web.is_fragment(request):
        return HttpResponseRedirect(to)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = to
    return response


def _kept(raws: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if raw is None else raw for name, raw in raws.items()}


def _form(
    request: HttpRequest,
    ctx: Context,
    spec: ObjectSpec,
    first: Mapping[str, Field],
    rest: Mapping[str, Field],
    raws: Mapping[str, Any],
    errors: Invalid | None,
    besides: uuid.UUID | None = None,
) -> Form:
    fields = {**first, **rest}
    said = _said(errors, fields)
    titles = targets.titles_of(ctx, fields.values(), raws)
    watched = alike.watched(ctx, spec, besides)
    plain = not web.is_fragment(request)

    def part(one: Field) -> Widget:
        offered = (
            targets.offered(ctx, one.target)
            if plain and one.target and posted.widget_of(one) not in posted.ROWS
            else ()
        )
        return widgets.widget(
            ctx,
            spec,
            one,
            raws.get(one.name, ""),
            titles,
            error=said.get(one.name, ""),
            offered=offered,
            watch=watched.get(one.name, ""),
        )

    general = (
        tuple(str(one.message) for one in errors.complaints if _place(one.field, fields) is None) if errors else ()
    )
    return Form(tuple(part(one) for one in first.values()), tuple(_groups(spec, rest, part)), general)


def _groups(spec: ObjectSpec, fields: Mapping[str, Field], part: Any) -> Iterable[Group]:
    left = dict(fields)
    for section in spec.sections:
        held = [left.pop(name) for name in section.fields if name in left]
        if held:
            yield Group(section.label, tuple(part(one) for one in held))
    if left:
        yield Group(_("Other"), tuple(part(one) for one in left.values()))


def _said(errors: Invalid | None, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The first complaint of each field on the form."""
    said: dict[str, Any] = {}
    for one in errors.complaints if errors else ():
        if (place := _place(one.field, fields)) is not None:
            said.setdefault(place, one.message)
    return said


def _place(name: str, fields: Mapping[str, Field]) -> str | None:
    """Where a complaint about a field is shown: at the field, or at the one on the form that writes to it."""
    if name in fields:
        return name
    return next((one.name for one in fields.values() if one.expands and name in one.expands.to), None)


def _with_theirs(ctx: Context, spec: ObjectSpec, form: Form, conflict: Conflict) -> Form:
    """The form with what the other person wrote beside each field in question."""
    shown: dict[str, list[Any]] = {}
    parts = {part.field.name: part.field for group in form.rest for part in group.parts}
    for one in conflict.differences:
        there = spec.fields[one.field]
        value = None if one.now is None else there.type.parse(there, one.now)
        page = timeline.page_of(ctx, spec, [{there.name: value}])
        place = _place(one.field, parts) or one.field  # a first name stands in the name
        shown.setdefault(place, []).append(timeline.shown_value(ctx, page, there, value))
    said = {
        place: widgets.note(
            _("%(who)s changed this to"), conflict.by, format_html_join(" ", "{}", ((one,) for one in values))
        )
        for place, values in shown.items()
    }
    groups: Sequence[Group] = [
        Group(
            group.label,
            tuple(part.wrong(said[part.field.name]) if part.field.name in said else part for part in group.parts),
        )
        for group in form.rest
    ]
    return Form(form.first, tuple(groups), form.general)
