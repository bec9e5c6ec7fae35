"""Records that form parts lead to: out of raw values, as values of a control, by title, and some to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import ANY, References, To
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import read
from kith.kernel.records.read import Query, Row, Title

Titles = Mapping[tuple[str, uuid.UUID], Title]

WITHOUT_SCRIPT: Final = 50
"""So many records are offered by a reference where no script can ask for more."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list to choose from."""

    value: str
    text: Any
    chosen: bool = False
    hue: int = 0


def led_by(one: Field, raw: Any) -> list[To]:
    """The records that the raw value of a reference, or of several, leads to, as far as it can be read."""
    found = []
    for each in raw if isinstance(raw, list | tuple) else [raw]:
        given = each if isinstance(each, Mapping) else {"id": each}
        object, id = given.get("object") or "", given.get("id") or ""
        if one.target == ANY and isinstance(id, str) and "/" in id:
            object, _slash, id = id.rpartition("/")
        if (key := read.identity(id)) is not None:
            found.append(To(key, object=str(object) if one.target == ANY else one.target))
    return found


def typed(one: Field, to: To) -> str:
    """A record as the value of a control: its id, behind its object where the field leads to any."""
    return f"{to.object}/{to.id}" if one.target == ANY else str(to.id)


def titles_of(ctx: Context, fields: Iterable[Field], raws: Mapping[str, Any]) -> Titles:
    """The titles of all records that raw values lead to: one query per object led to."""
    led = [one for one in fields if one.target]
    held: dict[str, Any] = {}
    for one in led:
        found = led_by(one, raws.get(one.name))
        several = isinstance(one.type, References)
        held[one.name] = tuple(found) if several else found[0].id if found else None
    return read.titles(ctx, led, [Row(uuid.UUID(int=0), 0, held)]) if any(held.values()) else {}


def offered(ctx: Context, target: str) -> tuple[Option, ...]:
    """The first records of an object, for a browser without script: one query."""
    spec = ctx.schema.get(target)
    if spec is None or not may(ctx, spec, "read") or spec.title not in mask.readable(ctx, spec):
        return ()  # nobody can choose among records without a name
    held = ctx.notes.setdefault("offered", {})
    if target not in held:
        found = read.rows(ctx, spec, Query(fields=(spec.title,), limit=WITHOUT_SCRIPT, count=False))
        (title,) = found.fields
        held[target] = tuple(
            Option(str(row.id), title.type.display(title, row[title.name], ctx.locale)) for row in found.rows
        )
    return held[target]
