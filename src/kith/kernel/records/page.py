"""Keyset pages: a page begins after the last row of the one before, so page 4,000 costs what page 1 costs.

Written in the expanded form with a leading bound (``a >= x AND (a > x OR id > y)``), never as a row value: the same
speed on PostgreSQL and SQLite, 6,000 times faster on MariaDB (measured). Nulls sort last in either direction.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cmp_to_key, reduce
from operator import or_
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.kit import json
from kith.kernel.policy.rows import Branch
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot
from kith.kernel.query.tree import BadFilter

SEAL: Final = 12
"""Bytes of the seal on a cursor."""

MERGED: Final = 100
"""Up to this many branches each gets a query of its own; beyond it one OR is the lesser evil."""


@dataclass(frozen=True, slots=True)
class Key:
    """One level of an order: an expression, its direction, and whether it can be NULL."""

    expr: Combinable | BaseExpression
    descending: bool = False
    nullable: bool = True
    kind: str = ""  # how a cursor's value is read back: date, datetime, uuid, decimal


def encode(values: Sequence[Any], keys: Sequence[Key] = ()) -> str:
    """The cursor of a row: its sort values and id, sealed, so that whoever carries it cannot change it.

    With ``keys`` it says which order it belongs to and is good for no other.
    """
    body = json.dumps([_order(keys), *(_plain(one) for one in values)])
    return base64.urlsafe_b64encode(_seal(body) + body).rstrip(b"=").decode()


def decode(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """The values in a cursor. Raises :class:`BadFilter` when it is not one of ours, or belongs to another order."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        seal, body = raw[:SEAL], raw[SEAL:]
        if not hmac.compare_digest(seal, _seal(body)):
            raise ValueError("not sealed by us")
        order, *held = json.loads(body)
        if len(held) != len(keys) or order not in ("", _order(keys)):
            raise ValueError("another order")
        return [_read(one, key.kind) for one, key in zip(held, keys, strict=True)]
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BadFilter("bad_cursor", gettext_noop("The cursor “after” does not belong to this list")) from error


def _seal(body: bytes) -> bytes:
    return salted_hmac("kith.kernel.records.page", body, algorithm="sha256").digest()[:SEAL]


def _order(keys: Sequence[Key]) -> str:
    """A short mark of an order: its expressions and directions."""
    if not keys:
        return ""
    written = " ".join(f"{'-' if one.descending else ''}{_written(one.expr)}" for one in keys)
    return hashlib.sha256(written.encode()).hexdigest()[:8]


def _written(part: Any) -> str:
    """An expression as text; ``repr`` leaves out what a class keeps beside its sources (the key of a ``JsonKey``)."""
    if isinstance(part, QuerySet):
        return part.model.__name__
    if isinstance(part, tuple | list):
        return f"[{' '.join(map(_written, part))}]"
    made = getattr(part, "_constructor_args", None)  # Django keeps them for migrations
    if made is None:
        return str(part)
    args, named = made
    return f"{type(part).__name__}({' '.join(map(_written, args))} {_written(sorted(named.items()))})"


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else str(value)
        if isinstance(value, uuid.UUID)
        else value
    )


def _read(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "datetime":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "reference":
        return uuid.UUID(value)
    if kind == "number":
        return value if isinstance(value, int) else Decimal(value)
    if not isinstance(value, str | int | bool | Decimal):
        raise ValueError("not a sort value")
    return value


def beyond(keys: Sequence[Key], values: Sequence[Any], place: int = 0) -> Q:
    """The rows after ``values`` in the order of ``keys``.

    The leading bound decides alone but for ties, so the rest matters only where the first key is equal. Of the values
    it matters here only which are ``None``: they are put in when the query runs, in their order from ``place`` on.
    """
    head, value = keys[0], values[0]
    rest = beyond(keys[1:], values[1:], place + 1) if len(keys) > 1 else None
    nulls = Q(IsNull(head.expr, True))
    if value is None:  # among the nulls, which come last
        return nulls & rest if rest is not None else Q(pk__in=())
    slot = Slot(place, head.expr)
    past = Q(LessThan(head.expr, slot) if head.descending else GreaterThan(head.expr, slot))
    if rest is not None:
        reached = LessThanOrEqual(head.expr, slot) if head.descending else GreaterThanOrEqual(head.expr, slot)
        past = Q(reached) & (past | rest)
    return past | nulls if head.nullable else past


@dataclass(frozen=True, slots=True)
class Rows:
    """What is paged through: the rows of ``build()`` for ``ctx``.

    ``key`` names all that ``build`` depends on, or is ``None`` where the rows must be asked for anew each time
    (:func:`prepared.run`). ``given`` are the values of its own slots, from place 0 on; a cursor's come after them.
    ``within``: a further condition, which may be narrower for a page: told its order, what it comes after, its length.
    """

    ctx: Context
    key: Hashable | None
    build: Callable[[], QuerySet[Any]]
    given: tuple[Any, ...] = ()
    within: Callable[[Sequence[Key], Sequence[Any] | None, int], Q] | None = None
    counted: Callable[[int], QuerySet[Any]] | None = None  # as many rows, up to a number, where they are cheaper to get

    def every(self) -> QuerySet[Any]:
        """All of them, in no order."""
        return self.build() if self.within is None else self.build().filter(self.within((), None, 0))

    def where(self, name: str, condition: Callable[[], Q]) -> Rows:
        """Those of the rows that meet a condition, which ``name`` names."""
        key = None if self.key is None else (self.key, name)
        return replace(self, key=key, build=lambda: self.build().filter(condition()))


def fetch(
    rows: Rows, columns: Sequence[str], keys: Sequence[Key], branches: Sequence[Branch], after: str, limit: int
) -> list[tuple[Any, ...]]:
    """The next ``limit`` rows over all branches, as tuples of ``columns`` and then the sort values; the last is
    the id.

    A first key that can be NULL is read in two goes, values then nulls, since no index of SQLite or MariaDB serves
    "nulls last"; the second query runs only where the values do not fill the page.
    """
    values = decode(after, keys) if after else None
    order = _Order((*columns, *(f"_k{place}" for place in range(len(keys)))), tuple(keys))
    head, tail = keys[0], keys[1:]
    if not head.nullable:
        return _over(rows, order, keys, branches, values, limit)
    found: list[tuple[Any, ...]] = []
    if values is None or values[0] is not None:
        solid = (Key(head.expr, head.descending, False, head.kind), *tail)
        found = _over(rows.where("solid", lambda: Q(IsNull(head.expr, False))), order, solid, branches, values, limit)
        values = None
    if len(found) < limit:
        nulls = rows.where("nulls", lambda: Q(IsNull(head.expr, True)))
        found += _over(nulls, order, tail, branches, values[1:] if values else None, limit - len(found))
    return found


@dataclass(frozen=True, slots=True)
class _Order:
    """What is read of each row, sort values and id at the end, and all keys of the order."""

    wanted: tuple[str, ...]
    keys: tuple[Key, ...]


def _over(
    rows: Rows,
    order: _Order,
    keys: Sequence[Key],
    branches: Sequence[Branch],
    values: Sequence[Any] | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """The next rows after ``values`` in the order of ``keys``: all of the order's, or those after the nulls."""
    offset = len(order.keys) - len(keys)

    def asked(condition: Callable[[], Q]) -> QuerySet[Any]:
        sorted_by = {f"_k{place}": one.expr for place, one in enumerate(order.keys)}
        made: QuerySet[Any, Any] = rows.build().annotate(**sorted_by)
        made = made.order_by(*(_by_name(one, f"_k{place}") for place, one in enumerate(keys, offset)))
        if rows.within is not None:
            made = made.filter(rows.within(keys, values, limit))
        if values is not None:
            made = made.filter(beyond(keys, values, len(rows.given)))
        made = made.filter(condition()).values_list(*order.wanted)
        return made[:limit]

    def run(name: Hashable, condition: Callable[[], Q]) -> list[tuple[Any, ...]]:
        nulls = None if values is None else tuple(one is None for one in values)
        way = tuple((one.descending, one.nullable) for one in keys)
        key = None if rows.key is None or name is None else (rows.key, order.wanted, way, nulls, limit, name)
        return prepared.run(rows.ctx, key, lambda: asked(condition), (*rows.given, *(values or ())))

    if len(branches) > MERGED:
        return run(None, lambda: reduce(or_, (one.q for one in branches)))
    if len(branches) <= 1:
        return run(_name(branches[0]), lambda: branches[0].q) if branches else []
    pages = [run(_name(one), lambda one=one: one.q) for one in branches]  # type: ignore[misc]
    padded = connections[DEFAULT_DB_ALIAS].vendor == "mysql"
    first = len(order.wanted) - len(keys)  # nulls of a first key are ordered by the keys that follow it
    return _merged(pages, keys, first, limit, padded)


def _name(branch: Branch) -> Hashable | None:
    """What tells a branch from the actor's others; ``None`` where a role's condition, which may mean "today", is in
    it.
    """
    return (branch.column, branch.value) if branch.only is None else None


def _by_name(key: Key, name: str) -> OrderBy:
    return OrderBy(F(name), descending=key.descending, nulls_last=True if key.nullable else None)


def _merged(
    pages: list[list[tuple[Any, ...]]], keys: Sequence[Key], first: int, limit: int, padded: bool
) -> list[tuple[Any, ...]]:
    """One order out of one page a branch; a row that lies in two branches comes once.

    ``padded``: the database compares texts as if spaces followed the shorter one (MariaDB), so this does, too.
    """

    def compare(one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
        for key, mine, yours in zip(keys, one[first:], other[first:], strict=True):
            if padded and isinstance(mine, str) and isinstance(yours, str):
                mine, yours = mine.ljust(len(yours)), yours.ljust(len(mine))
            if mine != yours:
                if mine is None or yours is None:
                    return 1 if mine is None else -1
                return (1 if mine > yours else -1) * (-1 if key.descending else 1)
        return 0

    found: list[tuple[Any, ...]] = []
    for row in heapq.merge(*pages, key=cmp_to_key(compare)):
        if not found or found[-1][-1] != row[-1]:
            found.append(row)
            if len(found) == limit:
                break
    return found
