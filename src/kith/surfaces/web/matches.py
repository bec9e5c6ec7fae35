"""Where typed words stand in a text, as search finds them: at beginnings of words, Han characters by sound too."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kith.kernel.kit.han import has_han, spoken
from kith.kernel.kit.text import fold

Span = tuple[int, int]
LONGEST: Final = 300  # characters of a text that are looked at
MOST_WORDS: Final = 10


def spans(text: str, typed: str) -> list[Span] | None:
    """Where each typed word stands, in order and without overlaps; ``None`` when one of them stands nowhere.

    ``spans("莲湾酒店", "lian")`` is ``[(0, 1)]``: one character sounds like it.
    """
    words = fold(typed).split()[:MOST_WORDS]
    letters = _letters(text[:LONGEST])
    found: list[Span] = []
    for word in words:
        here = _first(letters, word)
        if here is None:
            return None
        found.append(here)
    return _joined(found)


def marked(text: str, typed: str) -> SafeString:
    """The text as HTML, with ``<mark>`` round what was typed, as far as it stands there."""
    letters = _letters(text[:LONGEST])
    places = [_first(letters, word) for word in fold(typed).split()[:MOST_WORDS]]
    pieces, at = [], 0
    for start, end in _joined([one for one in places if one is not None]):
        pieces.append((text[at:start], text[start:end]))
        at = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[at:])


def left(text: str, typed: str) -> str:
    """The typed words that do not stand in the text: those to be looked for in the line below."""
    letters = _letters(text[:LONGEST])
    return " ".join(word for word in fold(typed).split()[:MOST_WORDS] if _first(letters, word) is None)


def _joined(found: list[Span]) -> list[Span]:
    made: list[Span] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


@lru_cache(maxsize=2048)
def _letters(text: str) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """For each character its folded form, how it sounds if it is Han, and whether a match may begin there."""
    sounds: list[set[str]] = [set() for _each in text]
    if has_han(text):
        for name in (False, True):
            for run in re.finditer(r"\S+", text):
                at = run.start()
                for piece, is_han in spoken(run[0], name):
                    if is_han:
                        sounds[at].add(piece)
                    at += 1 if is_han else len(piece)
    made = []
    for at, letter in enumerate(text):
        before = text[at - 1] if at else " "
        begins = bool(sounds[at]) or not before.isalnum() or has_han(before) or (letter.isdigit())
        made.append((fold(letter) if not letter.isspace() else " ", tuple(sorted(sounds[at])), begins))
    return tuple(made)


def _first(letters: tuple[tuple[str, tuple[str, ...], bool], ...], word: str) -> Span | None:
    for start, (_folded, _sounds, begins) in enumerate(letters):
        if begins and (end := _end(letters, start, word)) is not None:
            return start, end
    return None


def _end(letters: tuple[tuple[str, tuple[str, ...], bool], ...], at: int, word: str) -> int | None:
    """The place after the last character that ``word`` takes up from ``at`` on; the last syllable may be half typed."""
    states, reached = {(at, word)}, None
    while states and reached is None:
        onward: set[tuple[int, str]] = set()
        for place, rest in states:
            if not rest:
                reached = place
                break
            if place >= len(letters):
                continue
            folded, sounds, _begins = letters[place]
            for form in (folded, *sounds):
                if not form and form == folded:
                    onward.add((place + 1, rest))  # a mark without a letter of its own
                elif rest.startswith(form):
                    onward.add((place + 1, rest[len(form) :]))
                elif form.startswith(rest):
                    onward.add((place + 1, ""))
            onward |= {(place + 1, rest[1:]) for sound in sounds if sound[:1] == rest[0]}
        states = onward
    return reached
