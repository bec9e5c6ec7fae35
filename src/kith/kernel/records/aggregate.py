"""Grouped numbers under the actor's rights: reports, the heads of a board, the footer of a list.

A measure is ``count`` or ``name:field``: ``sum avg min max median`` of numbers, money and (but for sum and avg) days;
``filled empty unique`` of anything. A group is a field, or a day or moment by ``day week month quarter year``
(``close_date:month``), weeks from Monday, in the actor's time zone. One query, and one more for each median.

Money is added up in its own currency where there is only one, else in the organisation's own; an amount without a rate is not
in that sum. Values that lie aside (links, addresses) and sets can be counted, not grouped.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, Avg, Case, CharField, Count, F, Max, Min, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Concat, NullIf, RowNumber, Substr, Trunc
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.money import MoneyStore, MoneyType
from kith.kernel.fields.number import Number
from kith.kernel.fields.rates import base_currency
from kith.kernel.fields.store import Aside, Json
from kith.kernel.kit.money import Money, from_units, to_units
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import BadFilter, Is, Tree
from kith.kernel.records.errors import Forbidden
from kith.kernel.records.read import COUNT_CAP, Count as Counted, Query
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.records.titles import title_rows
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 1000
"""Groups in one answer."""
COLUMNS: Final = 100
"""Columns of a board."""
BUCKETS: Final = ("day", "week", "month", "quarter", "year")
NUMBERS: Final[dict[str, type[Aggregate]]] = {"sum": Sum, "avg": Avg, "min": Min, "max": Max}
DAYS: Final = (Kind.DATE, Kind.DATETIME)


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a board's column. ``sum`` is ``None`` where counting stopped at the cap, as it would be too small."""

    key: Any
    count: Counted
    sum: Any = None


def aggregate(
    ctx: Context,
    spec: ObjectSpec,
    where: Tree,
    group: Sequence[str] = (),
    measures: Sequence[str] = ("count",),
    limit: int = 500,
) -> list[dict[str, Any]]:
    """One item a group, in wire form, under the names that were asked for: ``{"stage": "won", "sum:amount": {…}}``.

    Days come in their order, choices in the order of their list, other groups the largest first; at most ``limit`` of them.
    Without ``group`` there is one item. A reference is ``{"object", "id", "title"}``, its title "" where the actor may not
    see it. Raises :class:`Forbidden`, and :class:`BadFilter` for an unknown field, group or measure.
    """
    rows = _rows(ctx, spec, where)
    by = [_Group(ctx, spec, name, place) for place, name in enumerate(dict.fromkeys(group))]
    wanted = [_Measure(ctx, spec, name, place) for place, name in enumerate(dict.fromkeys(measures))]
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
        field: _Measure(ctx, spec, what if what == "count" else f"{what}:{field}", place)
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
    query: Query,
    by: str,
    sum: str = "",
    columns: Sequence[Any] | None = None,
    cap: int = COUNT_CAP,
) -> list[Column]:
    """The heads of all columns in one statement: each counted (and added up) to ``cap`` rows and no further.

    ``columns`` are the values to make columns of; by default those of the field (its choices, yes and no, the readable
    records that it leads to, by title) and, last, those without a value.
    """
    grouped = _Group(ctx, spec, by, 0)
    measure = _Measure(ctx, spec, f"sum:{sum}", 0) if sum else None
    keys = list(columns) if columns is not None else [*grouped.columns(), None]
    rows = _rows(ctx, spec, query.where).order_by()
    sources = measure.sources if measure else {}
    statements: list[str] = []
    params: list[Any] = []
    for place, key in enumerate(keys):
        here = Is(by, "empty", True) if key is None else Is(by, "eq", grouped.field.type.dump(grouped.field, key))
        inner = rows.filter(_where(ctx, spec, here)).annotate(**sources).values("pk", *sources)[: cap + 1]
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
    return f"MIN({column})" if name.endswith("_low") else f"MAX({column})" if name.endswith("_high") else f"SUM({column})"


def _column(key: Any, row: tuple[Any, ...] | None, measure: _Measure | None, cap: int) -> Column:
    count = row[0] if row else 0
    if measure is None or count > cap:
        return Column(key, Counted(min(count, cap), count <= cap))
    named = dict(zip(measure.sources, row[1:], strict=True)) if row else {}
    return Column(key, Counted(count, True), measure.value(named) if named else None)


def _rows(ctx: Context, spec: ObjectSpec, where: Tree) -> QuerySet[Any]:
    if not may(ctx, spec, "read"):
        raise Forbidden(verb="read")
    return living(spec).filter(_where(ctx, spec, where), rows_q(ctx, spec))


def _where(ctx: Context, spec: ObjectSpec, tree: Tree) -> Q:
    return Compiler(ctx, ActorSight(ctx)).q(spec, tree)


def _field(ctx: Context, spec: ObjectSpec, name: str) -> Field:
    found = mask.readable(ctx, spec).get(name)
    if found is None:
        raise BadFilter(
            "unknown_field",
            gettext_noop("%(object)s has no field “%(field)s”"),
            object=str(spec.label_many),
            field=name,
        )
    return found


class _Group:
    """One level of grouping: a field, or the stretches of days that its values fall into."""

    def __init__(self, ctx: Context, spec: ObjectSpec, name: str, place: int) -> None:
        head, _, self.bucket = name.partition(":")
        self.ctx, self.name, self.key = ctx, name, f"_g{place}"
        self.field = _field(ctx, spec, head)
        self.kind = self.field.type.kind
        if self.kind in DAYS and not self.bucket:
            self.bucket = "day"
        groupable = self.kind in (Kind.TEXT, Kind.NUMBER, Kind.BOOL, Kind.ENUM, Kind.REFERENCE, *DAYS)
        weeks = self.bucket != "week" or not isinstance(self.field.store, Json)
        if not groupable or isinstance(self.field.store, Aside) or (self.bucket and not self._bucketed) or not weeks:
            raise BadFilter("unknown_group", gettext_noop("Cannot be grouped by “%(group)s”"), group=name)

    @property
    def _bucketed(self) -> bool:
        return self.kind in DAYS and self.bucket in BUCKETS

    @property
    def in_order(self) -> bool:
        return self.kind in DAYS or self.kind is Kind.NUMBER

    @property
    def expr(self) -> Any:
        expr = self.field.type.expr(self.field)
        if self._bucketed:
            return self._of_text(expr) if isinstance(self.field.store, Json) else self._of_days(expr)
        if self.kind in (Kind.TEXT, Kind.ENUM):
            return NullIf(expr, Value("")) if not isinstance(expr, F) else NullIf(expr, Value(""), output_field=CharField())
        return expr

    def _of_days(self, expr: Any) -> Any:
        zone = _zone(self.ctx) if self.kind is Kind.DATETIME else None
        return Trunc(expr, self.bucket, tzinfo=zone)

    def _of_text(self, expr: Any) -> Any:
        """User-made days are ISO text, moments that in UTC: their beginnings are the stretches."""
        if self.bucket != "quarter":
            return Substr(expr, 1, {"day": 10, "month": 7, "year": 4}[self.bucket])
        month = Substr(expr, 6, 2)
        starts = [When(_Among(month, first), then=Value(f"-{first:02}")) for first in (1, 4, 7)]
        tail = Case(*starts, default=Value("-10"), output_field=CharField())
        return Case(When(_Filled(expr), then=Concat(Substr(expr, 1, 4), tail)), output_field=CharField())

    def wire(self, value: Any, titles: Mapping[Any, str]) -> Any:
        if value is None or value == "":
            return None
        if self.field.target:
            return {"object": self.field.target, "id": str(value), "title": titles.get(value, "")}
        if self._bucketed:
            return f"{value}-01-01"[:10] if isinstance(value, str) else _day(value).isoformat()
        if isinstance(value, float):
            value = _number(value, self.field)
        return self.field.type.dump(self.field, value) if not isinstance(self.field.store, Json) else value

    def titles(self, ids: Iterable[Any]) -> dict[Any, str]:
        target = self.ctx.schema.get(self.field.target)
        wanted = [one for one in ids if one is not None]
        if target is None or not wanted or not may(self.ctx, target, "read"):
            return {}
        return dict(title_rows(self.ctx, target, wanted))

    def columns(self) -> list[Any]:
        """The values that a board has columns for."""
        if self.field.choices:
            return [one.key for one in self.field.choices]
        if self.kind is Kind.BOOL:
            return [True, False]
        target = self.ctx.schema.get(self.field.target)
        if target is None or not may(self.ctx, target, "read"):
            return []
        seen = living(target).filter(rows_q(self.ctx, target)).order_by("title_key", "pk")
        return list(seen.values_list("pk", flat=True)[:COLUMNS])


def _Among(month: Any, first: int) -> Any:
    from django.db.models.lookups import In

    return In(month, [f"{first + more:02}" for more in range(3)])


def _Filled(expr: Any) -> Any:
    from django.db.models.lookups import IsNull

    return IsNull(expr, False)


class _Measure:
    """One number of each group: the aggregates it needs, and how its value comes out of them."""

    def __init__(self, ctx: Context, spec: ObjectSpec, name: str, place: int) -> None:
        self.name = name
        self.what, _, field = name.partition(":")
        self.key = f"_m{place}"
        self.field: Field | None = None
        self.sources: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        if name == "count":
            return
        if not field or self.what not in (*NUMBERS, "median", "filled", "empty", "unique"):
            raise _no_measure(name)
        self.field = _field(ctx, spec, field)
        self.money = isinstance(self.field.type, MoneyType)
        if self.what in ("filled", "empty"):
            tree = Is(field, "empty", self.what == "empty")
            self.parts = {self.key: Count("pk", filter=_where(ctx, spec, tree))}
        else:
            self._measured()

    def _measured(self) -> None:
        field = self.field
        assert field is not None  # noqa: S101  (for the type checker)
        kind = field.type.kind
        if isinstance(field.store, Aside) or (kind in (Kind.ENUMS, Kind.JSON) and not self.money):
            raise _no_measure(self.name)
        expr = field.type.expr(field)
        if self.what == "unique":
            distinct = NullIf(expr, Value(""), output_field=CharField()) if kind in (Kind.TEXT, Kind.ENUM) else expr
            self.parts = {self.key: Count(distinct, distinct=True)}
            return
        if kind not in (Kind.NUMBER, *DAYS) and not self.money or (kind in DAYS and self.what in ("sum", "avg", "median")):
            raise _no_measure(self.name)
        self.sources = {f"{self.key}_x": expr}
        if self.money:
            currency = NullIf(field.type.expr(field, "currency"), Value(""), output_field=CharField())
            own = field.type.expr(field, "amount")
            self.sources |= {f"{self.key}_own": own, f"{self.key}_low": currency, f"{self.key}_high": currency}
        if self.what != "median":
            how = NUMBERS[self.what]
            ends = {"_low": Min, "_high": Max}
            self.parts = {key: ends.get(key[len(self.key) :], how)(source) for key, source in self.sources.items()}

    def value(self, row: Mapping[str, Any]) -> Any:
        """The Python value: a whole number, a Decimal, a day, a moment, Money; ``None`` where there was nothing."""
        if self.field is None:
            return row["_count"]
        if self.what in ("filled", "empty", "unique"):
            return row[self.key]
        if not self.money:
            return self._plain(row[f"{self.key}_x"])
        low, high = row[f"{self.key}_low"], row[f"{self.key}_high"]
        if low == high:
            return self._money(row[f"{self.key}_own"], low)
        return None if isinstance(self.field.store, Json) else self._money(row[f"{self.key}_x"], base_currency())

    def _plain(self, raw: Any) -> Any:
        assert self.field is not None  # noqa: S101  (for the type checker)
        if raw is None or isinstance(raw, date):
            return raw
        if self.field.type.kind in DAYS:
            return self.field.type.parse(self.field, raw)
        return _number(raw, self.field, 4 if self.what in ("avg", "median") else 0)

    def _money(self, raw: Any, currency: Any) -> Money | None:
        assert self.field is not None  # noqa: S101  (for the type checker)
        if raw is None or not currency:
            return None
        number = Decimal(str(raw))
        units = number if isinstance(self.field.store, MoneyStore) else number.scaleb(4)
        return Money(from_units(int(units.to_integral_value())), str(currency))

    def medians(self, rows: QuerySet[Any], by: Sequence[_Group]) -> dict[tuple[Any, ...], Any]:
        """The middle value of each group, or of the two in the middle their mean: one query, which sorts all the values."""
        assert self.field is not None  # noqa: S101  (for the type checker)
        keys = [one.key for one in by]
        source = self.sources[f"{self.key}_x"]
        filled = rows.filter(_Filled(source)).annotate(**{one.key: one.expr for one in by}, _x=source)
        within: Any = [F(key) for key in keys] or None
        numbered = filled.annotate(
            _at=Window(RowNumber(), partition_by=within, order_by="_x") * 2, _n=Window(Count("*"), partition_by=within)
        )
        middle = numbered.filter(_at__gte=F("_n"), _at__lte=F("_n") + 2).values_list(*keys, "_x")
        held: dict[tuple[Any, ...], list[Any]] = {}
        for *key, raw in middle:
            held.setdefault(tuple(key), []).append(Decimal(str(raw)))
        return {
            key: (self._money(sum(found) / len(found), base_currency()) if self.money else self._plain(sum(found) / len(found)))
            for key, found in held.items()
        }

    def wire(self, value: Any) -> Any:
        """The value as it is sent."""
        if value is None or self.field is None or not isinstance(value, Money | date):
            return value
        return self.field.type.dump(self.field, value)


def _number(raw: Any, field: Field, more: int = 0) -> int | Decimal:
    """A number as exact as its field: databases answer with floats, or with more decimals than there are."""
    decimals = field.type.decimals(field) if isinstance(field.type, Number) else 0
    rounded = round(Decimal(str(raw)), decimals + more)
    if not decimals and rounded == int(rounded):
        return int(rounded)
    return rounded.normalize() if more else rounded


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def _no_measure(name: str) -> BadFilter:
    return BadFilter("unknown_measure", gettext_noop("“%(measure)s” cannot be measured"), measure=name)


def _zone(ctx: Context) -> tzinfo:
    """The actor's time zone; on a MariaDB without tables of time zones the offset that it has today."""
    zone = ctx.locale.zone
    if connection.vendor != "mysql" or connection.features.has_zoneinfo_database:
        return zone
    return timezone(datetime.now(UTC).astimezone(zone).utcoffset() or timedelta())
