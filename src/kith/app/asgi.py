"""``kith.app.asgi:application``: the mix of :mod:`kith.app.server`, for any ASGI server."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kith.app.settings")
django.setup(set_prefix=False)

from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from kith.app import config, server  # noqa: E402
from kith.app.databases import use_pool  # noqa: E402


def build(lifeline: int | None = None) -> server.ASGI:
    """The application as the settings say; ``lifeline`` as in :func:`kith.app.server.mix`."""
    settings = config.current()
    use_pool(settings.threads)
    return server.mix(
        WSGIHandler(),
        ASGIHandler(),  # type: ignore[arg-type]  # the same shape in narrower words
        threads=settings.threads,
        max_body=settings.max_body,
        scheme=urlsplit(settings.base_url).scheme,
        trusted=settings.trusted_proxies,
        lifeline=lifeline,
    )


def __getattr__(name: str) -> server.ASGI:
    """``application`` is made when a server asks for it, so that ``build`` can be used without a second pool of
    threads.
    """
    if name != "application":
        raise AttributeError(name)
    application = build()
    globals()["application"] = application
    return application
