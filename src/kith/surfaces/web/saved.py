"""Saved views of a list: the tabs over it, the menu of one, and keeping what the list shows under a name."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.people.keys import may_administer
from kith.kernel.policy import mask
from kith.kernel.policy.audiences import audiences
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import And
from kith.kernel.records import views
from kith.kernel.records.change import Change, change, delete
from kith.kernel.records.errors import Complaint, Invalid, NotFound
from kith.kernel.records.views import Saved
from kith.kernel.schema.spec import ObjectSpec, Owned
from kith.surfaces.web import prefs
from kith.surfaces.web import request as web
from kith.surfaces.web.marks import noun
from kith.surfaces.web.state import State, state_of

STEPS: Final = {"left": -1, "right": 1}


def tabs(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, base: str) -> list[dict[str, Any]]:
    """The views as tabs: the built-in ones, which nobody changes, then the saved ones in the reader's own order."""
    found: list[dict[str, Any]] = [
        {"label": _("All %(objects)s") % {"objects": noun(spec.label_many)}, "view": "", "icon": "lock"}
    ]
    if spec.is_owned:
        found.append({"label": _("Mine"), "view": "mine", "icon": ""})
    found += [
        {"label": one.name, "view": str(one.id), "icon": "users" if one.shared else "", "saved": one}
        for one in ordered(request, ctx, spec)
    ]
    return [
        {
            **one,
            "chosen": (chosen := state.view == one["view"]),
            "changed": chosen and state.changed,
            "url": State(spec.name, view=str(one["view"]), where=And(())).plain(base),
        }
        for one in found
    ]


def ordered(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> list[Saved]:
    """The saved views in the order in which this person put them; those never moved follow by name."""
    place = {id: at for at, id in enumerate(prefs.views_of(request, spec.name))}
    return sorted(views.of(ctx, spec.name), key=lambda one: place.get(str(one.id), len(place)))


def may_save(ctx: Context) -> bool:
    spec = views.spec_of(ctx)
    return spec is not None and may(ctx, spec, "create")


@web.page
def new(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """GET: ask for a name. POST: keep the list as the address has it."""
    spec = web.object_named(ctx, object)
    state = state_of(request, ctx, spec)
    if request.method == "GET":
        return _form(request, ctx, spec, state, None)
    values = {**_kept(state), "of": spec.name, "name": _name(request), **_shared(request)}
    return _answered(request, spec, change(ctx, _declared(ctx), None, values), _("View saved"))


@web.page
def one(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """GET: the menu of a view. POST ``do``: keep the list in it, give it another name, move its tab or delete it."""
    spec = web.object_named(ctx, object)
    held = next((one for one in views.of(ctx, spec.name) if one.id == id), None)
    if held is None:
        raise NotFound(object, id)
    if request.method == "GET":
        return _form(request, ctx, spec, state_of(request, ctx, spec), held)
    do = request.POST.get("do", "")
    if do in STEPS:
        _move(request, ctx, spec, held, STEPS[do])
        return _shown(request, HttpResponse(status=204), spec, held.id)
    if do == "delete":
        return _answered(request, spec, delete(ctx, _declared(ctx), id), _("View deleted"), gone=True)
    values = _kept(state_of(request, ctx, spec)) if do == "keep" else {"name": _name(request), **_shared(request)}
    return _answered(request, spec, change(ctx, _declared(ctx), id, values), _("View saved"))


def _declared(ctx: Context) -> ObjectSpec:
    spec = views.spec_of(ctx)
    if spec is None:
        raise NotFound("view")
    return spec


def _name(request: HttpRequest) -> str:
    name = request.POST.get("name", "").strip()
    if not name:
        raise Invalid([Complaint("name", "required", _("Give the view a name"))])
    return name


def _shared(request: HttpRequest) -> dict[str, Any]:
    return {"shared": request.POST["shared"]} if "shared" in request.POST else {}


def _kept(state: State) -> dict[str, Any]:
    """What a view keeps of a list. "Mine" becomes a condition like any other."""
    where = state.mine
    return {
        "filter": where.filter if where.items else {},
        "sort": ",".join(state.sort),
        "columns": ",".join(state.columns) if state.own_columns or (state.saved and state.saved.columns) else "",
    }


def _form(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, held: Saved | None) -> HttpResponse:
    declared = _declared(ctx)
    field = mask.writable(ctx, declared).get(declared.policy.shared) if isinstance(declared.policy, Owned) else None
    mine, now = set(audiences(ctx)), held.shared if held else ""
    url = (
        reverse("view", kwargs={"object": spec.name, "id": held.id})
        if held
        else reverse("new-view", kwargs={"object": spec.name})
    )
    choices = field.choices if field else ()
    values = {
        "spec": spec,
        "held": held,
        "name": held.name if held else "",
        "url": f"{url}?{state.query()}",
        "may_change": held is None or held.changes,
        "may_share": field is not None,
        "audiences": [
            {"key": one.key, "label": one.label, "chosen": one.key == now, "kind": one.key.partition(":")[0]}
            for one in choices
            if may_administer(ctx) or one.key in mine or one.key == now
        ],
        "copy": f"{reverse('new-view', kwargs={'object': spec.name})}?{state.query()}",
    }
    return web.reply(request, ctx, "web/list_view.html", values)


def _move(request: HttpRequest, ctx: Context, spec: ObjectSpec, held: Saved, by: int) -> None:
    ids: Sequence[str] = [str(one.id) for one in ordered(request, ctx, spec)]
    made, at = list(ids), ids.index(str(held.id))
    made.insert(max(0, at + by), made.pop(at))
    prefs.put(request, {f"views:{spec.name}": made})


def _answered(request: HttpRequest, spec: ObjectSpec, made: Change, text: str, gone: bool = False) -> HttpResponse:
    undo = reverse("undo", kwargs={"event": made.event.id}) if made.event is not None else ""
    response = web.toast(HttpResponse(status=204), text if undo else _("Nothing to change"), undo=undo)
    return _shown(request, response, spec, None if gone else made.id)


def _shown(request: HttpRequest, response: HttpResponse, spec: ObjectSpec, id: uuid.UUID | None) -> HttpResponse:
    """The page goes to the list under this view."""
    base = reverse("list", kwargs={"object": spec.name})
    url = f"{base}?view={id}" if id else base
    return web.trigger(response, "kith:go", {"url": url}) if web.is_fragment(request) else HttpResponseRedirect(url)
