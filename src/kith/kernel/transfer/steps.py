"""Changes of a text before it is read as a value: ``first ;``, ``split ;``, ``drop * ``, ``cut \\(\\d+\\)$``, ``take
…``.

Patterns are written by users, so they are held short and simple: what could take more than a moment is refused when
the mapping is saved, not when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from kith.kernel.kit.errors import Unreadable, gettext_noop

LONGEST_PATTERN: Final = 200
LONGEST_TEXT: Final = 400
"""Characters that a pattern is tried on; longer texts are left as they are."""

REPEATS: Final = 3
_ONE: Final = (["LITERAL"], ["NOT_LITERAL"], ["ANY"], ["IN"], ["CATEGORY"])
_PARSER: Any = re._parser  # type: ignore[attr-defined]

Run = Callable[[list[str]], list[str]]


@lru_cache(maxsize=512)
def compiled(steps: tuple[str, ...]) -> Run:
    """All steps in one function from the texts of a cell to texts. Raises :class:`Unreadable` for a step that is
    none.
    """
    runs = [_one(step) for step in steps]

    def run(texts: list[str]) -> list[str]:
        for one in runs:
            texts = one(texts)
        return texts

    return run


def _one(step: str) -> Run:
    name, _space, rest = step.partition(" ")
    if name == "split" and rest:
        return lambda texts: [piece.strip() for one in texts for piece in one.split(rest) if piece.strip()]
    if name == "first" and rest:
        return lambda texts: [one.partition(rest)[0].strip() for one in texts]
    if name == "join":
        return lambda texts: [rest.strip('“”"').join(texts)] if texts else []
    if name == "drop":
        words = {one.strip().casefold() for one in rest.split(",")}
        return lambda texts: [one for one in texts if one.strip().casefold() not in words]
    if name == "cut":
        pattern = safe(rest)
        return lambda texts: [pattern.sub("", one).strip() if len(one) <= LONGEST_TEXT else one for one in texts]
    if name == "take":
        return _take(safe(rest))
    if name == "set":
        return lambda texts: [rest] if texts else []
    if name == "sf18":
        return lambda texts: [salesforce(one) for one in texts]
    if name == "lower":
        return lambda texts: [one.lower() for one in texts]
    raise Unreadable("unknown_step", gettext_noop("There is no step “%(step)s”"), step=step[:60])


def _take(pattern: re.Pattern[str]) -> Run:
    def take(texts: list[str]) -> list[str]:
        found = [pattern.search(one[:LONGEST_TEXT]) for one in texts]
        return [one[1] if one.groups() else one[0] for one in found if one is not None]

    return take


def safe(text: str) -> re.Pattern[str]:
    """A pattern that cannot run away: short, at most three repeats without an end, none within another."""
    if not text or len(text) > LONGEST_PATTERN:
        raise Unreadable("bad_pattern", gettext_noop("A pattern has at most %(most)s characters"), most=LONGEST_PATTERN)
    try:
        if _repeats(_PARSER.parse(text)) > REPEATS:
            raise _bad()
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise _bad() from error


def _repeats(parsed: Any) -> int:
    """How many repeats have no end. What is repeated must be one character: a choice within a repeat (``(a|aa)*``) or a
    repeat within a repeat takes exponential time.
    """
    count = 0
    for op, value in parsed:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            many = int(value[1]) > 1
            if many and [str(one) for one, _value in value[2]] not in _ONE:
                raise _bad()
            count += int(value[1]) > 10 if many else _repeats(value[2])
        elif name == "SUBPATTERN":
            count += _repeats(value[3])
        elif name == "BRANCH":
            count += sum(_repeats(one) for one in value[1])
        elif name in ("GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP"):
            raise _bad()
    return count


def _bad() -> Unreadable:
    return Unreadable("bad_pattern", gettext_noop("This pattern is not valid, or could take too long"))


def salesforce(id: str) -> str:
    """An id of 15 characters in the form of 18, whose last three tell which letters are capitals."""
    if len(id) != 15 or not id.isascii() or not id.isalnum():
        return id
    tail = ""
    for part in (id[:5], id[5:10], id[10:]):
        bits = sum(1 << place for place, letter in enumerate(part) if letter.isupper())
        tail += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return id + tail


def apply(steps: Sequence[str], texts: list[str]) -> list[str]:
    """The texts after all steps."""
    return compiled(tuple(steps))(texts) if steps else texts
