"""Static files straight from the folders of the apps: names with a digest, cached for ever, compressed.

The digest of every file is made at start (3 MB take 5 ms), so an installed package is served as it is, without
``collectstatic``, a second copy of every file, or a stamp that can be wrong. A sibling ``x.js.br`` or ``x.js.gz`` that
the build made is sent to whoever accepts it; without one, a gzip copy is kept in ``DIR/static`` under the digest.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.base import WhiteNoise
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

_COMPRESSIBLE = frozenset(
    {".css", ".js", ".mjs", ".svg", ".json", ".html", ".txt", ".map", ".webmanifest", ".ico", ".ttf"}
)
_COMPRESS_FROM = 1_000  # bytes
_BUILT = re.compile(r"-[A-Z0-9]{8}\.[a-z0-9]+$")  # esbuild's chunks: their names change with their content
_FOREVER = "max-age=315360000, public, immutable"
_SHORT = "max-age=60, public"


@cache
def sources() -> dict[str, str]:
    """Name below ``/static/`` -> path on disk, of every file of every app; compressed siblings left out."""
    found: dict[str, str] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            found.setdefault(f"{prefix}/{name}" if prefix else name.replace(os.sep, "/"), storage.path(name))
    return {name: path for name, path in found.items() if not (name.endswith((".gz", ".br")) and name[:-3] in found)}


@cache
def digest(path: str) -> str:
    """Twelve hex digits of the file's content."""
    return blake2b(Path(path).read_bytes(), digest_size=6).hexdigest()


def hashed(name: str, path: str) -> str:
    """``app.css`` -> ``app.3f9a0b1c2d4e.css``."""
    pure = PurePosixPath(name)
    return str(pure.with_name(f"{pure.stem}.{digest(path)}{pure.suffix}"))


class HashedNames(StaticFilesStorage):
    """What ``{% static %}`` writes. An unknown name is written as it is: a missing icon must not cost the page."""

    def url(self, name: str | None) -> str:
        path = sources().get(name or "")
        return super().url(hashed(name, path) if name and path else name)


def serve(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer ``/static/…`` from the table made at start; hand everything else on (one look-up in a dict)."""
    table = dict(_table(settings.STATIC_URL))

    def middleware(request: HttpRequest) -> HttpResponseBase:
        file = table.get(request.path_info)
        if file is None:
            return get_response(request)
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(file, request)
        return response

    return middleware


def _table(prefix: str) -> Iterator[tuple[str, StaticFile]]:
    types = WhiteNoise(None)
    for name, path in sources().items():
        kept = _FOREVER if _BUILT.search(name) else _SHORT
        yield f"{prefix}{name}", _static_file(types, path, kept)  # for what CSS and modules name themselves
        yield f"{prefix}{hashed(name, path)}", _static_file(types, path, _FOREVER)


def _static_file(types: Any, path: str, cache_control: str) -> StaticFile:
    kind = types.media_types.get_type(path)
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    headers = [("Content-Type", f"{kind}{charset}"), ("Cache-Control", cache_control)]
    return StaticFile(path, headers, encodings={"br": f"{path}.br", "gzip": _gzipped(path)})


@cache
def _gzipped(path: str) -> str:
    """The path of the gzip copy: the build's, else one of ours, made when this content is first seen."""
    built = f"{path}.gz"
    if os.path.exists(built) or Path(path).suffix not in _COMPRESSIBLE or os.path.getsize(path) < _COMPRESS_FROM:
        return built
    kept = Path(settings.KITH_DATA) / "static" / f"{digest(path)}.gz"
    if not kept.exists():
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(gzip.compress(Path(path).read_bytes(), 9, mtime=0))
        os.replace(made, kept)  # two processes may both make it; either copy is right
    return str(kept)
