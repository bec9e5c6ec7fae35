"""The locale in which a value is typed and shown: language, time zone, region, currency, the first day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Locale:
    """How one person reads and writes values. ``region`` is the two-letter country for phone numbers typed without one."""

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
        """The locale's name in Babel's spelling: ``zh_Hans_CN``, ``en_US``."""
        return f"zh_Hans_{self.region}" if self.language.startswith("zh") else f"{self.language[:2]}_{self.region}"


NEUTRAL = Locale()
"""For machines: REST, imports of our own exports, the JSON store."""
