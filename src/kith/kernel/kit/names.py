"""Names of people: taken apart and put together as their own language does it, whatever the language of the page.

A guess, meant for imports and for one-field forms; both parts stay editable.
"""

from __future__ import annotations

import re

from kith.kernel.kit.cldr import language
from kith.kernel.kit.han import only_han, surname_length
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.text import clean

_BEFORE_FAMILY = (
    "de del della dello der den da das di do dos du la las le les lo los van von vom zu zum zur af av ten ter te "
    "bin bint ibn binti al el abu san"
)
_PARTICLES = set(_BEFORE_FAMILY.split())
_SUFFIXES = {"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "phd", "md"}
_FAMILY_FIRST = {"hu", "vi"}
_HANGUL = re.compile("[\uac00-\ud7a3]{2,5}")
_KANA = re.compile("[\u3040-\u30ff]")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_DOTS = re.compile("[·•・‧]")


def split_name(full: str, locale: Locale | str) -> tuple[str, str]:
    """(first, last). ``locale`` is the language the name was written in, and matters only where the name does not tell.

    Latin: the last word is the family name, with the particles before it ("Ludwig van Beethoven": van Beethoven); a
    comma turns the order round. Han: the first character, or two of a known double name (欧阳). A name of one word, and
    a foreign name in Han with a dot (约翰·史密斯), is all first name.
    """
    name = " ".join(clean(full).split())
    if _EAST_ASIAN.match(name):
        return _east_asian(name, language(locale))
    family, comma, given = name.partition(",")
    if comma and given.strip() and given.strip().casefold() not in _SUFFIXES:
        return given.strip(), family.strip()
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return name, ""
    if language(locale) in _FAMILY_FIRST:
        return " ".join(words[1:]), words[0]
    start = len(words) - 1
    if words[start].casefold() in _SUFFIXES and start > 1:
        start -= 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def join_name(first: str, last: str, locale: Locale | str) -> str:
    """The whole name for showing: 王小明 with the family name first and no space on every page, "Mara Vogt" else.

    ``locale`` decides only for languages with Latin letters that put the family name first (Hungarian, Vietnamese).
    """
    first, last = first.strip(), last.strip()
    if not first or not last:
        return first or last
    if _EAST_ASIAN.match(last) and _EAST_ASIAN.match(first):
        kana_apart = " " if _KANA.search(first + last) else ""
        return f"{last}{kana_apart}{first}"
    return f"{last} {first}" if language(locale) in _FAMILY_FIRST else f"{first} {last}"


def east_asian(name: str) -> bool:
    """Whether a name begins in a script that writes the family name first and sets no space."""
    return _EAST_ASIAN.match(name) is not None


def _east_asian(name: str, language: str) -> tuple[str, str]:
    if " " in name:
        family, _, given = name.partition(" ")
        return given.replace(" ", "") if only_han(given.replace(" ", "")) else given, family
    if _DOTS.search(name) or len(name) < 2:
        return name, ""
    if _HANGUL.fullmatch(name):
        return name[1:], name[:1]
    if not only_han(name) or len(name) > 5:
        return name, ""  # kana gives no hint where the family name ends, and longer Han text is no name of a person
    length = 2 if language == "ja" and len(name) > 3 else surname_length(name)
    return name[length:], name[:length]
