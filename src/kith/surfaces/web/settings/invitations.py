"""Asking somebody in: who, into which team, with which roles. The link is mailed, or shown once to be handed over."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kith.kernel.accounts import invites, letters
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import by_email
from kith.kernel.accounts.models import Invitation
from kith.kernel.kit import dates
from kith.kernel.outside import mail
from kith.kernel.people import joining
from kith.kernel.records import change as writing
from kith.kernel.records import read
from kith.kernel.records.errors import Complaint, Invalid, NotFound
from kith.kernel.records.read import Query
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, offers, sheets
from kith.surfaces.web.settings.sheets import Box

FIELDS = ("email", "name", "roles", "team", "created_by", "expires_at", "accepted_at")


def _boxes(ctx: Context) -> tuple[Box, ...]:
    return (
        Box("email", "email", _("E-mail")),
        Box("name", "text", _("Name"), optional=True),
        Box("team", "select", _("Team"), offers.teams(ctx), optional=True, none=_("No team")),
        Box("language", "select", _("Language"), offers.languages(), optional=True, none=_("As the company")),
        Box("roles", "ticks", _("Roles"), offers.roles(ctx)),
    )


@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """All invitations, and the form of a new one."""
    frame.administer(ctx)
    boxes = _boxes(ctx)
    if request.method != "POST":
        return _page(request, ctx, sheets.sheet(boxes, {"roles": ["member"]}))
    values = sheets.read(boxes, request.POST)
    try:
        _is_new(ctx, values["email"], values["roles"])
        given = {name: value for name, value in values.items() if value}
        id = writing.change(ctx, ctx.schema[invites.OBJECT], None, given).id
    except Invalid as error:
        return _page(request, ctx, sheets.sheet(boxes, values, error), status=422, is_open=True)
    return _out(request, ctx, id)


@require_POST
@web.page
def again(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """A new link, which makes the old one worthless."""
    frame.administer(ctx)
    return _out(request, ctx, id)


@require_POST
@web.page
def withdraw(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Into the bin: the link opens nothing any more."""
    frame.administer(ctx)
    done = writing.delete(ctx, ctx.schema[invites.OBJECT], id)
    frame.said(request, _("Invitation withdrawn"), done.event)
    return frame.go("settings-invitations")


def _out(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Mail the link where mail leaves the house; else show it, this once."""
    held = Invitation.objects.filter(pk=id, deleted_at=None, accepted_at=None).first()
    if held is None or not read.ids(ctx, ctx.schema[invites.OBJECT], [id]):
        raise NotFound(invites.OBJECT, id)
    if mail.leaves() and "show" not in request.POST:
        letters.send_invitation.enqueue(ctx, id=str(id))
        frame.said(request, _("Invitation sent to %(address)s") % {"address": held.email})
        return frame.go("settings-invitations")
    link = joining.link(ctx, held)
    values = {
        "link": link,
        "name": held.name or held.email,
        "days": invites.DAYS,
        "leaves": mail.leaves(),
        "back": "settings-invitations",
    }
    response = frame.reply(request, ctx, "settings-invitations", "link", values)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_new(ctx: Context, email: str, roles: list[str]) -> None:
    """Refuse an address that has an account, and somebody who could do nothing."""
    wrong = []
    if by_email(ctx, email) is not None:
        wrong.append(Complaint("email", "taken", _("Somebody with this address has an account already")))
    if not roles:
        wrong.append(Complaint("roles", "required", _("Choose at least one role")))
    if wrong:
        raise Invalid(wrong)


def _page(
    request: HttpRequest, ctx: Context, sheet: sheets.Sheet, *, status: int = 200, is_open: bool = False
) -> HttpResponse:
    spec = ctx.schema[invites.OBJECT]
    found = read.rows(ctx, spec, Query(sort=("-created_at",), fields=FIELDS, limit=200, count=False))
    writers = {one.name: render.writer(ctx, found, one) for one in found.fields}
    now = dates.now()

    def state(row: read.Row) -> str:
        if row["accepted_at"]:
            return "accepted"
        if row["expires_at"] is None:
            return "waiting"
        return "open" if row["expires_at"] > now else "expired"

    rows = [
        {
            "id": row.id,
            "email": row["email"],
            "state": state(row),
            **{name: writers[name](row[name]) for name in FIELDS[1:]},
        }
        for row in found.rows
    ]
    values = {"rows": rows, "sheet": sheet, "leaves": mail.leaves(), "is_open": is_open}
    return frame.reply(request, ctx, "settings-invitations", "invitations", values, status)
