"""Which letter stands for which object: ``g`` and the letter goes there, ``c`` and the letter makes a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.policy.rows import may
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web.marks import shape_of
from kith.surfaces.web.shell import address

PEOPLE: Final = "p"
PLACES: Final = (("day", "h"), ("inbox", "i"), ("settings", "s"))
"""Pages that are no objects, by the names of their addresses. They come first, so that their letter never moves."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """An object under a letter, with the address of its list and, for who may make one, of a new record."""

    letter: str
    spec: ObjectSpec
    list: str
    new: str = ""


def lettered(ctx: Context) -> list[Lettered]:
    """The objects of the navigation with their letters.

    People are ``p``; the others have the first letter of their English name, and where that is taken the next one of
    it. Letters follow from all objects of the navigation, so that an object has the same one for everybody.
    """
    taken = {letter for _name, letter in PLACES}
    found = []
    for spec in _in_turn(ctx.schema):
        letter = _free(spec, taken)
        taken.add(letter)
        if letter and may(ctx, spec, "read"):
            new = address("new", object=spec.name) if may(ctx, spec, "create") else ""
            found.append(Lettered(letter, spec, address("list", object=spec.name), new))
    return found


def ways(ctx: Context) -> dict[str, dict[str, str]]:
    """``{"g": {"p": "/contacts", …}, "c": {"p": "/contacts/new", …}}``: what the script needs."""
    known = lettered(ctx)
    places = {letter: to for name, letter in PLACES if (to := address(name))}
    return {
        "g": {**places, **{one.letter: one.list for one in known}},
        "c": {one.letter: one.new for one in known if one.new},
    }


def _in_turn(schema: Iterable[Any]) -> list[ObjectSpec]:
    """Shipped objects before those that users made, whose letters give way."""
    listed = [spec for spec in schema if spec.menu]
    return sorted(listed, key=lambda spec: not spec.shipped)


def _free(spec: ObjectSpec, taken: set[str]) -> str:
    wanted = (PEOPLE if shape_of(spec) == "round" else "") + spec.name.removeprefix("x_")
    return next((letter for letter in wanted if letter.isalpha() and letter not in taken), "")
