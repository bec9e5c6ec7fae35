"""Values by which a leak is known: each carries the object, the field and the owner it belongs to."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Canary:
    """A value by which its field and owner are known again. ``needle`` is what to look for in an answer."""

    object: str
    field: str
    owner: str
    needle: str
    wire: Any

    def __str__(self) -> str:
        return f"{self.object}.{self.field} of {self.owner} ({self.needle})"


def candidates(word: str) -> list[tuple[Any, str]]:
    """Forms of a canary, the plainest first; a field takes the first one that it can keep."""
    address = f"{word}@canary.example"
    place = zlib.crc32(word.encode())
    digits, number = f"+4930{place % 10**8:08}", 731_000_000 + place % 999_983
    day = date(2061, 1, 1) + timedelta(days=place % 9973)
    return [
        (word, word),
        ([{"value": address, "kind": "work", "primary": True}], word),
        ([{"value": digits, "kind": "work", "primary": True}], digits.lstrip("+")),
        (f"https://{word.replace('_', '-')}.example/", word.replace("_", "-")),
        ([word], word),
        ({"note": word}, word),
        ({"street": word, "city": word}, word),
        ({"last_name": word}, word),
        ({"amount": f"{number}.00", "currency": "EUR"}, str(number)),
        (number, str(number)),
        (f"{day}", f"{day}"),
        (f"{day}T12:34:56Z", f"{day}"),
    ]


_PLAIN = re.compile(r"[^a-z0-9]+")


def carries(text: str, needle: str) -> bool:
    """Whether ``needle`` stands in the text: words without regard to case and punctuation, numbers and dates as they
    are.
    """
    if needle[:1].isdigit():
        return re.search(rf"(?<![0-9a-f]){re.escape(needle)}(?![0-9a-f])", text) is not None
    return _PLAIN.sub("", needle.lower()) in _PLAIN.sub("", text.lower())


def leaks(text: str, canaries: Iterable[Canary]) -> list[str]:
    """Which of these canaries stand in the text."""
    plain = _PLAIN.sub("", text.lower())
    found = []
    for one in canaries:
        held = (
            _PLAIN.sub("", one.needle.lower()) in plain if not one.needle[:1].isdigit() else carries(text, one.needle)
        )
        if held:
            found.append(str(one))
    return found
