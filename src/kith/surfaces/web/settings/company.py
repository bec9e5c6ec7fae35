"""The workspace: the company and its logo, and whether mail leaves the house."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts import letters
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.accounts.models import Organisation
from kith.kernel.outside import mail
from kith.kernel.people import company
from kith.kernel.records.change import change
from kith.kernel.records.errors import Invalid
from kith.kernel.schema.load import version
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, offers, sheets
from kith.surfaces.web.settings.sheets import Box

WEEK = 7 * 24 * 60 * 60  # seconds


def boxes() -> tuple[Box, ...]:
    """What is asked about the company, here and at the first start."""
    return (
        Box("name", "text", _("Company name"), auto="organization"),
        Box(
            "country",
            "select",
            _("Country"),
            offers.countries(),
            hint=_("Phone numbers without a country code are its own"),
        ),
        Box("language", "select", _("Language"), offers.languages()),
        Box("time_zone", "select", _("Time zone"), offers.zones(), attributes={"data-k-zone": ""}),
        Box(
            "currency",
            "select",
            _("Currency"),
            offers.currencies(),
            hint=_("Sums over several currencies are in this one"),
        ),
        Box("fiscal_start", "select", _("Fiscal year begins in"), offers.months()),
        Box("week_start", "select", _("Week begins on"), offers.weekdays()),
    )


@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The company's record as one form, and its logo."""
    frame.administer(ctx)
    asked = boxes()
    held = directory(ctx.schema.version).company
    if request.method != "POST":
        values = {box.name: getattr(held, box.name) for box in asked}
        return _page(request, ctx, sheets.sheet(asked, values))
    values = sheets.read(asked, request.POST)
    try:
        done = change(ctx, ctx.schema["organisation"], held.id, values)
    except Invalid as error:
        return _page(request, ctx, sheets.sheet(asked, values, error), status=422)
    frame.said(request, _("Company saved"), done.event if held.id else None)
    return frame.go("settings-company")


@require_POST
@web.page
def put_logo(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Take a new logo, or with ``remove`` none."""
    frame.administer(ctx)
    sent = request.FILES.get("logo")
    if "remove" not in request.POST and sent is None:
        return frame.go("settings-company")
    try:
        company.put_logo(ctx, None if "remove" in request.POST else sent.read(company.LARGEST + 1))  # type: ignore[union-attr]
    except Invalid as error:
        asked = boxes()
        held = directory(ctx.schema.version).company
        shown = sheets.sheet(asked, {box.name: getattr(held, box.name) for box in asked})
        return _page(request, ctx, shown, status=422, wrong=web.words(error))
    frame.said(request, _("Logo removed") if "remove" in request.POST else _("Logo saved"))
    return frame.go("settings-company")


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The company's logo for whoever sees the sign-in page; kept by browsers under its ``v``."""
    held = directory(version()).company
    found = company.logo(held.logo)
    if found is None:
        raise Http404
    response = HttpResponse(found, content_type=company.TYPE)
    response.headers["Cache-Control"] = f"private, max-age={WEEK}"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


@web.page
def show_mail(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Where letters go, and a test: it is sent at once, so that what the server says can be shown."""
    frame.administer(ctx)
    values: dict[str, Any] = {
        "leaves": mail.leaves(),
        "host": settings.EMAIL_HOST,
        "port": settings.EMAIL_PORT,
        "sender": settings.DEFAULT_FROM_EMAIL,
        "to": getattr(request.user, "email", ""),
    }
    if request.method != "POST":
        return frame.reply(request, ctx, "settings-mail", "mail", values)
    if not mail.leaves():
        return frame.go("settings-mail")
    try:
        mail.send(values["to"], letters.trial(ctx))
    except Exception as error:  # whatever a mail server and the way to it may come up with, in words
        values["wrong"] = mail.why(error)
        return frame.reply(request, ctx, "settings-mail", "mail", values, 502)
    frame.said(request, _("Test mail sent to %(address)s") % {"address": values["to"]})
    return frame.go("settings-mail")


def _page(
    request: HttpRequest, ctx: Context, sheet: sheets.Sheet, *, status: int = 200, wrong: str = ""
) -> HttpResponse:
    firm = directory(ctx.schema.version).company
    values = {"sheet": sheet, "wrong": wrong, "has_logo": bool(firm.logo), "is_kept": Organisation.objects.exists()}
    return frame.reply(request, ctx, "settings-company", "company", values, status)
