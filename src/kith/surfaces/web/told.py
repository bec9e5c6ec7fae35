"""What was written about a record, for its timeline: notes and whatever else says of itself what it is about."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import To
from kith.kernel.kit import dates
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import And, Is, Not, Or, Tree
from kith.kernel.records import read
from kith.kernel.records.read import Page, Query, Row
from kith.kernel.schema.spec import ObjectSpec, Told
from kith.surfaces.web import render, targets

LIMIT: Final = 50
"""Of each object, on one page of a timeline."""

TAKEN: Final = "acegjk?"
"""Keys that mean something else on a record."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One record that is about another: its name and words, who wrote it and when."""

    spec: ObjectSpec
    at: datetime
    clock: str
    icon: SafeString
    address: str
    title: str
    text: SafeString
    who: SafeString
    is_first: bool


@dataclass(frozen=True, slots=True)
class Teller:
    """A button of a record's page that writes something about it; ``panel`` is the form beside the page."""

    label: Any
    icon: str
    address: str
    panel: str
    key: str


def told(
    ctx: Context, spec: ObjectSpec, id: uuid.UUID, since: datetime | None, until: datetime | None
) -> list[Telling]:
    """What was written about a record from ``since`` to before ``until``; on the first page (no ``until``) also what is
    to stand above all, however old. One query per object that can be about others.
    """
    made: list[Telling] = []
    for other, by, how in _telling(ctx):
        held = mask.readable(ctx, other)
        here: list[Tree] = [Is(by.name, "eq", targets.typed(by, To(id, object=spec.name)))]
        dated: list[Tree] = [Is(how.at, "gte", since.isoformat())] if since else []
        dated += [Is(how.at, "lt", until.isoformat())] if until else []
        where: Tree = And(tuple(dated))
        first = Is(how.first, "eq", True) if how.first in held else None
        if first is not None and until is not None:
            where = And((where, Not(first)))
        elif first is not None and since is not None:
            where = Or((first, where))
        sort = (*([f"-{how.first}"] if first else []), f"-{how.at}")
        names = [one for one in (other.title, how.at, how.text, how.first, "owner", "created_by") if one in held]
        page = read.rows(ctx, other, Query(And((*here, where)), sort, tuple(names), LIMIT, count=False))
        made += [_telling_of(ctx, other, how, page, row) for row in page.rows]
    return made


def tellers(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> list[Teller]:
    """What this person may write about a record; each has the first free letter of its name as its key."""
    made: list[Teller] = []
    for other, by, _how in _telling(ctx):
        if other.name == spec.name or not may(ctx, other, "create") or by.name not in mask.writable(ctx, other):
            continue
        about = urlencode({by.name: targets.typed(by, To(id, object=spec.name))})
        address = f"{reverse('new', kwargs={'object': other.name})}?{about}"
        taken = TAKEN + "".join(one.key for one in made)
        key = next((letter for letter in other.name if letter not in taken), "")
        made.append(Teller(other.label_one, other.icon, address, f"{address}&stay=1", key))
    return made


def _telling(ctx: Context) -> Iterator[tuple[ObjectSpec, Field, Told]]:
    for other in ctx.schema:
        how, by = other.told, other.about
        if how is not None and by is not None and may(ctx, other, "read"):
            held = mask.readable(ctx, other)
            if by.name in held and how.at in held:
                yield other, by, how


def _telling_of(ctx: Context, other: ObjectSpec, how: Told, page: Page, row: Row) -> Telling:
    fields = {one.name: one for one in page.fields}
    title, at = fields.get(other.title), row[how.at]
    who = next((fields[name] for name in ("created_by", "owner") if name in fields and row[name]), None)
    named = page.title(who, row[who.name]) if who else None
    return Telling(
        other,
        at,
        dates.format_time(at, ctx.locale),
        render.icon(other.icon),
        render.record_address(other.name, row.id),
        title.type.display(title, row[title.name], ctx.locale) if title else "",
        render.writer(ctx, page, fields[how.text], full=True)(row[how.text])
        if how.text in fields and row[how.text]
        else render.EMPTY,
        render.format_html("{}", named.text if named else ""),
        bool(row.get(how.first)),
    )
