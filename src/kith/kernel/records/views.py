"""Saved views: the lists that somebody has kept under a name, for themselves or for others.

A view is what the address of a list would carry. It is read and applied under the rights of whoever opens it, so that a
shared one shows nobody more than they may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Choice
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, holds, may, rows_q
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import ALL, BadFilter, Tree, from_json
from kith.kernel.records import read
from kith.kernel.records.models import View
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.schema.registry import layer
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 100  # views of one object that one person is offered


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved view, as far as its reader may see it. ``where`` is ``None`` when its filter cannot be read."""

    id: uuid.UUID
    name: str
    where: Tree | None
    sort: tuple[str, ...]
    columns: tuple[str, ...]
    shared: str
    changes: bool  # whether the reader may change it
    deletes: bool


@layer
def objects_of_views(objects: dict[str, ObjectSpec]) -> None:
    """Put the names of all objects into the field that says what a view lists."""
    choices = tuple(Choice(name, spec.label_many) for name, spec in objects.items())
    for spec in [one for one in objects.values() if one.model is View]:
        objects[spec.name] = spec.with_(fields={**spec.fields, "of": spec.fields["of"].with_(choices=choices)})


def spec_of(ctx: Context) -> ObjectSpec | None:
    """The object that declares views; ``None`` where no module does."""
    return ctx.schema.get(ctx.schema.by_model.get(View, ""))


def of(ctx: Context, object: str) -> list[Saved]:
    """The views of an object that the actor may read, by name. One query, remembered for this context."""
    key = f"views:{object}"
    if (found := ctx.notes.get(key)) is None:
        found = ctx.notes[key] = list(_of(ctx, object))
    kept: list[Saved] = found
    return kept


def _of(ctx: Context, object: str) -> Iterator[Saved]:
    spec = spec_of(ctx)
    if spec is None or not may(ctx, spec, "read"):
        return
    shown = mask.readable(ctx, spec)
    rows = list(living(spec).filter(rows_q(ctx, spec), of=object).order_by("title_key", "pk")[:MOST])
    changes, deletes = (_reached(ctx, spec, verb, rows) for verb in ("update", "delete"))
    for row in rows:
        held = {name: getattr(row, name) for name in ("name", "filter", "sort", "columns", "shared") if name in shown}
        yield Saved(
            row.pk,
            held.get("name", ""),
            _where(held.get("filter")),
            names(held.get("sort", "")),
            names(held.get("columns", "")),
            held.get("shared", ""),
            row.pk in changes,
            row.pk in deletes,
        )


def _reached(ctx: Context, spec: ObjectSpec, verb: str, rows: Sequence[View]) -> set[uuid.UUID]:
    """The views that ``verb`` reaches; no query but where a role has a condition, and then one."""
    if any(one.only is not None for one in branches(ctx, spec, verb)):
        wanted = living(spec).filter(rows_q(ctx, spec, verb), pk__in=[row.pk for row in rows])
        return set(wanted.values_list("pk", flat=True))
    return {row.pk for row in rows if holds(ctx, spec, verb, row)}


def _where(raw: Any) -> Tree | None:
    try:
        return from_json(raw) if raw else ALL
    except BadFilter:
        return None


def names(words: str) -> tuple[str, ...]:
    """``"name,-updated_at"`` as names."""
    return tuple(one for one in words.split(",") if one)


def problems(ctx: Context, held: Mapping[str, Any]) -> Iterator[tuple[str, Unreadable]]:
    """What would not work of a view that holds this: the field of the view, and what is wrong with it."""
    spec = ctx.schema.get(held.get("of") or "")
    if spec is None:
        return  # the field itself says so
    try:
        if raw := held.get("filter"):
            Compiler(ctx, ActorSight(ctx)).q(spec, from_json(raw))
    except Unreadable as error:
        yield "filter", error
    try:
        read.order(ctx, spec, names(held.get("sort") or ""))
    except Unreadable as error:
        yield "sort", error
    try:
        read.requested(ctx, spec, names(held.get("columns") or ""))
    except Unreadable as error:
        yield "columns", error
