"""The key of a new authenticator as a picture. A view of its own, since the page's policy has no ``data:`` pictures."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import request as web


@require_safe
@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The QR code of the key that this session is about to take on; nothing without one."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise NotFound
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response
