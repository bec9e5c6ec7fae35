"""Internet domains of an organisation: one (the primary) and several."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, field_type
from kith.kernel.fields.points import Point, Points, PointsField
from kith.kernel.fields.text import Text
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

LONGEST: Final = 190
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DOMAIN = re.compile(r"(?!-)[^\s/@:?#,;()<>\"']+\.[^\s/@:?#,;()<>\"'.]{2,}")


def domain(typed: str) -> str:
    """The domain in an address of the web or of mail, without ``www.``, in small letters.

    Raises :class:`Unreadable`.
    """
    text = _SCHEME.sub("", clean(typed).strip())
    host = re.split(r"[/?#]", text, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    found = host.strip(". ").casefold().removeprefix("www.")
    if not _DOMAIN.fullmatch(found):
        raise Unreadable(
            "not_a_domain", gettext_noop("Expected a domain as in company.com; found “%(found)s”"), found=typed[:60]
        )
    return found


@field_type
class Domains(Points):
    """Several domains. ``https://www.Company.com/about`` and ``info@company.com`` are read as ``company.com``."""

    name, icon, point_kind, longest = "domains", "world", "domain", LONGEST

    def read_one(self, typed: str, locale: Locale) -> Point:
        found = domain(typed)
        return Point(found, found)

    def sample(self, field: Field, random: random.Random) -> tuple[Point, ...]:
        word = f"harbour{random.randrange(10**6)}.example"
        return (Point(word, word, "", primary=True),)


@field_type
class Domain(Text):
    """The primary domain; writing it puts it first among ``domains``."""

    name, icon = "domain", "world"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> str | None:
        text = super().parse(field, raw, locale)
        return domain(text) if text else None

    def sample(self, field: Field, random: random.Random) -> str:
        return f"harbour{random.randrange(10**6)}.example"


class DomainsField(PointsField):
    """``domains = DomainsField(_("Domains"), _("Domain"))`` gives an object ``domain`` and ``domains``."""

    type_name, length, personal = "domains", LONGEST, "none"
