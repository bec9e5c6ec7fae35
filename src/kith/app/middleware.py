"""The few steps round every request. Each is measured (see ``docs/architecture.md``): together they must cost under
0.15 ms.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from kith.app import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEALTH = ("/healthz", "/readyz")  # asked by address, not by name
_COMPRESS_FROM = 1_400  # bytes; less fits in one packet anyway

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def frame(get_response: GetResponse) -> GetResponse:
    """Request id, known host, security headers, ``no-store`` for people who are signed in, gzip of pages.

    One function in the place of SecurityMiddleware, CommonMiddleware, XFrameOptionsMiddleware and GZipMiddleware, since
    each Django middleware costs 10 to 20 microseconds even when it has nothing to do. ``request.request_id`` is set for
    everybody below.
    """
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    cookie = settings.SESSION_COOKIE_NAME

    def middleware(request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        given = meta.get("HTTP_X_REQUEST_ID", "")
        number = given if given and _ID.fullmatch(given) else secrets.token_hex(8)
        request.request_id = number  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()  # threads are used again, and so is their context
        structlog.contextvars.bind_contextvars(request=number)
        response = get_response(request) if _host_is_known(request) else errors.unknown_host(request)
        for name, value in headers.items():
            if name not in response.headers:
                response.headers[name] = value
        response.headers["X-Request-ID"] = number
        # Whoever brings or is given a session or a token reads private answers; asking `request.user` would cost two
        # queries.
        if "Cache-Control" not in response.headers and (
            cookie in request.COOKIES or cookie in response.cookies or "HTTP_AUTHORIZATION" in meta
        ):
            response.headers["Cache-Control"] = "no-store"
        if "gzip" in meta.get("HTTP_ACCEPT_ENCODING", "") and response.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            _compress(response)
        return response

    return middleware


def reader(get_response: GetResponse) -> GetResponse:
    """Language and time zone of whoever reads: the user's own when signed in, else the browser's language and the
    house's zone.

    The user is looked at only when there is a session cookie, so that calls with a token touch no session.
    """
    cookie = settings.SESSION_COOKIE_NAME

    def middleware(request: HttpRequest) -> HttpResponseBase:
        language = zone = ""
        if cookie in request.COOKIES:
            user = request.user  # lazy: two queries, which the page needs anyway
            language, zone = getattr(user, "language", "") or "", getattr(user, "time_zone", "") or ""
        spoken = language or translation.get_language_from_request(request)
        with translation.override(spoken), timezone.override(zone or None):
            request.LANGUAGE_CODE = spoken
            response = get_response(request)
        if (
            isinstance(response, StreamingHttpResponse)
            and not response.is_async
            and not isinstance(response, FileResponse)
        ):
            response.streaming_content = _spoken(response.streaming_content, spoken, zone)
        if "Content-Language" not in response.headers:
            response.headers["Content-Language"] = spoken
        if not language:
            patch_vary_headers(response, ("Accept-Language",))
        return response

    return middleware


class ContentPolicy(CSPMiddleware):
    """django-csp, with the usual header made once: building it from the settings for every answer costs 0.08 ms."""

    @cached_property
    def usual(self) -> str:
        """The header of an answer that uses no nonce and asks for no exception."""
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "_csp_nonce", None) is None and not any(
            name.startswith("_csp_") for name in vars(response)
        ):
            if HEADER not in response.headers:
                response.headers[HEADER] = self.usual
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


def _host_is_known(request: HttpRequest) -> bool:
    meta = request.META
    domain, _port = split_domain_port(meta["HTTP_HOST"] if "HTTP_HOST" in meta else meta.get("SERVER_NAME", ""))
    return request.path_info in _HEALTH or (bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS))


def _spoken(chunks: Any, language: str, zone: str) -> Iterator[bytes]:
    """The parts of an answer that is made while it is sent, in the language it was asked in."""
    with translation.override(language), timezone.override(zone or None):
        yield from chunks


def _compress(response: Any) -> None:
    """gzip a page in place. Random padding hides the length of secrets in it from whoever can watch sizes (BREACH)."""
    patch_vary_headers(response, ("Accept-Encoding",))
    if (
        not isinstance(response, HttpResponse)
        or "Content-Encoding" in response.headers
        or len(response.content) < _COMPRESS_FROM
    ):
        return
    response.content = compress_string(response.content, max_random_bytes=100)
    response.headers["Content-Encoding"] = "gzip"
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    if (etag := response.headers.get("ETag", "")).startswith('"'):
        response.headers["ETag"] = f"W/{etag}"
