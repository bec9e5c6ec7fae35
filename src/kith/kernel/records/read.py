"""The one read path. Every list, page, export, count and look-up of records goes through here, under policy and mask.

Rows are tuples of the requested, readable columns: no model instances (a third of the time). References cost one
query per object that is led to, whatever the length of the page.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Column
from kith.kernel.kit.ids import identity as identity
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, may, rows_q
from kith.kernel.query import prepared
from kith.kernel.query.compile import Compiler
from kith.kernel.query.prepared import Slot, padded
from kith.kernel.query.tree import ALL, BadFilter, Tree
from kith.kernel.records import aside, page, worded
from kith.kernel.records.errors import Forbidden, NotFound
from kith.kernel.records.lasting import lasting, lasting_rights
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.records.titles import Title as Title
from kith.kernel.records.titles import title_rows as title_rows
from kith.kernel.records.titles import titles as titles
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 500
COUNT_CAP: Final = 1000
FEW: Final = 20
"""Branches of an actor's rights up to this many are counted one by one."""
BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one object. ``fields`` empty means all that the actor may read; names may hop:
    ``company.city``.
    """

    where: Tree = ALL
    sort: tuple[str, ...] = ()  # "-amount", "name"
    fields: tuple[str, ...] = ()
    limit: int = 50
    after: str = ""
    count: bool = True
    binned: bool = False  # the bin instead of the living


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its values by field name, as the field types' Python values."""

    id: uuid.UUID
    version: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; ``exact`` is false when the count stopped at its cap."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, the cursor of the next one ("" at the end), and the titles of the records they lead to."""

    spec: ObjectSpec
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    next: str
    count: Count | None
    titles: Mapping[tuple[str, uuid.UUID], Title] = field(default_factory=dict)

    def title(self, one: Field, value: Any) -> Title | None:
        """The title of the record that a reference leads to; ``None`` when there is none or it may not be seen."""
        return self.titles.get((one.target, value)) if value else None


def rows(ctx: Context, spec: ObjectSpec, query: Query) -> Page:
    """One page of records. At most: one query per branch, one count, one per object led to, one per side table.

    Raises :class:`Forbidden` when the actor may not read the object at all, :class:`BadFilter` for an unknown field,
    sort key or cursor.
    """
    if not may(ctx, spec, "read"):
        raise Forbidden(verb="read")
    chosen = requested(ctx, spec, query.fields)
    limit = max(1, min(query.limit, MOST))
    keys = order(ctx, spec, query.sort)
    plan = _plan(chosen)
    selected = selection(ctx, spec, query)
    found = page.fetch(selected, ("id", "version", *plan.columns), keys, branches(ctx, spec), query.after, limit + 1)
    more, found = len(found) > limit, found[:limit]
    made = aside.fill(spec, chosen, [plan.row(raw) for raw in found])
    return Page(
        spec,
        chosen,
        tuple(made),
        page.encode(found[-1][-len(keys) :], keys) if more else "",
        count(ctx, spec, query, known=None if more or query.after else len(made)) if query.count else None,
        titles(ctx, chosen, made),
    )


def one(ctx: Context, spec: ObjectSpec, id: uuid.UUID | str, fields: Sequence[str] = (), binned: bool = False) -> Page:
    """A page of exactly one record. Raises :class:`NotFound` alike for a record that is missing and one that is
    forbidden.
    """
    key = identity(id)
    if key is None or not may(ctx, spec, "read"):
        raise NotFound(spec.name, id)
    chosen = requested(ctx, spec, tuple(fields))
    plan = _plan(chosen)
    columns = ("id", "version", *plan.columns)

    def build() -> QuerySet[Any, Any]:
        rows = _living_or_binned(spec, binned).filter(rows_q(ctx, spec), Exact(F("id"), Slot(0, F("id"))))
        return rows.values_list(*columns)

    found = prepared.run(ctx, _kept(ctx, spec, "one", columns, binned), build, [key])
    if not found:
        raise NotFound(spec.name, id)
    made = aside.fill(spec, chosen, [plan.row(found[0])])
    return Page(spec, chosen, tuple(made), "", None, titles(ctx, chosen, made))


def by_ids(ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID], fields: Sequence[str]) -> Page:
    """Those of ``wanted`` that the actor may see, in no order."""
    chosen = requested(ctx, spec, tuple(fields)) if fields else ()
    plan = _plan(chosen)
    found = _of_ids(ctx, spec, wanted, ("id", "version", *plan.columns))
    made = aside.fill(spec, chosen, [plan.row(raw) for raw in found])
    return Page(spec, chosen, tuple(made), "", None, titles(ctx, chosen, made))


def every(ctx: Context, spec: ObjectSpec, query: Query) -> Iterator[Page]:
    """All pages, for exports and jobs: keyset batches, so memory does not grow."""
    after = ""
    while True:
        found = rows(ctx, spec, replace(query, after=after, limit=MOST, count=False))
        yield found
        if not found.next:
            return
        after = found.next


def count(ctx: Context, spec: ObjectSpec, query: Query, cap: int = COUNT_CAP, known: int | None = None) -> Count:
    """How many rows match, counted up to ``cap`` (0: to the end)."""
    if known is not None:
        return Count(known, True)
    matching = selection(ctx, spec, query)
    most = cap + 1 if cap else None

    def build() -> list[QuerySet[Any, Any]]:
        """One row for each record, up to one more than the cap, of each branch of the actor's rights: as one OR they
        take seconds of a million rows where no index serves all of it.
        """
        if matching.counted is not None and most:
            return [matching.counted(most)]
        found = branches(ctx, spec)
        reached = [one.q for one in found] if most and 0 < len(found) <= FEW else [rows_q(ctx, spec)]
        every = matching.every()
        return [every.filter(one).order_by().values("pk")[:most] for one in reached]

    key = (matching.key, "count", cap) if matching.key is not None and lasting_rights(ctx, spec) else None
    ((value,),) = prepared.run(ctx, key, build, matching.given, form=prepared.COUNT)
    return Count(min(value, cap) if cap else value, not cap or value <= cap)


def ids(ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID], verb: str = "read") -> set[uuid.UUID]:
    """Those of ``wanted`` that exist and that ``verb`` reaches: one query."""
    return {id for (id,) in _of_ids(ctx, spec, wanted, ("id",), verb)}


def requested(ctx: Context, spec: ObjectSpec, wanted: Sequence[str]) -> tuple[Field, ...]:
    """The fields asked for, or all readable ones. Raises :class:`BadFilter` for one that is not there for this
    actor.
    """
    held = mask.readable(ctx, spec)
    if not wanted:
        return tuple(one for one in held.values() if not one.virtual)
    unknown = [name for name in wanted if name not in held]
    if unknown:
        raise BadFilter(
            "unknown_field",
            gettext_noop("%(object)s has no field “%(field)s”"),
            object=str(spec.label_many),
            field=", ".join(unknown),
        )
    return tuple(held[name] for name in dict.fromkeys(wanted))


def order(ctx: Context, spec: ObjectSpec, sort: Sequence[str]) -> tuple[page.Key, ...]:
    """The keys of an order, always ending in the id. By title unless the spec or the query says otherwise.

    Whoever may not read the field of the usual order learns nothing from it: for them records stand by age alone.
    """
    keys: list[page.Key] = []
    shown = mask.readable(ctx, spec)
    usual = (spec.sort,) if spec.sort.removeprefix("-") in shown else ()
    for word in sort or usual:
        name, descending = word.removeprefix("-"), word.startswith("-")
        one = shown.get(name)
        expr = _order_of(ctx, one) if one is not None else None
        if one is None or expr is None:
            raise BadFilter(
                "unknown_sort",
                gettext_noop("%(object)s cannot be sorted by “%(field)s”"),
                object=str(spec.label_many),
                field=name,
            )
        if name == spec.title:
            keys.append(page.Key(F("title_key"), descending, nullable=False))
        else:
            keys.append(page.Key(expr, descending, _nullable(spec, one), _cursor_kind(one)))
    last = keys[-1].descending if keys else False
    if not keys and spec.title in shown:
        keys.append(page.Key(F("title_key"), nullable=False))
    return (*keys, page.Key(F("id"), last, nullable=False, kind="reference"))


def _order_of(ctx: Context, one: Field) -> Any:
    """What to sort a field by; ``None`` where it has no order for this actor.

    A reference stands by the title of the record it leads to, but only where the actor sees that record: the order,
    and the cursor, which carries the title, would tell it otherwise.
    """
    expr = one.type.sort_expr(one)
    if expr is None or not one.target:
        return expr
    target = ctx.schema.get(one.target)
    if target is None or not may(ctx, target, "read") or target.title not in mask.readable(ctx, target):
        return None
    if not (within := rows_q(ctx, target)):
        return expr
    seen = target.model._default_manager.filter(within, **target.scope).values("pk")
    return Case(When(In(F(one.store.columns[0]), seen), then=expr))


def selection(ctx: Context, spec: ObjectSpec, query: Query) -> page.Rows:
    """The records that a query's condition selects, before any right: for :func:`page.fetch`."""

    from kith.kernel.records.finding import wording  # it reads, too

    words, rest = worded.apart(query.where)
    asked = wording(ctx, spec, words) if words else ""
    tree = rest if asked else query.where

    def build() -> QuerySet[Any]:
        where = Compiler(ctx, ActorSight(ctx)).q(spec, tree)
        base = _living_or_binned(spec, query.binned)
        return base.filter(where) if where else base

    steady = lasting(ctx, spec, tree) and all(
        not one.target or ((target := ctx.schema.get(one.target)) is not None and lasting_rights(ctx, target))
        for name in query.sort or (spec.sort,)
        if (one := spec.fields.get(name.removeprefix("-"))) is not None
    )
    key = (spec.name, repr(tree), bool(asked), query.sort, query.binned, ctx.locale) if steady else None
    if not asked:
        return page.Rows(ctx, key, build)
    alone = tree == ALL and not query.binned and lasting_rights(ctx, spec)
    return page.Rows(ctx, key, build, (asked,), worded.within(alone), worded.documents if alone else None)


def _of_ids(
    ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID], columns: tuple[str, ...], verb: str = "read"
) -> list[tuple[Any, ...]]:
    """These columns of those living records among ``wanted`` that ``verb`` reaches."""
    ids = padded(list(wanted))
    if not ids:
        return []

    def build() -> QuerySet[Any, Any]:
        places = [Slot(place, F("id")) for place in range(len(ids))]
        return living(spec).filter(rows_q(ctx, spec, verb), In(F("id"), places)).values_list(*columns)

    return prepared.run(ctx, _kept(ctx, spec, "ids", verb, columns, len(ids), verb=verb), build, ids)


def _kept(ctx: Context, spec: ObjectSpec, *more: Any, verb: str = "read") -> Any:
    """The key of a query that hangs on nothing but the actor's rights; ``None`` where those hold a condition."""
    return (spec.name, *more) if all(one.only is None for one in branches(ctx, spec, verb)) else None


def _living_or_binned(spec: ObjectSpec, binned: bool) -> QuerySet[Any]:
    if binned:
        return spec.model._default_manager.filter(~Q(deleted_at=None), **spec.scope)
    return living(spec)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the chosen fields come out of a fetched row: columns, and per field where they stand. Made once a page."""

    columns: tuple[str, ...]
    plain: tuple[tuple[str, int], ...]  # fields that are one column as it is: name and place
    built: tuple[tuple[Field, tuple[int, ...]], ...]  # fields that their store builds from its columns

    def row(self, raw: tuple[Any, ...]) -> Row:
        values = {name: raw[at] for name, at in self.plain}
        for one, places in self.built:
            values[one.name] = one.store.load(one, [raw[at] for at in places])
        return Row(raw[0], raw[1], values)


def _plan(chosen: Sequence[Field]) -> _Plan:
    place: dict[str, int] = {}
    for one in chosen:
        for column in one.store.columns:
            place.setdefault(column, len(place) + 2)  # after id and version
    plain = tuple((one.name, place[one.store.columns[0]]) for one in chosen if type(one.store) is Column)
    built = tuple(
        (one, tuple(place[column] for column in one.store.columns)) for one in chosen if type(one.store) is not Column
    )
    return _Plan(tuple(place), plain, built)


def _nullable(spec: ObjectSpec, one: Field) -> bool:
    """Whether an order by this field meets NULL: where it may, the page is read in two goes."""
    if one.target or not isinstance(one.store, Column):
        return True
    return bool(getattr(spec.model._meta.get_field(one.store.columns[0]), "null", True))


def _cursor_kind(one: Field) -> str:
    if one.target:
        return ""
    return (
        {Kind.DATE: "date", Kind.DATETIME: "datetime", Kind.NUMBER: "number"}.get(one.type.kind, "")
        if one.shipped
        else ""
    )
