"""What is mine: profile, how I sign in, where I am signed in, and the tokens that act for me."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts import sessions, tokens
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.kit import dates
from kith.kernel.people import keys, profile
from kith.kernel.query.tree import ALL, Is, Tree
from kith.kernel.records import change as writing
from kith.kernel.records import read
from kith.kernel.records.errors import Invalid
from kith.kernel.records.read import Query
from kith.surfaces.web import prefs, render
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, offers, sheets
from kith.surfaces.web.settings.sheets import Box

EXPIRIES = ("30", "90", "365", "")


@web.page
def home(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The first page of the settings: my profile, and on a phone the tree alone."""
    return _profile(request, ctx)


@web.page
def show_profile(request: HttpRequest, ctx: Context) -> HttpResponse:
    return _profile(request, ctx)


def _profile(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Name, language and time zone go through the one write path; theme and row height are the screen's alone."""
    firm = directory(ctx.schema.version).company
    boxes = (
        Box("name", "text", _("Your name"), auto="name"),
        Box("language", "select", _("Language"), offers.languages(), none=_("As the browser says")),
        Box(
            "time_zone",
            "select",
            _("Time zone"),
            offers.zones(),
            none=_("As the company: %(zone)s") % {"zone": firm.time_zone},
        ),
        Box("theme", "select", _("Theme"), [("light", _("Light")), ("dark", _("Dark"))], none=_("As the system")),
        Box("density", "select", _("Row height"), [("compact", _("Compact")), ("roomy", _("Roomy"))], none=_("Normal")),
    )
    if request.method == "POST":
        values = sheets.read(boxes, request.POST)
        try:
            profile.edit(ctx, values)
        except Invalid as error:
            shown = sheets.sheet(boxes, values, error)
            return frame.reply(request, ctx, "settings-profile", "profile", {"sheet": shown}, 422)
        prefs.put(request, {name: values[name] for name in ("theme", "density") if values[name] in prefs.PLAIN[name]})
        frame.said(request, _("Profile saved"))
        return frame.go("settings-profile")
    user: Any = request.user
    held = {"name": user.name, "language": user.language, "time_zone": user.time_zone, **prefs.held(request)}
    return frame.reply(request, ctx, "settings-profile", "profile", {"sheet": sheets.sheet(boxes, held)})


@require_safe
@web.page
def security(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Password, authenticator, passkeys and recovery codes: what there is, and where each is changed."""
    rows = list(Authenticator.objects.filter(user_id=request.user.pk).order_by("created_at"))
    held: dict[str, list[Any]] = {}
    for row in rows:
        held.setdefault(row.type, []).append(row)
    codes = held.get(Authenticator.Type.RECOVERY_CODES, [])
    values = {
        "totp": next(iter(held.get(Authenticator.Type.TOTP, [])), None),
        "passkeys": held.get(Authenticator.Type.WEBAUTHN, []),
        "codes": len(codes[0].wrap().get_unused_codes()) if codes else 0,
        "has_factor": bool(held.keys() - {Authenticator.Type.RECOVERY_CODES}),
    }
    return frame.reply(request, ctx, "settings-security", "security", values)


@require_safe
@web.page
def show_sessions(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Where I am signed in."""
    user: Any = request.user
    sessions.seen(user.pk, request.session.session_key, request.META.get("HTTP_USER_AGENT", ""), _address(request))
    rows = [
        {
            "row": row,
            "device": " · ".join(filter(None, sessions.device(row.agent))) or _("Unknown browser"),
            "phone": sessions.device(row.agent)[1] in ("iPhone", "Android", "iPad"),
            "here": row.key == request.session.session_key,
            "began": render.moment(row.began_at, ctx),
            "seen": render.moment(row.seen_at, ctx),
        }
        for row in sessions.of(user)
    ]
    return frame.reply(request, ctx, "settings-sessions", "sessions", {"rows": rows})


@require_POST
@web.page
def end_sessions(request: HttpRequest, ctx: Context) -> HttpResponse:
    """End one of my sessions (``id``), or all but this one."""
    user: Any = request.user
    number = request.POST.get("id", "")
    if number.isdecimal() and len(number) < 18:
        count = sessions.end(user, [int(number)])
    else:
        count = sessions.end_others(user, request.session.session_key)
    frame.said(request, ngettext("%(count)s session ended", "%(count)s sessions ended", count) % {"count": count})
    return frame.go("settings-sessions")


@web.page
def show_tokens(request: HttpRequest, ctx: Context) -> HttpResponse:
    """My tokens, and for who administers those of everybody; POST makes one and shows its secret, this once."""
    boxes = _token_boxes(ctx)
    if request.method != "POST":
        return _tokens(request, ctx, sheets.sheet(boxes, {"scope": "read", "expires": "365"}))
    values = sheets.read(boxes, request.POST)
    try:
        made = keys.make(ctx, values["name"], values["scope"], values["objects"], _expiry(values["expires"]))
    except Invalid as error:
        return _tokens(request, ctx, sheets.sheet(boxes, values, error), status=422, is_open=True)
    response = _tokens(request, ctx, sheets.sheet(boxes, {"scope": "read", "expires": "365"}), made=made)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@web.page
def revoke(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Into the bin, where a token opens nothing; the undo takes it out again."""
    done = writing.delete(ctx, ctx.schema[tokens.OBJECT], id)
    frame.said(request, _("Token revoked"), done.event)
    return frame.go("settings-tokens")


def _token_boxes(ctx: Context) -> tuple[Box, ...]:
    scopes = [("read", _("Read")), ("write", _("Read and write"))]
    if keys.may_administer(ctx):
        scopes.append(("admin", _("Administer: also people, roles and settings")))
    expiries = [(days, _("In %(count)s days") % {"count": days} if days else _("Never")) for days in EXPIRIES]
    return (
        Box("name", "text", _("What it is for"), hint=_("So that you know it again, as in “Website form”")),
        Box("scope", "select", _("May at most"), scopes),
        Box("expires", "select", _("Ends"), expiries),
        Box(
            "objects",
            "ticks",
            _("Only for"),
            [(spec.name, spec.label_many) for spec in keys.offered(ctx)],
            hint=_("Nothing ticked: all that you may see"),
            optional=True,
        ),
    )


def _expiry(days: str) -> datetime | None:
    """The end of the day that many days from now."""
    if not days.isdecimal() or len(days) > 5:
        return None
    day: date = dates.now().date() + timedelta(days=int(days))
    return datetime.combine(day, time(23, 59, 59), UTC)


def _tokens(
    request: HttpRequest,
    ctx: Context,
    sheet: sheets.Sheet,
    *,
    made: Any = None,
    status: int = 200,
    is_open: bool = False,
) -> HttpResponse:
    spec = ctx.schema[tokens.OBJECT]
    everybody = keys.may_administer(ctx) and "all" in request.GET
    where: Tree = ALL if everybody else Is("user", "eq", str(ctx.actor.user))
    found = read.rows(ctx, spec, Query(where, ("-created_at",), limit=200, count=False))
    names = {one.name: one for one in found.fields}
    now = dates.now()
    rows = [
        {
            "id": row.id,
            "name": row["name"],
            "user": found.title(names["user"], row["user"]),
            "scope": render.writer(ctx, found, names["scope"])(row["scope"]),
            "objects": row["objects_allowed"].replace(",", ", ") if row["objects_allowed"] else "",
            "expires": render.writer(ctx, found, names["expires_at"])(row["expires_at"]),
            "ended": row["expires_at"] is not None and row["expires_at"] <= now,
            "used": render.writer(ctx, found, names["last_used_at"])(row["last_used_at"]),
            "is_new": made is not None and row.id == made.token.pk,
        }
        for row in found.rows
    ]
    values = {
        "rows": rows,
        "sheet": sheet,
        "made": made,
        "everybody": everybody,
        "may_all": keys.may_administer(ctx),
        "is_open": is_open,
    }
    return frame.reply(request, ctx, "settings-tokens", "tokens", values, status)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")
