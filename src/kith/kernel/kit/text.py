"""Text as people write it, made fit for storing, finding and sorting; the same on every database.

Folding is for comparing, never for showing: what was typed is kept as it was typed (`clean`).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator
from functools import lru_cache
from uuid import UUID

from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.han import HAN, has_han, spoken

TITLE_KEY = 190
"""Characters of a title key: 191 is the most that every database still indexes whole."""

SLUG = 40
"""Characters of a slug: with the prefix it stays far below the 63 that PostgreSQL allows a name."""

# Letters that no decomposition takes apart, as their readers type them without the key.
_LETTERS = str.maketrans(
    {"đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
    | dict(zip("øłħŧŋıƒĸəɓɗƙ’‘“”‐–—", "olhtnifkebdk''\"\"---", strict=True))
)
_LAST_PLAIN_SCRIPT = "\u052f"  # Latin, Greek and Cyrillic end here; from Armenian on, marks carry meaning
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HALF = re.compile("[\ud800-\udfff]")
_EDGES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace()) + "\u200b\u2060\ufeff"
# Written without spaces: Thai, Lao, Myanmar, Hangul, Khmer, kana, bopomofo, Han.
_RUN = f"\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u318f\uac00-\ud7ff\uff66-\uff9f{HAN}"
_TOKEN = re.compile(f"(?P<run>[{_RUN}]+)|(?:[^\\W_{_RUN}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff])+")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text for comparing: compatibility forms, case and (Latin, Greek, Cyrillic) accents gone, spaces collapsed.

    ``fold("Straße  ＭÜLLER")`` is ``"strasse muller"``. Invisible characters and broken halves vanish; it never raises.
    """
    if text.isascii() and (text.isprintable() or not _CONTROL.search(text)):
        return " ".join(text.lower().split())
    return _just_folded(text) if len(text) <= TITLE_KEY else _folded(text)


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(unicodedata.normalize("NFC", "".join(_bare(folded))).split())


_just_folded = lru_cache(maxsize=4096)(_folded)
"""A name is folded for its key, its words and its sounds, letter by letter: 20 µs each time."""


def bigrams(text: str) -> list[str]:
    """Search tokens in order: folded words, and scripts without spaces as overlapping pairs (联系人: 联系, 系人).

    Full-text engines split at spaces only; pairs make any two characters findable in a Chinese text. A run of one
    character stays one token.
    """
    folded = fold(text)
    if folded.isascii():
        return _WORD.findall(folded)  # a quarter of the time
    tokens: list[str] = []
    for token in _TOKEN.finditer(folded):
        run = token["run"]
        if run is None or len(run) < 2:
            tokens.append(token[0])
        else:
            tokens += [run[at : at + 2] for at in range(len(run) - 1)]
    return tokens


def pinyin(text: str, name: bool = False) -> tuple[str, str]:
    """How Chinese text is typed: the whole and the initials, ("lianxiren", "lxr"); Latin words stay whole in both.

    Two empty texts when there is no Han character. ``name``: read the family name as one (曾 is zeng).
    """
    folded = fold(text)
    if not has_han(folded):
        return "", ""
    pieces = [("".join(_WORD.findall(piece)), is_han) for piece, is_han in spoken(folded, name)]
    return "".join(piece for piece, _ in pieces), "".join(piece[:1] if is_han else piece for piece, is_han in pieces)


def title_key(text: str, limit: int = TITLE_KEY, name: bool = False) -> str:
    """The key by which titles sort and are typed ahead, in binary order, at most ``limit`` characters.

    Folded, without leading punctuation, Han as pinyin and, after two spaces, the characters themselves, so that titles
    that sound alike stay distinct: ``"lianxiren  联系人"``. Two spaces, because folded text has single ones only: so a
    title sorts before its longer sisters, also where the database pads with spaces (MariaDB).

    Syllables are not parted, so that "wangx" finds 王小明 while it is typed; the price is that 王 (wang) comes before
    万科 (wanke), letter by letter, where a Chinese dictionary has wan before wang.
    """
    folded = _leading(fold(text[: limit * 4]))
    if not has_han(folded):
        return folded[:limit]
    original = "".join(letter for letter in folded if has_han(letter))[: limit // 3]
    sound = "".join(piece for piece, _ in spoken(folded[:limit], name))
    return f"{sound[: limit - len(original) - 2]}  {original}"


def title_prefix(text: str, name: bool = False) -> str:
    """What a title key begins with when its title begins with ``text``: 万科, "wanke" and "wank" all find 万科集团."""
    return "".join(piece for piece, _ in spoken(_leading(fold(text[:TITLE_KEY])), name))


def initials(name: str) -> str:
    """For avatars: two letters ("Mara Vogt": MV), or the first Han character, which is the family name; else "?"."""
    words: list[str] = _WORD.findall(unicodedata.normalize("NFKC", name))
    if not words:
        return "?"
    if has_han(words[0][0]):
        return words[0][0]
    letters = words[0][0] + words[-1][0] if len(words) > 1 and not has_han(words[-1]) else words[0][:2]
    return letters.upper()[:2]


def hue(id: UUID | str | int) -> int:
    """One of the eight colours (1 to 8) of a record, from its id; the same in every process and every version."""
    return zlib.crc32(str(id).encode("utf-8", "replace")) % 8 + 1


def clean(text: str) -> str:
    """Text as it is stored: composed (NFC), line ends as ``\\n``, without control characters and outer spaces.

    Raises `Unreadable` for a NUL and for half a character (a lone surrogate): no database keeps them alike.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")  # nearly every text
    if not text.isascii() and _HALF.search(text):
        raise Unreadable("broken_text", gettext_noop("The text has half a character (a lone surrogate)"))
    if "\x00" in text:
        raise Unreadable("nul_in_text", gettext_noop("The text has a NUL character"))
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", plain).strip(_EDGES)


def slug(text: str, taken: Collection[str] = ()) -> str:
    """An identifier: lower-case ASCII letters, digits, underscores, a letter first, at most 40; Chinese by pinyin.

    A name in ``taken`` gets a number: ``"region"``, ``"region_2"``. Text without any usable letter becomes "field".
    """
    pieces = spoken(fold(text[:200]).replace("'", ""))
    sound = "".join(piece if is_han else f"_{piece}_" for piece, is_han in pieces)
    name = re.sub(r"[^a-z0-9]+", "_", sound).strip("_")[:SLUG].rstrip("_") or "field"
    if not name[0].isalpha():
        name = f"n{name}"[:SLUG].rstrip("_")
    unique, count = name, 1
    while unique in taken:
        count += 1
        tail = f"_{count}"
        unique = name[: SLUG - len(tail)].rstrip("_") + tail
    return unique


def _leading(folded: str) -> str:
    """Without punctuation at the start, unless there is nothing else."""
    at = next((at for at, letter in enumerate(folded) if letter.isalnum()), 0)
    return folded[at:]


def _bare(folded: str) -> Iterator[str]:
    plain = False
    for letter in unicodedata.normalize("NFD", folded).translate(_LETTERS):
        if " " <= letter <= "~":  # half of the letters, of a name most
            plain = True
            yield letter
            continue
        category = unicodedata.category(letter)
        if category in ("Cf", "Cs") or (plain and category == "Mn"):
            continue
        plain = letter <= _LAST_PLAIN_SCRIPT
        yield " " if category == "Cc" else letter
