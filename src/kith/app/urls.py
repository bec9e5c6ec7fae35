"""Every address of the site: health, sign-in, the API, and the pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from kith.app import health


def closed(request: HttpRequest, *_parts: Any) -> HttpResponse:
    """A page of allauth that Kith does without: nobody signs up, and addresses are an administrator's to change."""
    raise Http404


urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include("kith.surfaces.rest.urls")),
    # Before allauth's own, of which the first match counts. Names stay with allauth, which asks for them.
    re_path(r"^accounts/(signup|email|confirm-email|password/set|login/code)/", closed),
    path("accounts/2fa/", RedirectView.as_view(pattern_name="settings-security")),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="settings-security")),
    path("accounts/", include("allauth.urls")),
    path("", include("kith.surfaces.web.urls")),
]

handler400 = "kith.app.errors.bad_request"
handler403 = "kith.app.errors.forbidden"
handler404 = "kith.app.errors.missing"
handler500 = "kith.app.errors.broken"
