"""Whether this installation is well: checks that the parts contribute, shown by ``kith doctor`` and the health page.

Nothing of Django is imported here, so that a wrong setting can be told of before there is one that works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from kith.kernel.kit.errors import gettext_noop

State = Literal["ok", "warn", "bad"]
Look = Callable[[bool], Iterator["Finding"]]  # handed whether to be thorough: read everything, however long it takes
ORDER: Final[dict[State, int]] = {"ok": 0, "warn": 1, "bad": 2}
FAILED: Final = gettext_noop("This could not be looked at: {error}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: one sentence, and where it is not in order what to do. ``name`` is that of the check."""

    state: State
    text: str
    todo: str = ""
    name: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. ``label`` is an English msgid; ``needs`` are checks without which this one makes no
    sense.
    """

    name: str
    label: str
    look: Look
    needs: tuple[str, ...] = ()


_checks: dict[str, Check] = {}


def ok(text: str) -> Finding:
    return Finding("ok", text)


def warn(text: str, todo: str = "") -> Finding:
    """It works, but not for long, or not as it should."""
    return Finding("warn", text, todo)


def bad(text: str, todo: str = "") -> Finding:
    """Kith cannot work so, or something will be lost."""
    return Finding("bad", text, todo)


def check(name: str, label: str, needs: tuple[str, ...] = ()) -> Callable[[Look], Look]:
    """Decorator: ``@check("jobs", gettext_noop("Jobs"))`` over a function that looks, changes nothing, and yields
    findings.
    """

    def declare(look: Look) -> Look:
        _checks[name] = Check(name, label, look, needs)
        return look

    return declare


def checks() -> list[Check]:
    """All of them, each after those that it needs."""
    placed: dict[str, Check] = {}

    def place(one: Check) -> None:
        for name in one.needs:
            if name in _checks and name not in placed:
                place(_checks[name])
        placed.setdefault(one.name, one)

    for one in _checks.values():
        place(one)
    return list(placed.values())


def look(
    thorough: bool = False, begin: Callable[[Check], Any] | None = None, translate: Callable[[str], str] = str
) -> list[Finding]:
    """What all checks find; ``begin`` hears of each as it starts. A check whose needs are not met is left out, one that
    breaks is itself a finding.
    """
    found: list[Finding] = []
    unwell: set[str] = set()
    for one in checks():
        if unwell.intersection(one.needs):
            unwell.add(one.name)
            continue
        if begin:
            begin(one)
        mine = [replace(finding, name=one.name) for finding in _look(one, thorough, translate)]
        if any(finding.state == "bad" for finding in mine):
            unwell.add(one.name)
        found += mine
    return found


def worst(findings: list[Finding]) -> State:
    """The state of the whole."""
    return max((one.state for one in findings), key=ORDER.__getitem__, default="ok")


def _look(one: Check, thorough: bool, translate: Callable[[str], str]) -> Iterator[Finding]:
    try:
        yield from one.look(thorough)
    except Exception as error:  # whatever it is, the other checks go on
        yield bad(translate(FAILED).format(error=type(error).__name__))
