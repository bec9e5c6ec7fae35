"""Small forms: what is asked, what was typed, and what is wrong with it. The kernel checks the values, so nothing here
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from kith.kernel.records.errors import Invalid

Options = Sequence[tuple[str, Any]]

SEVERAL: Final = frozenset({"ticks", "picks"})


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that is asked. ``kind``: text, email, password, date, file, select, ticks (several), tick (yes
    or no).
    """

    name: str
    kind: str
    label: Any
    options: Options = ()
    hint: Any = ""
    optional: bool = False
    auto: str = ""  # what the browser may fill in
    none: Any = None  # the words of the empty choice of a select; without them there is none
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A box with its value, as the template shows it."""

    box: Box
    value: Any
    error: str = ""
    focus: bool = False  # the first that was refused: where the reader goes on

    @property
    def id(self) -> str:
        return f"s-{self.box.name}"

    @property
    def choices(self) -> list[tuple[str, Any, bool]]:
        held = set(self.value or ()) if self.box.kind in SEVERAL else {str(self.value or "")}
        return [(str(value), text, str(value) in held) for value, text in self.box.options]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it is shown. ``general`` are complaints that belong to no box."""

    parts: tuple[Part, ...]
    general: tuple[str, ...] = ()
    refused: bool = False


def read(boxes: Sequence[Box], posted: QueryDict) -> dict[str, Any]:
    """What was typed, by name. Boxes that were not sent read as empty; nothing else that was sent is read at all."""
    found: dict[str, Any] = {}
    for box in boxes:
        if box.kind in SEVERAL:
            found[box.name] = posted.getlist(box.name)
        elif box.kind == "tick":
            found[box.name] = box.name in posted
        elif box.kind != "file":
            raw = posted.get(box.name, "")
            found[box.name] = raw if box.kind == "password" else raw.strip()
    return found


def sheet(boxes: Sequence[Box], values: Mapping[str, Any], errors: Invalid | None = None) -> Sheet:
    """The form with these values, and with every complaint at its box."""
    names = {box.name for box in boxes}
    said: dict[str, str] = {}
    general = []
    for one in errors.complaints if errors else ():
        if one.field in names:
            said[one.field] = " ".join(filter(None, (said.get(one.field), str(one.message))))
        else:
            general.append(str(one.message))
    first = next((box.name for box in boxes if box.name in said), "")
    parts = tuple(
        Part(
            box,
            "" if box.kind == "password" else values.get(box.name),
            said.get(box.name, ""),
            focus=box.name == first,
        )
        for box in boxes
    )
    return Sheet(parts, tuple(general), refused=errors is not None)
