"""The people of the company: a list with what only administrators need, and what they do for somebody."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts import passwords, sessions
from kith.kernel.accounts.context import Context
from kith.kernel.outside import mail
from kith.kernel.people import care
from kith.kernel.query.tree import ALL, And, Is, Or, Tree
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.read import Query
from kith.surfaces.web import render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame

PAGE: Final = 100
FIELDS: Final = ("name", "email", "team", "roles", "is_active")


@require_safe
@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Everybody by name; ``q`` finds by name or address, ``after`` turns the page."""
    frame.administer(ctx)
    spec = ctx.schema["users"]
    words = request.GET.get("q", "").strip()
    found = read.rows(ctx, spec, Query(_named(words), (), FIELDS, PAGE, request.GET.get("after", "")))
    ids = [row.id for row in found.rows]
    second, signed_in = care.with_second_factor(ids), sessions.last_sign_in(ids)
    writers = {one.name: render.writer(ctx, found, one) for one in found.fields}
    rows = [
        {
            "id": row.id,
            "name": render.title(ctx, found, row),
            "text": row["name"],
            **{name: writers[name](row[name]) for name in ("email", "team", "roles")},
            "active": row["is_active"],
            "second": row.id in second,
            "last": render.moment(moment, ctx) if (moment := signed_in.get(row.id)) else "",
            "me": row.id == ctx.actor.user,
        }
        for row in found.rows
    ]
    return frame.reply(
        request,
        ctx,
        "settings-users",
        "users",
        {"rows": rows, "next": found.next, "words": words, "count": found.count},
    )


@require_POST
@web.page
def password_link(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """A link for a new password, shown once for the administrator to hand over."""
    link = care.password_link(ctx, id)
    values = {
        "link": link,
        "name": _name(ctx, id),
        "minutes": passwords.MINUTES,
        "leaves": mail.leaves(),
        "back": "settings-users",
    }
    return _secret(frame.reply(request, ctx, "settings-users", "link", values))


@require_POST
@web.page
def reset_factors(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Take the second factors away from somebody who lost their telephone."""
    count = care.reset_factors(ctx, id)
    text = ngettext("%(count)s second factor removed", "%(count)s second factors removed", count) % {"count": count}
    frame.said(request, text if count else _("There was no second factor"))
    return frame.go("settings-users")


@require_POST
@web.page
def put_active(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Close the account (``active`` empty) or open it again: sessions and tokens end with their next request."""
    frame.administer(ctx)
    active = bool(request.POST.get("active"))
    done = change(ctx, ctx.schema["users"], id, {"is_active": active})
    name = {"name": _name(ctx, id)}
    frame.said(
        request, (_("%(name)s can sign in again") if active else _("%(name)s can no longer sign in")) % name, done.event
    )
    return frame.go("settings-users")


def _named(words: str) -> Tree:
    """Every word stands in the name or the address."""
    pieces = words.split()[:8]
    found = [Or((Is("name", "contains", one), Is("email", "contains", one))) for one in pieces]
    return And(tuple(found)) if found else ALL


def _name(ctx: Context, id: uuid.UUID) -> Any:
    return read.one(ctx, ctx.schema["users"], id, ("name",)).rows[0]["name"]


def _secret(response: HttpResponse) -> HttpResponse:
    """A page with a secret on it is kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    return response
