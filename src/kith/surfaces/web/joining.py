"""The two pages on which somebody becomes a user: the first start, and an invitation. Nobody is signed in on either."""

from __future__ import annotations

import base64
from typing import Any, Final

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kith.kernel.accounts import invites
from kith.kernel.accounts import setup as opening
from kith.kernel.accounts.context import system
from kith.kernel.accounts.directory import directory
from kith.kernel.jobs.task import find
from kith.kernel.people import company, joining
from kith.kernel.records import samples
from kith.kernel.records.errors import Invalid
from kith.kernel.schema.load import version
from kith.surfaces.web.settings import offers, sheets
from kith.surfaces.web.settings.company import boxes as company_boxes
from kith.surfaces.web.settings.sheets import Box

HELD: Final = "setup"
"""Where the session of the first start keeps the token and what was typed on the first page."""


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first start in two pages: the company, then its first administrator. Shut as soon as there is a user.

    The token of the link is put into the session, so that it stands in no history and in no header for long. Looking
    uses nothing up.
    """
    if not opening.needed():
        return HttpResponseRedirect(reverse("home")) if request.user.is_authenticated else _dead(request, "setup")
    if token := request.GET.get("token", ""):
        if not opening.check_setup_token(token):
            return _dead(request, "setup")
        request.session[HELD] = {"token": token}
        return HttpResponseRedirect(reverse("setup"))
    held = request.session.get(HELD)
    if not held or not opening.check_setup_token(held.get("token", "")):
        return _dead(request, "setup")
    if "back" in request.GET:
        return _company(request, held, sheets.sheet(company_boxes(), held.get("firm") or _guess(request)))
    if request.method == "POST":
        return _keep_company(request, held) if "country" in request.POST else _finish(request, held)
    if "firm" in held:
        return _person(request, sheets.sheet(_boxes(), {}))
    return _company(request, held, sheets.sheet(company_boxes(), _guess(request)))


def _keep_company(request: HttpRequest, held: dict[str, Any]) -> HttpResponse:
    asked = company_boxes()
    values = sheets.read(asked, request.POST)
    sent = request.FILES.get("logo")
    try:
        joining.try_company(values)
        logo = (
            base64.b64encode(company.drawn(sent.read(company.LARGEST + 1))).decode() if sent else held.get("logo", "")
        )
    except Invalid as error:
        return _company(request, held, sheets.sheet(asked, values, error), status=422)
    request.session[HELD] = {**held, "firm": values, "logo": logo}
    response = HttpResponseRedirect(reverse("setup"))
    chosen = {code for code, _name in settings.LANGUAGES} & {values["language"]}
    if chosen:  # the page goes on in the language that was just chosen
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen.pop(),
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def _finish(request: HttpRequest, held: dict[str, Any]) -> HttpResponse:
    if "firm" not in held:
        return HttpResponseRedirect(reverse("setup"))
    asked = _boxes()
    values = sheets.read(asked, request.POST)
    logo = base64.b64decode(held["logo"]) if held.get("logo") else None
    person = {"name": values["name"], "email": values["email"], "language": held["firm"]["language"]}
    try:
        user = joining.first(held["firm"], logo, person, values["password"])
    except Invalid as error:
        return _person(request, sheets.sheet(asked, values, error), status=422)
    except joining.LinkDead:
        return _dead(request, "setup")
    del request.session[HELD]
    adding = find(samples.ADD)
    if "sample" in request.POST and adding is not None:
        adding.enqueue(system("web"))
    answer: HttpResponse = perform_login(request, user, redirect_url=reverse("home"))
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: name and password, and one is in. GET shows the form and uses nothing up."""
    held = invites.find(token)
    if held is None:
        return _dead(request, "join")
    asked = _boxes(with_email=False)
    values: dict[str, Any] = {"name": held.name}
    error = None
    if request.method == "POST":
        values = sheets.read(asked, request.POST)
        try:
            user = joining.accept(token, values["name"], values["password"], translation.get_language() or "")
        except joining.LinkDead:
            return _dead(request, "join")
        except Invalid as invalid:
            error = invalid
        else:
            logout(request)  # whoever was signed in here is not the one who was asked in
            answer: HttpResponse = perform_login(request, user, redirect_url=reverse("home"))
            return answer
    firm = directory(version()).company
    shown = {"sheet": sheets.sheet(asked, values, error), "company": firm.name, "email": held.email}
    return _private(render(request, "web/join.html", shown, status=422 if error else 200))


def _company(request: HttpRequest, held: dict[str, Any], sheet: sheets.Sheet, *, status: int = 200) -> HttpResponse:
    return _private(
        render(request, "web/setup_company.html", {"sheet": sheet, "has_logo": bool(held.get("logo"))}, status=status)
    )


def _person(request: HttpRequest, sheet: sheets.Sheet, *, status: int = 200) -> HttpResponse:
    return _private(render(request, "web/setup_person.html", {"sheet": sheet}, status=status))


def _dead(request: HttpRequest, kind: str) -> HttpResponse:
    """The same answer whatever was wrong with the link."""
    return _private(render(request, "web/link_dead.html", {"kind": kind}, status=404))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer" if response.status_code == 404 else "same-origin"
    return response


def _boxes(*, with_email: bool = True) -> tuple[Box, ...]:
    email = (Box("email", "email", _("E-mail"), auto="username"),) if with_email else ()
    return (
        Box("name", "text", _("Your name"), auto="name"),
        *email,
        Box(
            "password",
            "password",
            _("Password"),
            hint=_("At least 8 characters; a few words are easy to keep in mind"),
            auto="new-password",
        ),
    )


def _guess(request: HttpRequest) -> dict[str, Any]:
    """What is likely, before anybody typed: the settings of the installation and the language of the page."""
    firm = directory(version()).company
    language = translation.get_language() or firm.language
    land, currency, zone = (
        ("CN", "CNY", "Asia/Shanghai") if language.startswith("zh") else (firm.country, firm.currency, firm.time_zone)
    )
    known = {code for code, _name in offers.languages()}
    return {
        "language": language if language in known else firm.language,
        "country": land,
        "currency": currency,
        "time_zone": zone,
        "fiscal_start": "1",
        "week_start": "0",
    }
