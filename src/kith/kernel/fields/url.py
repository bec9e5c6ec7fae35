"""The address of a page on the web."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale

LONGEST: Final = 2000
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?!\d{1,5}(?:[/?#]|$))", re.IGNORECASE)  # "host:8080" has none
_WEB = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[^\s\x00-\x20\x7f/?#\\@:\[\]<>\"'`{}|^%,;!$&()*+=~]{1,253})"
    r"(?::(?P<port>\d{1,5}))?"
    r"(?P<rest>(?:[/?#][^\s\x00-\x20\x7f<>\"\\]*)?)",
    re.IGNORECASE,
)


@field_type
class Url(Text):
    """A link to a page. Only ``http`` and ``https``: any other scheme could run a program in the reader's browser.

    ``example.com`` is read as ``https://example.com``. A name and password before the host are refused: they hide where
    a link leads, and a CRM is no place to keep them.
    """

    name, icon = "url", "world"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        if raw is not None and not isinstance(raw, str):
            raise _not_a_url()
        text = super().parse(field, raw, locale)
        return normal(text) if text else None

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        """Without what goes without saying: ``example.com/prices``."""
        shown = re.sub(r"^https?://", "", value or "")
        return shown[:-1] if shown.count("/") == 1 and shown.endswith("/") else shown

    def form_widget(self, field: Field) -> str:
        return "url"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": field.max_length or LONGEST}

    def sample(self, field: Field, random: random.Random) -> str:
        return f"https://harbour-{random.randrange(10**4)}.example/prices?lang=en"

    def check(self, field: Field, value: Any) -> None:
        super().check(field if field.max_length else field.with_(max_length=LONGEST), value)


def normal(typed: str) -> str:
    """The address with its scheme, scheme and host in small letters. Raises :class:`Unreadable`."""
    whole = f"https:{typed}" if typed.startswith("//") else typed if _SCHEME.match(typed) else f"https://{typed}"
    found = _WEB.fullmatch(whole)
    if found is None or int(found["port"] or 1) not in range(1, 65536):
        raise _not_a_url()
    host = found["host"].lower()
    if host.startswith((".", "-")) or ".." in host or (whole is not typed and not _looks_public(host)):
        raise _not_a_url()
    port = f":{int(found['port'])}" if found["port"] else ""
    return f"{found['scheme'].lower()}://{host}{port}{found['rest']}"


def _looks_public(host: str) -> bool:
    """A word alone ("none", "tbd") is no address unless somebody wrote the scheme before it."""
    return "." in host.strip(".") or host == "localhost" or host.startswith("[")


def _not_a_url() -> Unreadable:
    return Unreadable("not_a_url", gettext_noop("Expected a web address, as in https://example.com"))
