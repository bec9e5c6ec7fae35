"""What is done to many records of a list at once. All of it under one batch, so that one undo takes it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kith.kernel.accounts.context import Context
from kith.kernel.kit.ids import new_id
from kith.kernel.policy.rows import may
from kith.kernel.records import read
from kith.kernel.records.change import Change, Item, change_many
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.filters import suggested
from kith.surfaces.web.marks import noun
from kith.surfaces.web.state import asked_of_rows, state_of

MOST: Final = 5_000
"""Records of one go. It is one transaction: more of them would hold the locks for longer than others care to wait."""


@web.page
def run(request: HttpRequest, ctx: Context, object: str, action: str) -> HttpResponse:
    """GET: what the action asks first, as a popover. POST: do it to ``ids``, or with ``all`` to all that match."""
    spec = web.object_named(ctx, object)
    if action not in ACTIONS or (request.method == "GET" and action != "assign"):
        raise NotFound(object)
    if request.method == "GET":
        return _people(request, ctx, spec)
    found = chosen(request, ctx, spec)
    if not found:
        raise Invalid([Complaint("", "nothing_chosen", _("Nothing is selected"))])
    made = ACTIONS[action](request, ctx.with_(batch=new_id()), spec, found)
    return _told(request, ctx, spec, action, made)


def _people(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> HttpResponse:
    """The people to assign to, found by what is typed."""
    typed = request.GET.get("q", "").strip()[:100]
    users = ctx.schema.get("users")
    found = suggested(ctx, users, typed) if users is not None else []
    people = [
        {**one, "mark": render.avatar(one["text"], one["value"], "xs")}
        for one in found
        if one["value"] != str(ctx.actor.user)
    ]
    return web.reply(request, ctx, "web/bulk_assign.html", {"spec": spec, "people": people, "typed": typed})


def chosen(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> list[uuid.UUID]:
    """The ids that were ticked, or all that the list matches. Raises :class:`Invalid` for more than :data:`MOST`."""
    if not request.POST.get("all"):
        ids = [
            id
            for one in request.POST.getlist("ids")[: MOST + 1]
            for each in one.split(",")
            if each and (id := read.identity(each))
        ]
    else:
        where = asked_of_rows(state_of(request, ctx, spec))
        ids = []
        for page in read.every(ctx, spec, Query(where, fields=web.least(ctx, spec))):
            ids += [row.id for row in page.rows]
            if len(ids) > MOST:
                break
    if len(ids) > MOST:
        raise Invalid(
            [Complaint("", "too_many", _("At most %(most)s records at once. Add a filter.") % {"most": MOST})]
        )
    return list(dict.fromkeys(ids))


def _delete(request: HttpRequest, ctx: Context, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> list[Change]:
    return change_many(ctx, spec, [Item(id=id, verb="delete") for id in ids], partial=True)


def _assign(request: HttpRequest, ctx: Context, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> list[Change]:
    owner = request.POST.get("owner", "")
    wanted = ctx.actor.user if owner == "me" else read.identity(owner)
    if owner and wanted is None:
        raise Invalid([Complaint("owner", "not_an_id", _("Choose a person"))])
    if not may(ctx, spec, "update"):
        raise Forbidden(verb="update")
    return change_many(ctx, spec, [Item({"owner": wanted}, id) for id in ids], partial=True)


ACTIONS: Final = {"delete": _delete, "assign": _assign}


def _told(request: HttpRequest, ctx: Context, spec: ObjectSpec, action: str, made: list[Change]) -> HttpResponse:
    """The toast: how many were done, how many not and why, and the undo of the whole batch."""
    done = [one for one in made if one.event is not None]
    failed = [one for one in made if one.complaints.found]
    if failed and not done:
        raise Invalid(failed[0].complaints.found[:1])
    what = {"count": len(done), "objects": noun(spec.label_many if len(done) != 1 else spec.label_one)}
    if not done:
        text = _("Nothing to change")
    elif action == "delete":
        text = ngettext("%(count)s %(objects)s deleted", "%(count)s %(objects)s deleted", len(done)) % what
    else:
        text = _assigned(request, ctx, what)
    if failed:
        text += " · " + ngettext("%(count)s was left as it is", "%(count)s were left as they are", len(failed)) % {
            "count": len(failed)
        }
    undo = reverse("undo", kwargs={"event": done[0].event.id}) if done and done[0].event else ""
    response = web.toast(HttpResponse(status=204), text, undo=undo)
    return web.trigger(response, "kith:changed", {"object": spec.name})


def _assigned(request: HttpRequest, ctx: Context, what: dict[str, object]) -> str:
    owner = request.POST.get("owner", "")
    wanted = ctx.actor.user if owner == "me" else read.identity(owner)
    if wanted is None:
        return (
            ngettext(
                "%(count)s %(objects)s now without an owner",
                "%(count)s %(objects)s now without an owner",
                int(str(what["count"])),
            )
            % what
        )
    users = ctx.schema.get("users")
    name = next((text for _id, text in read.title_rows(ctx, users, [wanted])), "") if users else ""
    return ngettext(
        "%(count)s %(objects)s assigned to %(name)s",
        "%(count)s %(objects)s assigned to %(name)s",
        int(str(what["count"])),
    ) % {**what, "name": name}
