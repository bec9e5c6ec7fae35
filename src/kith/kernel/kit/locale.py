"""The locale in which a value is typed and shown: language, time zone, region, currency, the first day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from babel import localedata


@dataclass(frozen=True, slots=True)
class Locale:
    """How one person reads and writes values. ``region`` is the two-letter country for phone numbers typed
    without one.
    """

    language: str = "en"
    time_zone: str = "UTC"
    region: str = "US"
    currency: str = "USD"
    week_start: int = 0  # 0 is Monday
    fiscal_start: int = 1  # the month in which the fiscal year begins

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def babel(self) -> str:
        """The locale's name in Babel's spelling: ``zh_Hans_CN``, ``en_US``; without the region where Babel has no such
        pair.
        """
        return _known("zh_Hans" if self.language.startswith("zh") else self.language[:2], self.region)


@cache
def _known(language: str, region: str) -> str:
    """A reader of English may live in Shanghai: Babel knows no ``en_CN`` and would refuse to write a number."""
    for name in (f"{language}_{region}", language):
        if localedata.exists(name):
            return name
    return "en"


NEUTRAL = Locale()
"""For machines: REST, imports of our own exports, the JSON store."""
