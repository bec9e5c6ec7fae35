"""The shape of an answer: which fields, and which fields of the records that they lead to (``company.name``)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import References
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import BadFilter
from kith.kernel.records import read
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import wire
from kith.surfaces.rest.problems import parameter

MOST: Final = 200
Beyond = Mapping[uuid.UUID, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Shape:
    """``names`` as asked for; ``fields`` what ``read`` is to fetch; ``hops`` reference -> fields beyond it."""

    names: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    hops: Mapping[str, tuple[str, ...]] | None = None


ALL: Final = Shape()
ALWAYS: Final = ("id", "version")


def shape(ctx: Context, spec: ObjectSpec, asked: str | None) -> Shape:
    """The shape of ``fields=a,b,company.name``; every name is looked up as this caller sees the schema."""
    if asked is None:
        return ALL
    names = tuple(dict.fromkeys(word for one in asked.split(",") if (word := one.strip())))
    if not names or len(names) > MOST:
        raise parameter("fields", "bad_fields", _("Give 1 to %(most)s names of fields, with commas.") % {"most": MOST})
    held = mask.readable(ctx, spec)
    fields: list[str] = []
    hops: dict[str, list[str]] = {}
    for name in names:
        head, dot, rest = name.partition(".")
        if dot:
            _beyond(ctx, spec, held.get(head), rest, name)
            hops.setdefault(head, []).append(rest)
        if head not in ALWAYS:
            fields.append(head)
    wanted = tuple(dict.fromkeys(fields)) or tuple(name for name in ("version", spec.title) if name in held)[:1]
    plain = tuple(name for name in names if name not in ALWAYS)
    return Shape(plain, wanted, {head: tuple(rest) for head, rest in hops.items()})


def _beyond(ctx: Context, spec: ObjectSpec, reference: Field | None, rest: str, path: str) -> None:
    target = ctx.schema.get(reference.target) if reference is not None and reference.target else None
    if target is None or not may(ctx, target, "read") or rest not in mask.readable(ctx, target):
        raise BadFilter(
            "unknown_field",
            gettext_noop("%(object)s has no field “%(field)s”"),
            object=str(spec.label_many),
            field=path,
        )


def items(ctx: Context, page: Page, shape: Shape) -> list[dict[str, Any]]:
    """The records of a page in this shape: one query per object that a hop leads to, however long the page."""
    if not shape.names and shape.hops is None:
        return wire.items(page)
    by_name = {one.name: one for one in page.fields}
    plain = wire.ways([by_name[name] for name in shape.names if name in by_name], page.titles)
    made = [wire.item(row, plain) for row in page.rows]
    for head, rest in (shape.hops or {}).items():
        beyond = _fetched(ctx, by_name[head], page.rows, rest)
        for record, row in zip(made, page.rows, strict=True):
            for name in rest:
                record[f"{head}.{name}"] = _through(by_name[head], row[head], beyond, name)
    if shape.hops:
        return [{name: record[name] for name in (*ALWAYS, *shape.names)} for record in made]
    return made


def _through(reference: Field, value: Any, beyond: Beyond, name: str) -> Any:
    if isinstance(reference.type, References):
        return [beyond[to.id][name] for to in value or () if to.id in beyond]
    return beyond[value][name] if value in beyond else None


def _fetched(ctx: Context, reference: Field, rows: Iterable[Row], names: tuple[str, ...]) -> Beyond:
    """Those of the records led to that this caller may see, in wire form by id."""
    many = isinstance(reference.type, References)
    held = [row[reference.name] for row in rows if row[reference.name]]
    ids = {to.id for several in held for to in several} if many else set(held)
    if not ids:
        return {}
    page = read.by_ids(ctx, ctx.schema[reference.target], ids, names)
    return {row.id: made for row, made in zip(page.rows, wire.items(page), strict=True)}
