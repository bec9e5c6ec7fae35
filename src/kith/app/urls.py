"""Every address of the site: health, sign-in, the API, and the pages."""

from __future__ import annotations

from django.urls import include, path

from kith.app import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include("kith.surfaces.rest.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("kith.surfaces.web.urls")),
]

handler400 = "kith.app.errors.bad_request"
handler403 = "kith.app.errors.forbidden"
handler404 = "kith.app.errors.missing"
handler500 = "kith.app.errors.broken"
