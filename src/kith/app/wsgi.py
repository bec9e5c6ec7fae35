"""``kith.app.wsgi:application``: for web processes behind a buffering proxy on many machines. No event stream here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kith.app.settings")
_django = get_wsgi_application()

from kith.app import config  # noqa: E402
from kith.app.databases import use_pool  # noqa: E402
from kith.app.peers import client_address  # noqa: E402

_settings = config.current()
_scheme = urlsplit(_settings.base_url).scheme
_trusted = _settings.trusted_proxies
use_pool(_settings.threads)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's handler, told the scheme and the caller as the settings know them."""
    environ["wsgi.url_scheme"] = _scheme
    if _trusted:
        environ["REMOTE_ADDR"] = client_address(
            environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", ""), _trusted
        )
    return _django(environ, start_response)
