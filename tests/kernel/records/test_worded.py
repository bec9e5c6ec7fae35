"""Free words in a list: pages made of the documents, counts that stop, and what stands beside the words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kith.api import Query, change, read
from kith.kernel.query.tree import And, Is, Or, Tree, Words
from kith.kernel.records.change import delete
from tests.world import World, build

NAMES = [f"{letter}ra Quillfeather {number}" for number in range(4) for letter in "CBADE"]
"""Not in the order of their titles, and more than a page has."""


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """Committed, since MariaDB finds words of committed rows only."""
    world = build()
    ada = world.ctx("ada")
    for at, name in enumerate(NAMES):
        change(ada, ada.schema["contacts"], None, {"name": name, "city": ("Porto", "Lyon")[at % 2]})
    change(ada, ada.schema["contacts"], None, {"name": "Someone Else", "city": "Porto"})
    yield world


def _walked(ctx: Any, where: Tree, **more: Any) -> list[str]:
    """The names over all pages of three; the count of the first page is that of all."""
    after, found = "", []
    while True:
        query = Query(where=where, limit=3, after=after, fields=("name",), **more)
        page = read.rows(ctx, ctx.schema["contacts"], query)
        if not after:
            count = page.count
        found += [str(row["name"]) for row in page.rows]
        after = page.next
        if not after:
            assert count == read.Count(len(found), True)
            return found


def test_pages_by_title_are_made_of_the_documents(world: World) -> None:
    ctx = world.ctx("ada")
    assert _walked(ctx, Words("quillf")) == sorted(NAMES)
    assert _walked(ctx, Words("quillf"), sort=("-name",)) == sorted(NAMES, reverse=True)
    assert _walked(ctx, Words("quillf"), sort=("created_at",)) == NAMES
    assert _walked(ctx, Words("quillf bra")) == sorted(name for name in NAMES if name.startswith("B"))
    assert _walked(ctx, Words("quillf nowhere")) == []
    assert _walked(ctx, Words("—")) == _walked(ctx, Words("…"))  # nothing to look for


def test_words_beside_other_conditions(world: World) -> None:
    ctx = world.ctx("ada")
    porto = sorted(NAMES[::2])
    assert _walked(ctx, And((Words("quillf"), Is("city", "eq", "Porto")))) == porto
    assert _walked(ctx, And((Words("quillf"), Words("porto")))) == porto
    assert _walked(ctx, Or((Words("quillf"), Is("name", "contains", "Someone")))) == [*sorted(NAMES), "Someone Else"]


def test_a_count_stops_at_its_cap(world: World) -> None:
    ctx = world.ctx("ada")
    spec = ctx.schema["contacts"]
    assert read.count(ctx, spec, Query(where=Words("quillf")), cap=7) == read.Count(7, False)
    assert read.count(ctx, spec, Query(where=Words("quillf")), cap=0) == read.Count(len(NAMES), True)
    assert read.count(ctx, spec, Query(where=Words("quillf porto")), cap=0) == read.Count(len(NAMES) // 2, True)


def test_the_bin_has_no_documents(world: World) -> None:
    ctx = world.ctx("ada")
    spec = ctx.schema["contacts"]
    first = read.rows(ctx, spec, Query(where=Words("quillf"), limit=1)).rows[0]
    delete(ctx, spec, first.id)
    assert _walked(ctx, Words("quillf")) == sorted(NAMES)[1:]
    assert _walked(ctx, Words("quillf"), binned=True) == []


def test_only_what_an_actor_reaches(world: World) -> None:
    """Everyone finds and counts what a list without words would show of the same names."""
    for name in world.people:
        ctx = world.ctx(name)
        spec = ctx.schema["contacts"]
        try:
            everything = read.rows(ctx, spec, Query(limit=100, fields=("name",))).rows
        except Exception as error:
            with pytest.raises(type(error)):
                read.rows(ctx, spec, Query(where=Words("quillf")))
            continue
        seen = sorted(str(row["name"]) for row in everything if "Quillf" in str(row["name"]))
        assert _walked(ctx, Words("quillf")) == seen
