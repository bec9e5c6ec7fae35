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
from django.db.models.lookups import In
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, may, rows_q
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import ALL, BadFilter, Tree, words
from kith.kernel.records import aside, page
from kith.kernel.records.errors import Forbidden, NotFound
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.schema.spec import ObjectSpec

MOST: Final = 500
COUNT_CAP: Final = 1000
BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one object. ``fields`` empty means all that the actor may read; names may hop: ``company.city``."""

    where: Tree = ALL
    sort: tuple[str, ...] = ()  # "-amount", "name"
    fields: tuple[str, ...] = ()
    limit: int = 50
    after: str = ""
    count: bool = True
    binned: bool = False  # the bin instead of the living


@dataclass(frozen=True, slots=True)
class Title:
    """A record as it is named elsewhere. ``text`` is "" when this actor may not see it."""

    object: str
    id: uuid.UUID
    text: str


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
    selected = _selected(ctx, spec, query)
    keys = order(ctx, spec, query.sort)
    columns, places = _columns(chosen)
    found = page.fetch(selected, ("id", "version", *columns), keys, branches(ctx, spec), query.after, limit + 1)
    more, found = len(found) > limit, found[:limit]
    made = aside.fill(spec, chosen, [_row(chosen, places, raw) for raw in found])
    return Page(
        spec,
        chosen,
        tuple(made),
        page.encode(found[-1][-len(keys) :]) if more else "",
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
    columns, places = _columns(chosen)
    base = _living_or_binned(spec, binned)
    raw = base.filter(rows_q(ctx, spec), pk=key).values_list("id", "version", *columns).first()
    if raw is None:
        raise NotFound(spec.name, id)
    made = aside.fill(spec, chosen, [_row(chosen, places, raw)])
    return Page(spec, chosen, tuple(made), "", None, titles(ctx, chosen, made))


def by_ids(ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID], fields: Sequence[str]) -> Page:
    """Those of ``wanted`` that the actor may see, in no order."""
    chosen = requested(ctx, spec, tuple(fields)) if fields else ()
    columns, places = _columns(chosen)
    found = living(spec).filter(rows_q(ctx, spec), pk__in=list(wanted)).values_list("id", "version", *columns)
    made = aside.fill(spec, chosen, [_row(chosen, places, raw) for raw in found])
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
    matching = _selected(ctx, spec, query).filter(rows_q(ctx, spec)).order_by()
    if not cap:
        return Count(matching.count(), True)
    value = matching.values("pk")[: cap + 1].count()
    return Count(min(value, cap), value <= cap)


def ids(ctx: Context, spec: ObjectSpec, wanted: Iterable[uuid.UUID], verb: str = "read") -> set[uuid.UUID]:
    """Those of ``wanted`` that exist and that ``verb`` reaches: one query."""
    return set(living(spec).filter(rows_q(ctx, spec, verb), pk__in=list(wanted)).values_list("pk", flat=True))


def titles(ctx: Context, chosen: Iterable[Field], made: Iterable[Row]) -> dict[tuple[str, uuid.UUID], Title]:
    """Titles of all records that these rows lead to, one query per object. What the actor may not see is not there."""
    wanted: dict[str, set[uuid.UUID]] = {}
    rows_made = list(made)
    for one in chosen:
        if not one.target:
            continue
        for row in rows_made:
            wanted.setdefault(one.target, set()).update(_led_to(row.values[one.name]))
    found: dict[tuple[str, uuid.UUID], Title] = {}
    for name, targets in wanted.items():
        spec = ctx.schema.get(name)
        if spec is None or not targets or not may(ctx, spec, "read"):
            continue
        for id, text in title_rows(ctx, spec, targets):
            found[name, id] = Title(name, id, text)
    return found


def title_rows(ctx: Context, spec: ObjectSpec, targets: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str]]:
    """Id and title of those targets that the actor may see."""
    shown = mask.readable(ctx, spec).get(spec.title)
    if shown is None:
        return
    held = spec.model._default_manager.filter(rows_q(ctx, spec), pk__in=list(targets), **spec.scope)
    for raw in held.values_list("id", *shown.store.columns):
        yield raw[0], shown.type.display(shown, shown.store.load(shown, raw[1:]), ctx.locale)


def requested(ctx: Context, spec: ObjectSpec, wanted: Sequence[str]) -> tuple[Field, ...]:
    """The fields asked for, or all readable ones. Raises :class:`BadFilter` for one that is not there for this actor."""
    held = mask.readable(ctx, spec)
    if not wanted:
        return tuple(held.values())
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


def identity(id: uuid.UUID | str) -> uuid.UUID | None:
    """The id as a UUID; ``None`` when it is none."""
    if isinstance(id, uuid.UUID):
        return id
    try:
        return uuid.UUID(str(id))
    except ValueError:
        return None


def _selected(ctx: Context, spec: ObjectSpec, query: Query) -> QuerySet[Any]:
    where = Compiler(ctx, ActorSight(ctx)).q(spec, query.where)
    if text := words(query.where):
        from kith.kernel.records import finding  # it reads, too

        where &= finding.matching(ctx, spec, text)
    base = _living_or_binned(spec, query.binned)
    return base.filter(where) if where else base


def _living_or_binned(spec: ObjectSpec, binned: bool) -> QuerySet[Any]:
    if binned:
        return spec.model._default_manager.filter(~Q(deleted_at=None), **spec.scope)
    return living(spec)


def _columns(chosen: Sequence[Field]) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The columns to fetch, each once, and the places in the row of each field's own ones."""
    place: dict[str, int] = {}
    for one in chosen:
        for column in one.store.columns:
            place.setdefault(column, len(place) + 2)  # after id and version
    return tuple(place), [tuple(place[column] for column in one.store.columns) for one in chosen]


def _row(chosen: Sequence[Field], places: Sequence[tuple[int, ...]], raw: tuple[Any, ...]) -> Row:
    values = {
        one.name: one.store.load(one, [raw[at] for at in where]) for one, where in zip(chosen, places, strict=True)
    }
    return Row(raw[0], raw[1], values)


def _led_to(value: Any) -> Iterable[uuid.UUID]:
    if value is None:
        return ()
    if isinstance(value, uuid.UUID):
        return (value,)
    return [getattr(one, "id", one) for one in value]


def _nullable(spec: ObjectSpec, one: Field) -> bool:
    if one.type.kind is Kind.TEXT or one.type.kind is Kind.ENUM:
        return not one.shipped
    if one.shipped and len(one.store.columns) == 1:
        return bool(
            getattr(
                spec.model._meta.get_field(
                    one.store.columns[0].removesuffix("_id") if one.target else one.store.columns[0]
                ),
                "null",
                True,
            )
        )
    return True


def _cursor_kind(one: Field) -> str:
    if one.target:
        return ""
    return (
        {Kind.DATE: "date", Kind.DATETIME: "datetime", Kind.NUMBER: "number"}.get(one.type.kind, "")
        if one.shipped
        else ""
    )
