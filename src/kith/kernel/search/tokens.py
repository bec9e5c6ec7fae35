"""Words as the index keeps them and as a query asks for them.

Every engine gets the same tokens, made here: Latin words folded, Chinese as pairs of characters and by sound (pinyin
and its initials, from each syllable on), phone numbers from each of their digits on. A query token matches what
begins with it, so a fragment of a number or the middle of a Chinese name is found without a scan.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import filterfalse
from typing import Final

from kith.kernel.kit.han import has_han, spoken
from kith.kernel.kit.text import bigrams, fold

LONGEST: Final = 60
MOST: Final = 1500
FEW: Final = 250
"""Letters that never give too many tokens, even of Chinese: so the order is no matter, and plain texts go at once."""
SYLLABLES: Final = 14
SHORTEST_FRAGMENT: Final = 3
_PHONE = re.compile(r"[\d\s+()./\-]+")
_NO_DIGIT = re.compile(r"\D")
_RUNS = re.compile(r"\+?\d[\d ()./\-]{4,}\d")  # one number on one line


def of_texts(texts: Iterable[str]) -> list[str]:
    """The tokens of a record's texts, each once."""
    given, found = list(filter(None, texts)), dict[str, None]()
    if sum(map(len, given)) <= FEW:
        found = _of_text.__wrapped__("\n".join(filter(str.isascii, given)))
        given = list(filterfalse(str.isascii, given))
    for text in given:
        found.update(_of_text(text))
        if len(found) >= MOST:
            return list(found)[:MOST]
    return list(found)


@lru_cache(maxsize=4096)
def _of_text(text: str) -> dict[str, None]:
    """Each once, in order. Kept for the texts just seen: a company's name comes back with each of its people."""
    tokens = pairs = bigrams(text)
    if has_han(text):
        tokens = [*pairs, *(one[-1] for one in pairs if has_han(one) and len(one) == 2), *_sounds(text)]
    for digits in dict.fromkeys([_NO_DIGIT.sub("", run) for run in _RUNS.findall(text)]):
        tokens += [digits[at:] for at in range(len(digits) - SHORTEST_FRAGMENT + 1)]
    return dict.fromkeys([token[:LONGEST] for token in tokens])


def _sounds(text: str) -> Iterator[str]:
    """Pinyin and initials of each run of Han characters, from each syllable on, so that 云栖 in 上海云栖 is found as
    "yunqi"; once more as a name, where its family name then sounds otherwise.
    """
    folded = fold(text)
    plain, named = spoken(folded), spoken(folded, name=True)
    yield from _of_sounds(plain)
    if named != plain:
        yield from _of_sounds(named)


def _of_sounds(pieces: Iterable[tuple[str, bool]]) -> Iterator[str]:
    run: list[str] = []
    for piece, is_han in (*pieces, ("", False)):
        if is_han:
            run.append(piece)
            continue
        if piece.strip() == "" and piece:
            continue
        for at in range(min(len(run), SYLLABLES)):
            yield "".join(run[at : at + SYLLABLES])
            yield "".join([one[0] for one in run[at : at + SYLLABLES] if one])
        run = []


def of_query(text: str) -> list[str]:
    """The tokens that a document must all have, each as the beginning of one of its own; at most ten."""
    if _PHONE.fullmatch(text):
        digits = _NO_DIGIT.sub("", text).lstrip("0")
        return [digits[:LONGEST]] if digits else []
    return [token[:LONGEST] for token in dict.fromkeys(bigrams(text))][:10]


def of_object(name: str) -> str:
    """The token that every document of an object has."""
    return f"obj{name.replace('_', '')}"


def scope(column: str, value: uuid.UUID | None) -> str:
    """The token of an owner or a team: ``owner_id`` gives ``own…``. "" for nobody."""
    return f"{column[:3]}{value.hex}" if value else ""
