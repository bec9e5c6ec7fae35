"""A Django project of five views, to try the server on its own: ``python standin.py PORT`` serves it until SIGTERM."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Iterator

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from kith.app import server, serving

MAX_BODY = 6_000_000


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


def echo(request: HttpRequest) -> JsonResponse:
    """The length and digest of the body, and what the server made of the head."""
    digest = hashlib.sha256()
    length = 0
    while piece := request.read(65_536):
        digest.update(piece)
        length += len(piece)
    head = {
        name: value
        for name, value in request.META.items()
        if name.startswith("HTTP_") or name in {"CONTENT_LENGTH", "REMOTE_ADDR"}
    }
    return JsonResponse(
        {"length": length, "digest": digest.hexdigest(), "head": head, "path": request.path, "scheme": request.scheme}
    )


def large(request: HttpRequest) -> StreamingHttpResponse:
    """Forty megabytes, a piece at a time, as an export is."""
    return StreamingHttpResponse(b"x" * 40_000 for _ in range(1_000))


def half(request: HttpRequest) -> StreamingHttpResponse:
    """An answer that breaks when half of it is sent."""

    def pieces() -> Iterator[bytes]:
        yield b"x" * 2_000_000
        raise RuntimeError("in the middle")

    return StreamingHttpResponse(pieces())


async def events(request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "event: first\ndata: 1\n\n"
        for _ in range(600):
            await asyncio.sleep(0.1)
            yield ": still here\n\n"

    return StreamingHttpResponse(pieces(), content_type="text/event-stream")


urlpatterns = [path("hello", hello), path("echo/<path:rest>", lambda request, rest: echo(request)), path("echo", echo)]
urlpatterns += [path("large", large), path("half", half), path("events", events)]


def build(lifeline: int) -> server.ASGI:
    return server.mix(WSGIHandler(), ASGIHandler(), threads=4, max_body=MAX_BODY, grace=GRACE, lifeline=lifeline)


GRACE = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0

if __name__ == "__main__":
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="-" * 50,
        MIDDLEWARE=[],
        USE_TZ=True,
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        LOGGING_CONFIG=None,
    )
    django.setup(set_prefix=False)
    serving.run(build, "127.0.0.1", int(sys.argv[1]))
