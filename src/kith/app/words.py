"""The words of the command line, in the reader's language, without starting Django (which costs half a second)."""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parents[1] / "locale"


def language() -> str:
    """The language of messages: ``KITH_LANGUAGE``, else that of the terminal; ``en`` or ``zh-hans``."""
    for name in ("KITH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := os.environ.get(name):
            return "zh-hans" if wanted.lower().startswith("zh") else "en"
    return "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    locale = {"zh-hans": "zh_Hans"}.get(language, language)
    return gettext.translation("django", str(LOCALES), languages=[locale], fallback=True)


def _(message: str) -> str:
    """The message in the reader's language; the English of the source when there is no translation."""
    return _catalogue(language()).gettext(message)
