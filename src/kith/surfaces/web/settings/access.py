"""Who can see this, and why: of one record everybody who can, and of one person everything that they can."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.policy import mask
from kith.kernel.policy.explain import Access, Reached, reached, who
from kith.kernel.policy.rows import Branch
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, matrix

VERBS = ("read", "update", "delete", "export")


@require_safe
@web.page
def of_record(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """Everybody who can see this record, with the reason. For whoever can see it themselves."""
    spec = web.object_named(ctx, object)
    found = read.one(ctx, spec, id, web.least(ctx, spec))
    web.object_named(ctx, "users")  # the answer is names: who may not see people may not see these
    row = living(spec).get(pk=id)
    held = found.rows[0].get(spec.title)  # None where the title is hidden
    title = "" if held is None else spec.fields[spec.title].type.display(spec.fields[spec.title], held, ctx.locale)
    values = {
        "spec": spec,
        "title": title or "—",
        "back": reverse("record", kwargs={"object": spec.name, "id": id}),
        "people": [_person(ctx, spec, one) for one in who(ctx, spec, row)],
        "heads": [matrix.VERBS[verb] for verb in _verbs(spec)],
    }
    return web.reply(request, ctx, "web/settings/record_access.html", values)


@require_safe
@web.page
def of_person(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Everything that one person reaches, with the reason. For who administers."""
    frame.administer(ctx)
    person = directory(ctx.schema.version).people.get(id)
    if person is None or not read.ids(ctx, ctx.schema["users"], [id]):
        raise NotFound("users", id)
    values = {
        "person": person,
        "mark": render.avatar(person.name, person.id, "md"),
        "roles": [called(ctx, key) for key in person.roles],
        "rows": [_object(ctx, one) for one in reached(ctx, person)],
        "heads": [matrix.VERBS[verb] for verb in VERBS],
    }
    return frame.reply(request, ctx, "settings-users", "person_access", values)


def called(ctx: Context, key: str) -> str:
    """The name of a role by its key."""
    return next((str(one.label) for one in ctx.schema["users"].fields["roles"].choices if one.key == key), key)


def why(ctx: Context, branch: Branch) -> str:
    """The reason of a branch in words: which records it is about, by which role, and whether a condition narrows it."""
    firm = directory(ctx.schema.version)
    if branch.reason == "team":
        name = firm.teams[branch.value][0] if branch.value in firm.teams else "—"
        text = _("records of the team %(team)s") % {"team": name}
    elif branch.reason == "shared":
        text = _("records shared with them")
    else:
        text = {"own": _("records they own"), "all": _("all records")}.get(branch.reason, branch.reason)
    if branch.only is not None:
        text = _("%(records)s that meet the role's condition") % {"records": text}
    return _("%(role)s: %(records)s") % {"role": called(ctx, branch.role), "records": text}


def _verbs(spec: ObjectSpec) -> list[str]:
    return [verb for verb in VERBS if verb in spec.verbs]


def _person(ctx: Context, spec: ObjectSpec, one: Access) -> dict[str, Any]:
    shown = mask.readable(ctx, spec)  # of a field that the reader does not see, nobody tells them that others do not
    return {
        "name": one.person.name,
        "mark": render.avatar(one.person.name, one.person.id, "xs"),
        "verbs": [verb in one.verbs for verb in _verbs(spec)],
        "why": why(ctx, one.verbs["read"]),
        "hidden": [spec.fields[name].label for name in one.hidden if name in shown],
    }


def _object(ctx: Context, one: Reached) -> dict[str, Any]:
    return {
        "spec": one.spec,
        "verbs": [(verb, [why(ctx, branch) for branch in one.verbs.get(verb, ())]) for verb in VERBS],
        "reach": [_widest(one.verbs.get(verb, ())) for verb in VERBS],
        "why": list(dict.fromkeys(why(ctx, branch) for branch in one.verbs.get("read", ()))),
        "hidden": [one.spec.fields[name].label for name in one.hidden],
        "fixed": [
            one.spec.fields[name].label for name in one.fixed if name not in one.hidden and "update" in one.verbs
        ],
    }


def _widest(branches: tuple[Branch, ...]) -> tuple[str, Any]:
    """The class and the word of the widest reach."""
    reasons = {one.reason for one in branches}
    for name in ("all", "team", "own"):
        if name in reasons:
            return name, matrix.REACHES[name]
    return "no", matrix.REACHES["none"]
