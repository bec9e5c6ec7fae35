"""Merging: each value where it belongs, every child with the survivor, and one undo for all of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kith.api import Forbidden, Invalid, NotFound, change, read, undo
from kith.kernel.records import duplicates, merge


@pytest.fixture
def two(world: Any) -> tuple[Any, uuid.UUID, uuid.UUID, uuid.UUID, uuid.UUID]:
    """Olga's two companies that are one, a contact of the second, and one that has it among its other companies."""
    ctx = world.ctx("olga")
    spec = ctx.schema["companies"]
    first = {"name": "Lotus Bay Hotels", "emails": ["info@lotus.example"], "tags": ["a"], "external_id": "A1"}
    second = {"name": "Lotus Bay Hotel BV", "emails": ["x@lotus.example"], "tags": ["b"], "employees": 7}
    kept = change(ctx, spec, None, first).id
    lost = change(ctx, spec, None, {**second, "external_ids": {"erp": "B1"}}).id
    contacts = ctx.schema["contacts"]
    child = change(ctx, contacts, None, {"name": "Piet", "company": str(lost)}).id
    friend = change(ctx, contacts, None, {"name": "Quinn", "companies": [{"id": str(lost), "role": "Board"}]}).id
    return ctx, kept, lost, child, friend


def _row(ctx: Any, object: str, id: uuid.UUID) -> Any:
    return read.one(ctx, ctx.schema[object], id).rows[0]


def test_values_keys_and_children_come_together(two: Any) -> None:
    ctx, kept, lost, child, friend = two
    done = merge.merge(ctx, ctx.schema["companies"], kept, [lost], {"name": lost})
    row = _row(ctx, "companies", kept)
    assert row["name"] == "Lotus Bay Hotel BV"
    assert row["employees"] == 7
    assert row["tags"] == ("a", "b")
    assert [one.value for one in row["emails"]] == ["info@lotus.example", "x@lotus.example"]
    assert dict(row["external_ids"]) == {"default": "A1", "erp": "B1"}
    assert _row(ctx, "contacts", child)["company"] == kept
    assert [(one.id, dict(one.attributes)) for one in _row(ctx, "contacts", friend)["companies"]] == [
        (kept, {"role": "Board"})
    ]
    assert done.moved == {"contacts": 2}
    with pytest.raises(NotFound):
        _row(ctx, "companies", lost)


def test_one_undo_brings_both_back(two: Any) -> None:
    ctx, kept, lost, child, friend = two
    before = {
        id: dict(_row(ctx, name, id).values)
        for name, id in (("companies", kept), ("companies", lost), ("contacts", child), ("contacts", friend))
    }
    done = merge.merge(ctx, ctx.schema["companies"], kept, [lost])
    assert done.survivor is not None and done.survivor.event is not None
    undone = undo(ctx, done.survivor.event.id)
    assert undone.kept == ()
    for name, id in (("companies", kept), ("companies", lost), ("contacts", child), ("contacts", friend)):
        now = dict(_row(ctx, name, id).values)
        moving = {"version", "updated_at"}
        assert {k: v for k, v in now.items() if k not in moving} == {
            k: v for k, v in before[id].items() if k not in moving
        }


def test_a_preview_says_what_would_happen_and_writes_nothing(two: Any) -> None:
    ctx, kept, lost, _child, _friend = two
    shown = merge.preview(ctx, ctx.schema["companies"], kept, [lost], {})
    assert shown.values["employees"] == (None, 7)
    assert shown.moved == {"contacts": 2}
    assert _row(ctx, "companies", lost)["name"] == "Lotus Bay Hotel BV"


def test_whoever_may_not_delete_may_not_merge(two: Any, world: Any) -> None:
    _ctx, kept, lost, _child, _friend = two
    tim = world.ctx("tim")  # a team mate: may change, may not delete
    with pytest.raises(Forbidden):
        merge.merge(tim, tim.schema["companies"], kept, [lost])
    stella = world.ctx("stella")
    for ask in (merge.merge, lambda *all: merge.preview(*all, {})):
        with pytest.raises(NotFound):
            ask(stella, stella.schema["companies"], kept, [lost])


def test_nonsense_is_refused(two: Any) -> None:
    ctx, kept, lost, _child, _friend = two
    for losers in ([], [kept], [lost, lost]):
        with pytest.raises(Invalid):
            merge.merge(ctx, ctx.schema["companies"], kept, losers)
    with pytest.raises(Invalid):
        merge.merge(ctx, ctx.schema["companies"], kept, [lost], {"no_such_field": lost})


def test_duplicates_are_told_by_address_and_by_name(two: Any, world: Any) -> None:
    ctx, kept, lost, _child, _friend = two
    spec = ctx.schema["companies"]
    emails = spec.fields["emails"].type.parse(spec.fields["emails"], "INFO@lotus.example")
    sure = duplicates.like(ctx, spec, {"emails": emails})
    assert [(one.id, one.score, one.fields) for one in sure] == [(kept, 100, ("emails",))]
    named = duplicates.like(ctx, spec, {"name": "LOTUS BAY HOTELS"})
    assert named[0].id == kept
    assert duplicates.like(ctx, spec, {"name": "Lotus Bay Hotels"}, besides=[kept, lost]) == []
    stella = world.ctx("stella")
    assert duplicates.like(stella, spec, {"emails": emails, "name": "Lotus Bay Hotels"}) == []
