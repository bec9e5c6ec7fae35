"""Grouped numbers under the actor's rights: reports, the heads of a board, the footer of a list.

A measure is ``count`` or ``name:field``: ``sum avg min max median`` of numbers, money and (but for sum and avg) days;
``filled empty unique`` of anything. A group is a field, or a day or moment by ``day week month quarter year``
(``close_date:month``), weeks from Monday, in the actor's time zone. One query, and one more for each median.

Money is added up in its own currency where there is only one, else in the organisation's own; an amount without a rate
is not in that sum. Values that lie aside (links, addresses) and sets can be counted, not grouped.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from kith.kernel.accounts.context import Context
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.query.tree import Is, Tree
from kith.kernel.records import read
from kith.kernel.records.errors import Forbidden
from kith.kernel.records.measures import Group, Measure, where_q
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 1000
"""Groups in one answer."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a board's column. ``sum`` is ``None`` where counting stopped at the cap, as it would be too small."""

    key: Any
    count: read.Count
    sum: Any = None


def aggregate(
    ctx: Context,
    spec: ObjectSpec,
    where: Tree,
    group: Sequence[str] = (),
    measures: Sequence[str] = ("count",),
    limit: int = 500,
    among: Sequence[uuid.UUID] | None = None,
) -> list[dict[str, Any]]:
    """One item a group, in wire form, under the names that were asked for: ``{"stage": "won", "sum:amount": {…}}``.

    Days come in their order, choices in the order of their list, other groups the largest first; at most ``limit``.
    Without ``group`` there is one item; ``among`` looks at these records only.
    A reference is ``{"object", "id", "title"}``, its title "" where the actor may
    not see it. Raises :class:`Forbidden`, and :class:`BadFilter` for an unknown field, group or measure.
    """
    rows = _rows(ctx, spec, where) if among is None else _rows(ctx, spec, where).filter(pk__in=among)
    by = [Group(ctx, spec, name, place) for place, name in enumerate(dict.fromkeys(group))]
    wanted = [Measure(ctx, spec, name, place) for place, name in enumerate(dict.fromkeys(measures))]
    parts = {key: made for one in wanted for key, made in one.parts.items()}
    medians = {one.name: one.medians(rows, by) for one in wanted if one.what == "median"}
    if not by:
        found = [rows.aggregate(_count=Count("pk"), **parts)]
    else:
        grouped = rows.annotate(**{one.key: one.expr for one in by}).values(*(one.key for one in by))
        first = [by[0].key] if by[0].in_order else ["-_count"]
        ordered = grouped.annotate(_count=Count("pk"), **parts).order_by(*first, *(one.key for one in by))
        found = list(ordered[: max(1, min(limit, MOST))])
    titles = {one.name: one.titles({row[one.key] for row in found}) for one in by if one.field.target}
    answer = [
        {one.name: one.wire(row[one.key], titles.get(one.name, {})) for one in by}
        | {
            one.name: one.wire(medians[one.name].get(tuple(row[each.key] for each in by)))
            if one.name in medians
            else one.wire(one.value(row))
            for one in wanted
        }
        for row in found
    ]
    if by and by[0].field.choices:
        rank = {one.key: place for place, one in enumerate(by[0].field.choices)}
        answer.sort(key=lambda item: rank.get(item[by[0].name], len(rank)))
    return answer


def footer(ctx: Context, spec: ObjectSpec, where: Tree, wanted: Mapping[str, str]) -> dict[str, Any]:
    """The measure of each field over all that matches, as Python values: one query for all (and one for each median).

    ``filled`` is a share here (0.0 to 1.0). ``None`` where there is nothing to measure.
    """
    rows = _rows(ctx, spec, where)
    asked = {
        field: Measure(ctx, spec, what if what == "count" else f"{what}:{field}", place)
        for place, (field, what) in enumerate(wanted.items())
    }
    parts = {key: made for one in asked.values() for key, made in one.parts.items()}
    row = rows.aggregate(_count=Count("pk"), **parts)
    found: dict[str, Any] = {}
    for field, one in asked.items():
        value = one.medians(rows, ()).get(()) if one.what == "median" else one.value(row)
        if one.what == "filled":
            value = value / row["_count"] if row["_count"] else None
        found[field] = value
    return found


def board(
    ctx: Context,
    spec: ObjectSpec,
    query: read.Query,
    by: str,
    sum: str = "",
    columns: Sequence[Any] | None = None,
    cap: int = read.COUNT_CAP,
) -> list[Column]:
    """The heads of all columns in one statement: each counted (and added up) to ``cap`` rows and no further.

    ``columns`` are the values to make columns of; by default those of the field (its choices, yes and no, the readable
    records that it leads to, by title) and, last, those without a value.
    """
    grouped = Group(ctx, spec, by, 0)
    measure = Measure(ctx, spec, f"sum:{sum}", 0) if sum else None
    keys = list(columns) if columns is not None else [*grouped.columns(), None]
    rows = _rows(ctx, spec, query.where).order_by()
    sources = measure.sources if measure else {}
    statements: list[str] = []
    params: list[Any] = []
    for place, key in enumerate(keys):
        here = Is(by, "empty", True) if key is None else Is(by, "eq", grouped.field.type.dump(grouped.field, key))
        inner = rows.filter(where_q(ctx, spec, here)).annotate(**sources).values("pk", *sources)[: cap + 1]
        try:
            sql, given = inner.query.sql_with_params()
        except EmptyResultSet:
            continue
        adding = "".join(f", {_summed(name)}" for name in sources)
        statements.append(f"SELECT {place}, COUNT(*){adding} FROM ({sql}) AS t{place}")  # noqa: S608  (no value in it)
        params.extend(given)
    held: dict[int, tuple[Any, ...]] = {}
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), params)
            held = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_column(key, held.get(place), measure, cap) for place, key in enumerate(keys)]


def _summed(name: str) -> str:
    column = connection.ops.quote_name(name)
    return (
        f"MIN({column})" if name.endswith("_low") else f"MAX({column})" if name.endswith("_high") else f"SUM({column})"
    )


def _column(key: Any, row: tuple[Any, ...] | None, measure: Measure | None, cap: int) -> Column:
    count = row[0] if row else 0
    if measure is None or count > cap:
        return Column(key, read.Count(min(count, cap), count <= cap))
    named = dict(zip(measure.sources, row[1:], strict=True)) if row else {}
    return Column(key, read.Count(count, True), measure.value(named) if named else None)


def _rows(ctx: Context, spec: ObjectSpec, where: Tree) -> QuerySet[Any]:
    if not may(ctx, spec, "read"):
        raise Forbidden(verb="read")
    return living(spec).filter(where_q(ctx, spec, where), rows_q(ctx, spec))
