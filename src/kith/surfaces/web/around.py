"""The records before and after one in the list that the reader came from, whose address the page carries along."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import IsNull
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from kith.kernel.accounts.context import Context
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy.rows import branches
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import Tree, words
from kith.kernel.records import finding, page, read
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import state as states


@dataclass(frozen=True, slots=True)
class Around:
    """The list that the reader came from and the neighbours in it; "" where there is none."""

    back: str
    previous: str = ""
    next: str = ""
    carried: str = ""  # "?from=…", to keep the list in the addresses of the neighbours


def around(request: HttpRequest, ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> Around:
    """Neighbours in the order of the list of ``?from=``, or of the object's own order: three or four keyset queries."""
    came = request.GET.get("from", "")
    back = reverse("list", kwargs={"object": spec.name})
    try:
        where, sort = _asked(request, ctx, spec, came)
        before, after = _neighbours(ctx, spec, where, sort, id)
    except Unreadable:  # an old link to a list that is no more: the record is still good
        return Around(back)
    carried = f"?{_query(came)}" if came else ""
    here = [
        f"{reverse('record', kwargs={'object': spec.name, 'id': one})}{carried}" if one else ""
        for one in (before, after)
    ]
    return Around(f"{back}?{came}" if came else back, here[0], here[1], carried)


def _query(came: str) -> str:
    made = QueryDict(mutable=True)
    made["from"] = came
    return made.urlencode()


def _asked(request: HttpRequest, ctx: Context, spec: ObjectSpec, came: str) -> tuple[Tree, tuple[str, ...]]:
    """Condition and order of the list, read from its address as the list itself reads it."""
    listed = cast(HttpRequest, SimpleNamespace(GET=QueryDict(came), user=request.user))
    state = states.state_of(listed, ctx, spec)
    return states.asked_of_rows(state), state.sort


def _neighbours(
    ctx: Context, spec: ObjectSpec, where: Tree, sort: Sequence[str], id: uuid.UUID
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    keys = read.order(ctx, spec, sort)
    reached = branches(ctx, spec)
    condition = Compiler(ctx, ActorSight(ctx)).q(spec, where)
    if text := words(where):
        condition &= finding.matching(ctx, spec, text)
    rows = page.Rows(ctx, None, lambda: living(spec).filter(condition))
    here = page.fetch(rows.where("this one", lambda: Q(pk=id)), ("id",), keys, reached, "", 1)
    if not here:
        return None, None  # in the bin, or no longer in that list
    values = here[0][-len(keys) :]
    after = page.fetch(rows, ("id",), keys, reached, page.encode(values), 1)
    return _before(rows, keys, reached, values), after[0][0] if after else None


def _before(rows: page.Rows, keys: Sequence[page.Key], reached: Any, values: Sequence[Any]) -> uuid.UUID | None:
    """The row before. Nulls of the first key are a list of their own behind the values, since no index serves both."""
    head, *tail = keys
    if not head.nullable:
        return _last(rows, keys, reached, values)
    solid = rows.where("solid", lambda: Q(IsNull(head.expr, False))), (replace(head, nullable=False), *tail)
    if values[0] is not None:
        return _last(*solid, reached, values)
    nulls = rows.where("nulls", lambda: Q(IsNull(head.expr, True)))
    return _before(nulls, tail, reached, values[1:]) or _last(*solid, reached, None)


def _last(rows: page.Rows, keys: Sequence[page.Key], reached: Any, values: Sequence[Any] | None) -> uuid.UUID | None:
    """The last row before these values, or of all: the first of the order turned round.

    Nulls stand last in either direction, so a key that can be null is turned as two: whether it is, and its value.
    """
    turned: list[page.Key] = []
    held: list[Any] = []
    for key, value in zip(keys, values or [None] * len(keys), strict=True):
        if key.nullable:
            empty = Case(When(IsNull(key.expr, True), then=Value(1)), default=Value(0), output_field=IntegerField())
            turned.append(page.Key(empty, descending=True, nullable=False, kind="number"))
            held.append(int(value is None))
        turned.append(replace(key, descending=not key.descending, nullable=False))
        held.append(value)
    found = page.fetch(rows, ("id",), turned, reached, page.encode(held) if values is not None else "", 1)
    return found[0][0] if found else None
