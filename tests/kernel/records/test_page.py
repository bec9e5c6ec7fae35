"""Paging: every row once, in order, whatever the order, the rights and the size of the page; and cursors that hold."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
from django.db.models import F, OrderBy
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from kith.kernel.accounts.context import Context
from kith.kernel.policy.rows import Branch, rows_q
from kith.kernel.query.tree import ALL, BadFilter, Is, Not, Or, Tree
from kith.kernel.records import page, read
from kith.kernel.records.sight import living
from tests.kernel.query import conftest, plenty

_made, made = conftest._made, conftest.made  # the same samples
ACTORS = ("system", "olga", "tim", "stella", "ada")
WHERE: tuple[Tree, ...] = (
    ALL,
    Is("count", "gt", 0),
    Not(Is("company.city", "eq", "Berlin")),
    Or((Is("topics", "has", "vip"), Is("stage", "in", ["new", "open"]))),
    Is("title", "eq", "nothing of the kind"),
)


def sortable(made: plenty.Plenty, ctx: Context) -> list[str]:
    """All fields of samples that have an order, shipped and user-made."""
    spec = ctx.schema["samples"]
    return [
        name
        for name, one in spec.fields.items()
        if not one.readable and not one.write_only and one.type.sort_expr(one) is not None
    ]


def walked(ctx: Context, query: read.Query) -> list[uuid.UUID]:
    """The ids of all pages, one after the other."""
    found, after = [], ""
    for _page in range(1000):
        here = read.rows(
            ctx, ctx.schema["samples"], read.Query(query.where, query.sort, ("title",), query.limit, after, False)
        )
        assert len(here.rows) <= query.limit
        found += [row.id for row in here.rows]
        if not here.next:
            return found
        assert len(here.rows) == query.limit, "only the last page is short"
        after = here.next
    raise AssertionError("the pages have no end")


def sorted_at_once(ctx: Context, query: read.Query) -> list[uuid.UUID]:
    """The same by one ORDER BY over all rows."""
    spec = ctx.schema["samples"]
    rows = living(spec).filter(rows_q(ctx, spec), pk__in=matching(ctx, query.where))
    keys = {f"_s{place}": key for place, key in enumerate(read.order(ctx, spec, query.sort))}
    rows = rows.annotate(**{name: key.expr for name, key in keys.items()})
    order = [OrderBy(F(name), descending=key.descending, nulls_last=True) for name, key in keys.items()]
    return list(rows.order_by(*order).values_list("pk", flat=True))


def matching(ctx: Context, where: Tree) -> list[uuid.UUID]:
    from kith.kernel.query.compile import Compiler
    from kith.kernel.records.sight import ActorSight

    spec = ctx.schema["samples"]
    return list(living(spec).filter(Compiler(ctx, ActorSight(ctx)).q(spec, where)).values_list("pk", flat=True))


@pytest.mark.parametrize("name", ACTORS)
def test_pages_are_the_whole_list_in_order(made: plenty.Plenty, name: str) -> None:
    ctx = made.ctx(name)
    words = st.builds(
        lambda field, minus: minus + field, st.sampled_from(sortable(made, ctx)), st.sampled_from(["", "-"])
    )
    sorts = st.lists(words, max_size=3, unique_by=lambda one: one.removeprefix("-")).map(tuple)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sorts, st.sampled_from(WHERE), st.integers(1, 9))
    def holds(sort: tuple[str, ...], where: Tree, limit: int) -> None:
        query = read.Query(where, sort, limit=limit)
        note(f"{sort} {where} {limit}")
        found = walked(ctx, query)
        assert len(found) == len(set(found)), "a row came twice"
        assert found == sorted_at_once(ctx, query)

    holds()


@pytest.mark.parametrize("minus", ["", "-"])
def test_every_order_alone(made: plenty.Plenty, minus: str) -> None:
    ctx = made.ctx("olga")
    for field in sortable(made, ctx):
        query = read.Query(sort=(minus + field,), limit=4)
        assert walked(ctx, query) == sorted_at_once(ctx, query), field


def test_any_set_of_branches(made: plenty.Plenty) -> None:
    """Branches overlap, repeat each other, or hold nothing."""
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    people, teams = list(made.people.values()), list(made.teams.values())
    every = (
        [Branch("owner_id", one) for one in people]
        + [Branch("team_id", one) for one in teams]
        + [Branch("owner_id", uuid.uuid4())]
    )

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.sampled_from(every), max_size=6),
        st.sampled_from(["title", "-count", "company", "-word", "day"]),
        st.integers(1, 7),
    )
    def holds(branches: list[Branch], sort: str, limit: int) -> None:
        keys = read.order(ctx, spec, (sort,))
        found: list[Any] = []
        after = ""
        while True:
            rows = page.fetch(page.Rows(ctx, keys, lambda: living(spec)), ("id",), keys, branches, after, limit + 1)
            found += [row[0] for row in rows[:limit]]
            if len(rows) <= limit:
                break
            after = page.encode(rows[limit - 1][-len(keys) :], keys)
        whole = [
            row[0] for row in page.fetch(page.Rows(ctx, keys, lambda: living(spec)), ("id",), keys, [Branch()], "", 500)
        ]
        reached = {one.pk for one in living(spec) if any(branch.holds(one) for branch in branches)}
        assert found == [id for id in whole if id in reached]

    holds()


def test_more_branches_than_are_merged(made: plenty.Plenty, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = made.ctx("tim")
    query = read.Query(sort=("-count",), limit=5)
    merged = walked(ctx, query)
    monkeypatch.setattr(page, "MERGED", 1)
    assert walked(ctx, query) == merged


# --- cursors ---------------------------------------------------------------------------------------------------------


def cursor_of(ctx: Context, *sort: str) -> str:
    found = read.rows(ctx, ctx.schema["samples"], read.Query(sort=sort, limit=2))
    assert found.next
    return found.next


def refused(ctx: Context, cursor: str, *sort: str) -> str:
    with pytest.raises(BadFilter) as caught:
        read.rows(ctx, ctx.schema["samples"], read.Query(sort=sort, after=cursor))
    return caught.value.code


def test_a_cursor_that_was_changed_is_refused(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    cursor = cursor_of(ctx, "-day", "word")
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    body = raw[page.SEAL :]
    forged = [
        b'["",null,null,null]',
        b'["","2026-01-01","x","y"]',
        b'["",[],{},1e999]',
        b"[]",
        b"",
        b"\xff\xfe",
        b"[" * 5000,
        body.replace(b'"', b"'"),
    ]
    for other in forged:
        for seal in (b"", raw[: page.SEAL], b"\x00" * page.SEAL):
            assert refused(ctx, base64.urlsafe_b64encode(seal + other).decode() or "=", "-day", "word") == "bad_cursor"
    for place in range(len(raw)):
        flipped = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        assert refused(ctx, base64.urlsafe_b64encode(flipped).decode(), "-day", "word") == "bad_cursor"


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1) | st.binary(min_size=1).map(lambda one: base64.urlsafe_b64encode(one).decode()))
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(BadFilter):
        page.decode(
            text, (page.Key(F("title_key"), nullable=False), page.Key(F("id"), nullable=False, kind="reference"))
        )


def test_a_cursor_of_another_order_is_refused(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    orders = [
        ("word",),
        ("-word",),
        ("city",),
        ("title",),
        (made.own["text"],),
        (made.own["date"],),
        ("word", "city"),
        ("stage",),
    ]
    held = {sort: read.order(ctx, spec, sort) for sort in orders}
    for sort, keys in held.items():
        rows = page.fetch(page.Rows(ctx, keys, lambda: living(spec)), ("id",), keys, [Branch()], "", 3)
        cursor = page.encode(rows[1][-len(keys) :], keys)
        assert page.decode(cursor, keys)
        for other, its_keys in held.items():
            if other != sort:
                with pytest.raises(BadFilter):
                    page.decode(cursor, its_keys)


def test_the_lists_of_read_refuse_a_cursor_of_another_order(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    assert refused(ctx, cursor_of(ctx, "word"), "city") == "bad_cursor"
    assert refused(ctx, cursor_of(ctx, "word"), "-word") == "bad_cursor"
