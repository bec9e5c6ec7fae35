"""A word in several languages that turns into text when it is shown, as gettext's lazy strings do for shipped words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


class Label:
    """A user's own word, kept per language: ``Label({"en": "Region", "zh-hans": "大区"})``."""

    __slots__ = ("words",)

    def __init__(self, words: Mapping[str, str] | str) -> None:
        self.words: dict[str, str] = {"en": words} if isinstance(words, str) else dict(words)

    def __str__(self) -> str:
        language = get_language() or "en"
        return self.words.get(language) or self.words.get(language.split("-")[0]) or next(iter(self.words.values()), "")

    def __repr__(self) -> str:
        return f"Label({self.words!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and other.words == self.words

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.words.items())))
