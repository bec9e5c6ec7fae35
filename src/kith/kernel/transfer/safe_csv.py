"""Cells that a spreadsheet would take for a formula, made harmless, and back.

A cell is dangerous when its first sign, behind white space, control and zero-width characters and in full-width forms,
too, is one of ``= + - @ | %`` or when it begins with a tab or a line break that a spreadsheet drops. It gets a single
quotation mark in front. So does one that already has the mark before such a sign, and therefore taking exactly one away
brings back what was there: ``unescape(escape(text)) == text`` for every text.
"""

from __future__ import annotations

import unicodedata
from typing import Final

SIGNS: Final = frozenset("=+-@|%")
_LOOK: Final = 64  # characters before the first visible one that are looked through


def escape(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if _runs(text) else text


def unescape(text: str) -> str:
    """The text of such a cell."""
    return text[1:] if text[:1] == "'" and _runs(text) else text


def _runs(text: str) -> bool:
    first = text[:1]
    if first.isalnum() and first.isascii():
        return False  # nearly every cell
    bare = text.lstrip("'")
    if bare[:1] in ("\t", "\r", "\n"):
        return True
    for letter in bare[:_LOOK]:
        if letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf"):
            continue
        return unicodedata.normalize("NFKC", letter)[:1] in SIGNS
    return len(bare) > _LOOK  # nothing but invisible signs: what follows is anybody's guess
