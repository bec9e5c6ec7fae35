"""The records that lead to this one, as short lists beside it: the declared ones first, then every other reference."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import ANY, To
from kith.kernel.kit import json
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import Is, to_json
from kith.kernel.records import read
from kith.kernel.records.read import Count, Page, Query, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render, targets
from kith.surfaces.web.marks import noun

SHOWN: Final = 5
AT_ONCE: Final = 6
"""So many lists come with the page; the rest when it is scrolled to, since each costs two queries."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a list: its mark, its name, a second line, and at most two things at the right."""

    address: str
    mark: SafeString
    title: str
    second: tuple[SafeString, ...]
    end: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """The list of one object by one of its references."""

    spec: ObjectSpec
    field: Field
    label: Any
    lines: tuple[Line, ...]
    count: Count | None
    all: str
    new: str  # "" when this person may not make one
    new_label: str


def leads(ctx: Context, spec: ObjectSpec) -> list[tuple[ObjectSpec, Field]]:
    """The fields that lead to records of ``spec`` and that this actor may read, the declared ones first."""
    found: dict[tuple[str, str], tuple[ObjectSpec, Field]] = {}
    for one in spec.related:
        other = ctx.schema.get(one.object)
        if other is not None:
            for field in _leading(ctx, spec, other):
                if not one.by or one.by == field.name:
                    found[other.name, field.name] = (other, field)
    for other, field in ctx.schema.referring(spec.name):
        if (other.name != spec.name or field.target != ANY) and field in _leading(ctx, spec, other):
            found.setdefault((other.name, field.name), (other, field))
    return list(found.values())


def related(ctx: Context, spec: ObjectSpec, id: uuid.UUID, led: Sequence[tuple[ObjectSpec, Field]]) -> list[Related]:
    """The lists of these fields, each with its first rows: two queries a list, one per object that its rows lead to."""
    first = {other.name: field for other, field in reversed(led)}
    return [_list(ctx, spec, id, other, field, first[other.name] is field) for other, field in led]


def _leading(ctx: Context, spec: ObjectSpec, other: ObjectSpec) -> Iterator[Field]:
    """The fields of ``other`` that lead to ``spec``; not who made a record, which is no relation of the business."""
    if not other.menu or not may(ctx, other, "read"):
        return
    for field in mask.readable(ctx, other).values():
        if field.target in (spec.name, ANY) and field.editable and not field.hidden and "eq" in field.operators:
            yield field


def _list(ctx: Context, spec: ObjectSpec, id: uuid.UUID, other: ObjectSpec, field: Field, is_first: bool) -> Related:
    here = targets.typed(field, To(id, object=spec.name))
    condition = Is(field.name, "eq", here)
    names = tuple(_columns(ctx, other, field))
    found = read.rows(ctx, other, Query(condition, fields=names, limit=SHOWN))
    label = other.label_many if is_first else f"{other.label_many} · {field.label}"
    new = ""
    if may(ctx, other, "create") and field.name in mask.writable(ctx, other):
        new = f"{reverse('new', kwargs={'object': other.name})}?{urlencode({field.name: here})}"
    listed = reverse("list", kwargs={"object": other.name})
    address = f"{listed}?{urlencode({'filter': json.dumps_text(to_json(condition))})}"
    lines = tuple(_line(ctx, other, found, row) for row in found.rows)
    return Related(
        other,
        field,
        label,
        lines,
        found.count,
        address,
        new,
        _("New %(object)s") % {"object": noun(other.label_one)},
    )


def _columns(ctx: Context, other: ObjectSpec, by: Field) -> Iterator[str]:
    """Title and subtitle, and of the list's columns the first number and the first choice."""
    known = mask.readable(ctx, other)
    chosen = [name for name in (other.title, *_second(other)) if name in known and name != by.name]
    for kind in (Kind.NUMBER, Kind.ENUM):
        chosen.extend([name for name in other.list_columns if name in known and known[name].type.kind is kind][:1])
    yield from dict.fromkeys(chosen)


def _line(ctx: Context, other: ObjectSpec, found: Page, row: Row) -> Line:
    fields = {one.name: one for one in found.fields}
    title = fields.get(other.title)
    name = title.type.display(title, row.get(other.title), ctx.locale) if title else ""
    filled = [one for one in found.fields if one.name != other.title and not one.type.empty(row[one.name])]
    second = [one for one in filled if one.name in _second(other)]
    end = [one for one in filled if one not in second]
    return Line(
        render.record_address(other.name, row.id),
        render.mark(other, name, row.id),
        name or (_plain(ctx, found, row, second.pop(0)) if second else "—"),
        tuple(_plain(ctx, found, row, one) for one in second[:2]),
        tuple(render.writer(ctx, found, one)(row[one.name]) for one in end[:2]),
    )


def _second(other: ObjectSpec) -> tuple[str, ...]:
    """The fields of the second line: the subtitle, or the words of a note; they name it where it has no name."""
    return other.subtitle or ((other.told.text,) if other.told else ())


def _plain(ctx: Context, found: Page, row: Row, one: Field) -> SafeString:
    """A value of the second line: words without marks, and no link inside the link of the line."""
    to = (
        found.title(one, row[one.name])
        if one.type.kind is Kind.REFERENCE and not isinstance(row[one.name], tuple)
        else None
    )
    text = to.text if to else "" if one.target else one.type.display(one, row[one.name], ctx.locale)
    return render.format_html("{}", text[: render.TEXT_SHOWN])
