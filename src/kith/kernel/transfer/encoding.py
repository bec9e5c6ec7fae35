"""Which encoding a text file is in, from all of its bytes. Never a silent guess: what was guessed says so.

UTF-8 refuses what is not UTF-8, so it comes first. The Chinese encodings and the Western ones accept each other's
bytes; they are told apart by how the bytes above 127 stand: pair after pair of everyday characters (Chinese), or
alone between letters (Western).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kith.kernel.kit.errors import Unreadable, gettext_noop

BLOCK: Final = 1 << 16
SAMPLE: Final = 1 << 20
"""Bytes above 127 are looked at one by one up to here; that is some ten thousand lines."""

BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "big5", "cp1252")
"""What is found by itself. A person may name any other that Python knows."""

COMMON: Final = 0.6
"""The share of everyday characters from which on a text is Chinese."""

_PAIRS: Final = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe])+")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The name that Python knows it by. ``sure`` is false for a guess, which a person should look at."""

    name: str
    sure: bool = True


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text file. Raises :class:`Unreadable` where none fits or it is no text at all."""
    with path.open("rb") as file:
        head = file.read(4096)
        for bom, name in BOMS:
            if head.startswith(bom):
                return Encoding(name)
        if name := _without_bom(head):
            return Encoding(name)
        file.seek(0)
        if _decodes(_blocks(file), "utf-8"):
            return Encoding("utf-8")
        file.seek(0)
        sample = b"".join(one for one, _number in zip(_blocks(file), range(SAMPLE // BLOCK), strict=False))
        for name in _likely(sample):
            file.seek(0)
            if _decodes(_blocks(file), name):
                return Encoding(name, sure=False)
    raise Unreadable(
        "unknown_encoding", gettext_noop("The encoding of this file was not recognised; save it as UTF-8 and try again")
    )


def named(encoding: str) -> str:
    """The name of an encoding that a person chose, as Python spells it. Raises :class:`Unreadable`."""
    try:
        found = codecs.lookup(encoding)
    except LookupError as error:
        raise Unreadable(
            "unknown_encoding", gettext_noop("There is no encoding “%(name)s”"), name=encoding[:40]
        ) from error
    if not getattr(found, "_is_text_encoding", True):
        raise Unreadable("unknown_encoding", gettext_noop("There is no encoding “%(name)s”"), name=encoding[:40])
    return found.name


def _blocks(file: object) -> Iterator[bytes]:
    read = file.read  # type: ignore[attr-defined]
    while block := read(BLOCK):
        yield block


def _decodes(blocks: Iterator[bytes], name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _without_bom(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin text is NUL."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 8 or even + odd < len(head) // 5:
        return ""
    return "utf-16-le" if odd > even * 4 else "utf-16-be" if even > odd * 4 else ""


def _likely(sample: bytes) -> list[str]:
    """The candidates, the likeliest first."""
    runs = [found[0] for found in _PAIRS.finditer(sample)]
    pairs = [(run[at], run[at + 1]) for run in runs for at in range(0, len(run), 2)]
    if not pairs:
        return ["cp1252"]
    together = sum(len(run) // 2 for run in runs if len(run) >= 4) / len(pairs)
    simple = sum(0xB0 <= one <= 0xD7 and two >= 0xA1 for one, two in pairs) / len(pairs)
    traditional = sum(0xA4 <= one <= 0xC6 and (two >= 0xA1 or two <= 0x7E) for one, two in pairs) / len(pairs)
    if max(simple, traditional) < COMMON or together < 0.5:
        return ["cp1252"]
    return ["gb18030", "big5"] if simple >= traditional else ["big5", "gb18030"]
