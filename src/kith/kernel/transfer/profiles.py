"""What the exports of other programs look like: registered as data, recognised by their headers.

A profile never guesses at values: it says which columns there are and what they mean. Those who know other programs
register theirs (``modules/migration`` has one data file for each); the kernel knows none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kith.kernel.transfer.headers import know, normal

ACCEPTED: Final = 0.8
MARGIN: Final = 0.2
SHARE: Final = 0.2
"""What the share of matched columns adds to the weights of the signature."""

AGAINST: Final = 0.6
"""What a header that speaks against a profile takes away."""

_PREFIXED: Final = 0.6
_NUMBERED: Final = re.compile(r"\{n\}")


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of file of one vendor.

    ``signature`` is a list of (any of these headers, weight). ``columns`` says for each header what it gives, in the
    little language of ``targets.py``; ``{n}`` in a header stands for a number. ``objects`` names where its rows may go,
    the best place first: an object that is not there is passed over.
    """

    vendor: str
    label: str
    entity: str
    objects: tuple[str, ...]
    signature: tuple[tuple[tuple[str, ...], float], ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field -> value in the file -> our key
    match: tuple[str, ...] = ()
    without: tuple[str, ...] = ()  # headers that speak against it; ``*.id`` is any that ends so
    prefixes: tuple[str, ...] = ()  # headers begin with one of these and " - "
    zone: str = ""  # of moments without one
    separators: tuple[str, ...] = ()  # between several values in one cell
    footers: str = ""  # rows at the foot that are no records: a pattern for their first cell
    bad_values: str = "row"  # "value": a value that cannot be read is left out, and the rest of its row is imported

    @property
    def key(self) -> str:
        return f"{self.vendor}:{self.entity}"


@dataclass(frozen=True, slots=True)
class Guess:
    """A profile and how well the headers fit it: from 0.8 on it is taken, if no other comes near."""

    profile: Profile
    score: float


_profiles: dict[str, Profile] = {}
_known: dict[
    str, tuple[tuple[tuple[frozenset[str], float], ...], dict[str, str], list[tuple[re.Pattern[str], str]]]
] = {}
_aliases: dict[str, dict[str, str]] = {}


class Clash(Exception):
    """Two profiles claim the same vendor and entity."""


def register(profile: Profile) -> None:
    """Make a profile known. Raises :class:`Clash`."""
    if profile.key in _profiles:
        raise Clash(f"profile {profile.key!r} is registered twice")
    _profiles[profile.key] = profile
    signature = tuple((frozenset(map(normal, names)), weight) for names, weight in profile.signature)
    plain = {normal(header): target for header, target in profile.columns.items() if "{n}" not in header}
    numbered = [
        (
            re.compile(_NUMBERED.sub("", re.escape(normal(header.replace("{n}", "777"))).replace("777", r"(\d+)"))),
            target,
        )
        for header, target in profile.columns.items()
        if "{n}" in header
    ]
    _known[profile.key] = signature, plain, numbered
    know({word for word in plain if len(word) > 1})


def alias(object: str, words: Mapping[str, Iterable[str]]) -> None:
    """Words by which a field of an object is called in files of unknown origin: target -> words, in any language."""
    held = _aliases.setdefault(object, {})
    for target, names in words.items():
        held.update({normal(name): target for name in names})
    know({normal(name) for names in words.values() for name in names})


def aliased(object: str, header: str) -> str:
    """What a header gives in a file of unknown origin; "" when nobody knows."""
    held = _aliases.get(object, {})
    key = normal(header)
    return held.get(key) or held.get(key.replace("~", "").replace("#", "id")) or ""


def profiles() -> tuple[Profile, ...]:
    """All profiles that are known."""
    return tuple(_profiles.values())


def find(key: str) -> Profile | None:
    """The profile of that vendor and entity (``hubspot:contacts``)."""
    return _profiles.get(key)


def target_of(profile: Profile, header: str) -> tuple[str, str]:
    """What a header gives, and the number in it: ``("emails.value", "2")`` of "E-mail 2 - Value"; "" when unknown."""
    _signature, plain, numbered = _known[profile.key]
    key = normal(header)
    if key in plain:
        return plain[key], ""
    for form, target in numbered:
        if found := form.fullmatch(key):
            return target, found[1] if found.groups() else ""
    return "", ""


def recognise(headers: Sequence[str], vendor: str = "") -> list[Guess]:
    """The profiles that these headers fit, the best first; of one vendor only when it is named."""
    keys = [normal(one) for one in headers]
    raw = {" ".join(one.split()) for one in headers}
    found = [
        Guess(one, score)
        for one in _profiles.values()
        if (not vendor or one.vendor == vendor) and (score := _score(one, keys, raw)) > 0.2
    ]
    return sorted(found, key=lambda one: -one.score)


def accepted(guesses: Sequence[Guess]) -> Guess | None:
    """The best guess, if it is good enough and no other comes near: those are offered as choices."""
    if not guesses or guesses[0].score < ACCEPTED:
        return None
    if len(guesses) > 1 and guesses[0].score - guesses[1].score < MARGIN:
        return None
    return guesses[0]


def _score(profile: Profile, keys: Sequence[str], raw: set[str]) -> float:
    signature, _plain, _numbered = _known[profile.key]
    held = set(keys)
    weight = sum(weight for names, weight in signature if names & held)
    if profile.prefixes:
        marked = [key.split("~")[0] for key in keys if "~" in key]
        mine = sum(1 for one in marked if one in profile.prefixes)
        enough = len(marked) * 10 >= len(keys) * 3 and mine * 10 >= len(marked) * 6
        weight += _PREFIXED + SHARE if enough and mine >= 2 else 0.0
    if not weight:
        return 0.0
    against = {"#" if one == "*.id" else normal(one) for one in profile.without}
    if against & held or ("#" in against and any(key.endswith("#") for key in keys)):
        weight -= AGAINST
    # as written, a header that differs in case only tells two vendors apart ("Record ID", "Record Id")
    weight += 0.05 * any(name in raw for names, _weight in profile.signature for name in names[:1])
    matched = sum(1 for one in keys if target_of(profile, one)[0])
    return round(weight + SHARE * matched / max(len(keys), 1), 4)
