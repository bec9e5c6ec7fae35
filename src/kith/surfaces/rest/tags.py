"""Entity tags (RFC 9110): the version of a record in quotes, and what ``If-Match`` and ``If-None-Match`` say of it."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kith.surfaces.rest.problems import parameter

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}\s*(?:,\s*{_TAG.pattern}\s*)*")
NEVER: Final = 0  # no record has this version


def tag(version: int) -> str:
    return f'"{version}"'


def expected(request: HttpRequest) -> tuple[int, ...] | None:
    """The versions that ``If-Match`` allows; ``None`` for any. Raises a 400 for a weak tag: it guards no write."""
    given = request.META.get("HTTP_IF_MATCH")
    if given is None or given.strip() == "*":
        return None
    found = _read("If-Match", given)
    if any(weak for weak, _opaque in found):
        raise parameter("If-Match", "weak_tag", _("A weak tag (W/) cannot guard a write; send the ETag as you got it."))
    return tuple(
        int(opaque) if opaque.isascii() and opaque.isdigit() and len(opaque) < 16 else NEVER for _weak, opaque in found
    )


def unchanged(request: HttpRequest, current: str) -> bool:
    """Whether ``If-None-Match`` names what the caller would get; ``current`` is the tag with its quotes."""
    given = request.META.get("HTTP_IF_NONE_MATCH")
    if given is None:
        return False
    return given.strip() == "*" or any(f'"{opaque}"' == current for _weak, opaque in _read("If-None-Match", given))


def _read(header: str, given: str) -> list[tuple[str, str]]:
    if len(given) > 2_000 or not _LIST.fullmatch(given):
        raise parameter(
            header, "bad_tag", _('%(header)s is “*” or a list of tags in quotes, as in "3".') % {"header": header}
        )
    return _TAG.findall(given)
