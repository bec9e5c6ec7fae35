"""Names of columns made comparable, and the words by which fields are called in files of unknown origin.

Two marks are kept before everything else falls away, since they carry structure: the `` - `` of Pipedrive and Google
(as ``~``) and the ``.id`` of Zoho (as ``#``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_words: set[str] = set()


@lru_cache(maxsize=8192)
def normal(header: str) -> str:
    """A header for comparing: case, accents, spaces and signs gone. ``"Deal - ID *"`` is ``"deal~id"``."""
    text = unicodedata.normalize("NFKC", header).strip().casefold().rstrip("*").strip()
    text = re.sub(r"\.id$", "#", text).replace(" - ", "~").replace("&", "and")
    text = unicodedata.normalize("NFD", text)
    return "".join(
        letter for letter in text if letter in "~#" or (letter.isalnum() and unicodedata.category(letter) != "Mn")
    )


def know(words: set[str]) -> None:
    """Tell the reader of headers words that name columns, in their normal form."""
    _words.update(words)


def known_word(cell: str) -> bool:
    """Whether this cell is the name of a column, as far as any profile knows."""
    return len(cell) < 100 and normal(cell) in _words
