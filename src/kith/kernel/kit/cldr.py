"""From the names by which Django, Babel and our own `Locale` call a language to Babel's locale data."""

from __future__ import annotations

from functools import lru_cache

import babel

from kith.kernel.kit.locale import Locale


def cldr(locale: Locale | str) -> babel.Locale:
    """Babel's data for a locale. A name that nobody knows reads as English: a bad setting must not stop a page."""
    return _cldr(locale if isinstance(locale, str) else locale.babel)


@lru_cache(maxsize=64)
def _cldr(name: str) -> babel.Locale:
    parts = name.replace("-", "_").split("_")
    for count in range(len(parts), 0, -1):
        try:
            return babel.Locale.parse("_".join(parts[:count]))
        except (babel.UnknownLocaleError, ValueError, TypeError):
            continue
    return babel.Locale.parse("en")


def language(locale: Locale | str) -> str:
    """The bare language: "en", "zh"."""
    return _bare(locale if isinstance(locale, str) else locale.language)


@lru_cache(maxsize=64)
def _bare(name: str) -> str:
    return name.replace("_", "-").split("-")[0].lower() or "en"
