"""Answers to requests that went wrong before or beside a view: short, without internals, in the form the caller reads.

The web floor may bring ``400.html``, ``403.html``, ``404.html`` and ``500.html``; without them these plain pages serve.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.html import format_html
from django.utils.translation import gettext as _

PROBLEM = "application/problem+json"


def problem(status: int, title: str, detail: str = "", request_id: str = "") -> bytes:
    """The body of an RFC 9457 answer."""
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail, "request_id": request_id}
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False).encode()


def unknown_host(request: HttpRequest) -> HttpResponse:
    """The request names a host that this site is not."""
    return _answer(request, 400, _("This site has another address"), _("Use the address that is set in KITH_BASE_URL."))


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Django refused the request: a field too many, a broken upload."""
    return _answer(request, 400, _("This request cannot be read"))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Somebody may not do this."""
    return _answer(request, 403, _("You cannot do this"))


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: an old tab, a blocked cookie, or another site."""
    return _answer(request, 403, _("This page is out of date"), _("Load it again and repeat what you did."))


def missing(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """No such page, or none that this person may see."""
    return _answer(request, 404, _("There is nothing at this address"))


def broken(request: HttpRequest) -> HttpResponse:
    """An error of ours. The log line with the same id has the rest."""
    return _answer(request, 500, _("Something broke on our side. Your data is safe."))


def _answer(request: HttpRequest, status: int, title: str, detail: str = "") -> HttpResponse:
    number = getattr(request, "request_id", "")
    if request.path_info.startswith("/api/"):
        return HttpResponse(problem(status, title, detail, number), status=status, content_type=PROBLEM)
    words = {"status": status, "title": title, "detail": detail, "request_id": number}
    try:
        page = loader.get_template(f"{status}.html").render(words)
    except TemplateDoesNotExist:
        page = format_html(
            "<!doctype html><title>{title}</title><h1>{title}</h1><p>{detail}</p><p><small>{request_id}</small></p>",
            **words,
        )
    return HttpResponse(page, status=status)
