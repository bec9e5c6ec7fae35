"""Which column gives which field: what a person corrects and a job keeps. Plain data; ``propose.py`` makes the first
one.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Points
from kith.kernel.kit.errors import Unreadable, gettext_noop
from kith.kernel.kit.ids import identity
from kith.kernel.kit.text import clean
from kith.kernel.policy import mask
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import steps
from kith.kernel.transfer.targets import KEY, SKIP

MODES: Final = ("create", "update", "upsert", "fill")
DOUBLES: Final = ("skip", "update", "create")
BAD_VALUES: Final = ("row", "value")
ORDERS: Final = ("", "dmy", "mdy", "ymd")
DECIMALS: Final = ("", ".", ",")
TIMES: Final = frozenset({"created_at", "updated_at"})
OWN: Final = "kith"
"""The vendor of our own exports."""

LINKS: Final = frozenset({"reference", "references", "owner"})


PLAIN: Final = frozenset(
    {
        "text", "long_text", "email", "phone", "url", "choice", "person_name", "external_key", "number", "percent",
        "rating", "bool", "date", "datetime", "money", "tags", "multi_choice", "emails", "phones", "domain", "domains",
        "reference", "owner",
    }
)  # fmt: skip
"""Types whose values have a form that people read and we read back; all others are written as JSON."""


@dataclass(slots=True)
class Line:
    """One column. ``field`` "" means that it is not imported; ``key`` is the vendor's id, ``skip`` leaves rows out.

    Columns of one ``slot`` form one value. ``decimal``, ``order`` and ``zone`` say how numbers and dates are written.
    ``choices`` turns values of the file into keys; "" leaves the field empty. ``type`` is what a new field would be.
    """

    column: str
    field: str = ""
    part: str = ""
    kind: str = ""
    slot: str = ""
    steps: tuple[str, ...] = ()
    choices: dict[str, str] = default(default_factory=dict)
    decimal: str = ""
    order: str = ""
    zone: str = ""
    confidence: float = 0.0
    why: str = ""
    type: str = "text"
    samples: tuple[str, ...] = ()


@dataclass(slots=True)
class Mapping:
    """How the rows of one file become records of ``object``.

    ``match`` names the keys by which a record is found, the surest first. ``create`` names the reference fields whose
    missing targets are made. ``owners`` turns names of the file into ids of users; ``owner`` is for all others.
    ``whole`` says that lists (addresses, tags) are complete, so that they replace what is there instead of adding to
    it; ``raw`` that cells are values already, since the file is JSON.
    """

    object: str
    lines: list[Line] = default(default_factory=list)
    constants: dict[str, Any] = default(default_factory=dict)
    system: str = ""
    match: tuple[str, ...] = ()
    mode: str = "upsert"
    doubles: str = "skip"
    create: tuple[str, ...] = ()
    owner: str = ""
    owners: dict[str, str] = default(default_factory=dict)
    bad_values: str = "row"
    whole: bool = False
    raw: bool = False
    separators: tuple[str, ...] = ()
    footers: str = ""
    vendor: str = ""

    @property
    def imported(self) -> list[Line]:
        return [one for one in self.lines if one.field]


def dump(mapping: Mapping) -> dict[str, Any]:
    """The mapping as JSON has it."""
    return dict(msgspec.to_builtins(mapping))


def load(raw: Map[str, Any]) -> Mapping:
    """A mapping out of JSON. Raises :class:`Unreadable` when it is none."""
    try:
        return msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        raise Unreadable(
            "bad_mapping", gettext_noop("This mapping is not valid: %(reason)s"), reason=str(error)
        ) from error


def problems(
    ctx: Context, spec: ObjectSpec, mapping: Mapping, columns: tuple[str, ...]
) -> list[tuple[str, str, dict[str, Any]]]:
    """What is wrong with a mapping that a person made: (column or "", msgid, params)."""
    wrong: list[tuple[str, str, dict[str, Any]]] = []
    writable = mask.writable(ctx, spec)
    for line in mapping.imported:
        if line.column not in columns:
            wrong.append((line.column, gettext_noop("The file has no column “%(name)s”"), {"name": line.column}))
        if line.field not in writable and line.field not in {KEY, SKIP, "id", *TIMES}:
            message = gettext_noop("%(object)s has no field “%(field)s”")
            wrong.append((line.column, message, {"object": str(spec.label_many), "field": line.field}))
        try:
            steps.compiled(tuple(line.steps))
        except Unreadable as error:
            wrong.append((line.column, error.message, dict(error.params)))
        wrong += [(line.column, text, params) for text, params in _styles(line)]
    for name in mapping.constants:
        if name not in writable:
            message = gettext_noop("%(object)s has no field “%(field)s”")
            wrong.append(("", message, {"object": str(spec.label_many), "field": name}))
    for name, allowed in (("mode", MODES), ("doubles", DOUBLES), ("bad_values", BAD_VALUES)):
        if getattr(mapping, name) not in allowed:
            wrong.append(("", gettext_noop("Expected one of: %(choices)s"), {"choices": ", ".join(allowed)}))
    for owner in (mapping.owner, *mapping.owners.values()):
        if owner and identity(owner) is None:
            wrong.append(("", gettext_noop("“%(value)s” is not the id of a user"), {"value": owner[:60]}))
    for key in mapping.match:
        if key.partition(":")[0] not in {"external_id", "id", "name"} and key not in writable:
            message = gettext_noop("%(object)s has no field “%(field)s”")
            wrong.append(("", message, {"object": str(spec.label_many), "field": key}))
    if not mapping.imported:
        wrong.append(("", gettext_noop("No column of this file is imported"), {}))
    return wrong


def _styles(line: Line) -> list[tuple[str, dict[str, Any]]]:
    """What is wrong with how a column's numbers and dates are said to be written."""
    wrong: list[tuple[str, dict[str, Any]]] = []
    for value, allowed in ((line.order, ORDERS), (line.decimal, DECIMALS)):
        if value not in allowed:
            wrong.append((gettext_noop("Expected one of: %(choices)s"), {"choices": " ".join(allowed[1:])}))
    try:
        if line.zone:
            ZoneInfo(line.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append((gettext_noop("There is no time zone “%(name)s”"), {"name": line.zone[:60]}))
    return wrong


def points_of(spec: ObjectSpec, name: str) -> Field | None:
    """The field with several addresses that a field writes: itself, or for ``email`` the field ``emails``."""
    here = spec.field(name)
    if here is None:
        return None
    if isinstance(here.type, Points):
        return here
    if here.expands is not None and len(here.expands.to) == 1:
        led = spec.field(here.expands.to[0])
        if led is not None and isinstance(led.type, Points):
            return led
    return None


def system_name(words: str) -> str:
    """A name of another system that fits its column."""
    return clean(words)[:60].strip() or "file"
