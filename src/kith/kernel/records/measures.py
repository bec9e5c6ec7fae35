"""What grouped numbers are made of: groups (a field, or stretches of its days) and measures (one number of each)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Aggregate, Avg, Case, CharField, Count, F, Max, Min, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Concat, NullIf, RowNumber, Substr, Trunc
from django.db.models.lookups import In, IsNull
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.money import MoneyStore, MoneyType
from kith.kernel.fields.number import Number
from kith.kernel.fields.rates import base_currency
from kith.kernel.fields.store import Aside, Json
from kith.kernel.kit.money import Money, from_units
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import BadFilter, Is, Tree
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.records.stretch import Stretch, as_written
from kith.kernel.records.titles import title_rows
from kith.kernel.schema.spec import ObjectSpec

COLUMNS: Final = 100
"""Columns of a board."""
BUCKETS: Final = ("day", "week", "month", "quarter", "year")
NUMBERS: Final[dict[str, type[Aggregate]]] = {"sum": Sum, "avg": Avg, "min": Min, "max": Max}
DAYS: Final = (Kind.DATE, Kind.DATETIME)


def where_q(ctx: Context, spec: ObjectSpec, tree: Tree) -> Q:
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


class Group:
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
            return NullIf(as_written(expr), Value(""), output_field=CharField())
        return expr

    def _of_days(self, expr: Any) -> Any:
        zone = self.ctx.locale.zone if self.kind is Kind.DATETIME else None
        own_way = connection.vendor != "postgresql"
        return Stretch(expr, self.bucket, zone) if own_way else Trunc(expr, self.bucket, tzinfo=zone)

    def _of_text(self, expr: Any) -> Any:
        """User-made days are ISO text, moments that in UTC: their beginnings are the stretches."""
        if self.bucket != "quarter":
            return Substr(expr, 1, {"day": 10, "month": 7, "year": 4}[self.bucket])
        month = Substr(expr, 6, 2)
        starts = [When(_among(month, first), then=Value(f"-{first:02}")) for first in (1, 4, 7)]
        tail = Case(*starts, default=Value("-10"), output_field=CharField())
        return Case(When(_filled(expr), then=Concat(Substr(expr, 1, 4), tail)), output_field=CharField())

    def wire(self, value: Any, titles: Mapping[Any, str]) -> Any:
        if value is None or value == "":
            return None
        if self.field.target:
            return {"object": self.field.target, "id": str(value), "title": titles.get(value, "")}
        if self._bucketed:
            return f"{value}-01-01"[:10] if isinstance(value, str) and len(value) < 10 else _day(value)
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


def _among(month: Any, first: int) -> Any:
    return In(month, [f"{first + more:02}" for more in range(3)])


def _filled(expr: Any) -> Any:
    return IsNull(expr, False)


class Measure:
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
            self.parts = {self.key: Count("pk", filter=where_q(ctx, spec, tree))}
        else:
            self._measured()

    def _measured(self) -> None:
        field = self.field
        assert field is not None  # noqa: S101  (for the type checker)
        kind = field.type.kind
        if isinstance(field.store, Aside) or (kind in (Kind.ENUMS, Kind.JSON) and not self.money):
            raise _no_measure(self.name)
        expr: Any = field.type.expr(field)
        if self.what == "unique":
            distinct = (
                NullIf(as_written(expr), Value(""), output_field=CharField())
                if kind in (Kind.TEXT, Kind.ENUM)
                else expr
            )
            self.parts = {self.key: Count(distinct, distinct=True)}
            return
        if not (kind is Kind.NUMBER or kind in DAYS or self.money):
            raise _no_measure(self.name)
        if kind in DAYS and self.what not in ("min", "max"):
            raise _no_measure(self.name)
        if self.money and self.what == "median" and isinstance(field.store, Json):
            raise _no_measure(self.name)  # amounts of several currencies have no middle
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

    def medians(self, rows: QuerySet[Any], by: Sequence[Group]) -> dict[tuple[Any, ...], Any]:
        """The middle value of each group, or the mean of the two middle ones: one query, which sorts all the values."""
        assert self.field is not None  # noqa: S101  (for the type checker)
        keys = [one.key for one in by]
        source = self.sources[f"{self.key}_x"]
        filled = rows.filter(_filled(source)).annotate(**{one.key: one.expr for one in by}, _x=source)
        within: Any = [F(key) for key in keys] or None
        numbered = filled.annotate(
            _at=Window(RowNumber(), partition_by=within, order_by="_x") * 2, _n=Window(Count("*"), partition_by=within)
        )
        middle = numbered.filter(_at__gte=F("_n"), _at__lte=F("_n") + 2).values_list(*keys, "_x")
        held: dict[tuple[Any, ...], list[Any]] = {}
        for *key, raw in middle:
            held.setdefault(tuple(key), []).append(Decimal(str(raw)))
        means = {key: sum(found, Decimal(0)) / len(found) for key, found in held.items()}
        if self.money:
            return {key: self._money(one, base_currency()) for key, one in means.items()}
        return {key: self._plain(one) for key, one in means.items()}

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


def _day(value: Any) -> str:
    return str(value.date() if isinstance(value, datetime) else value)


def _no_measure(name: str) -> BadFilter:
    return BadFilter("unknown_measure", gettext_noop("“%(measure)s” cannot be measured"), measure=name)
