"""Whom an owner lets read a record: everybody, a team with those below it, a role; and that reading is all they get."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, holds, may, rows_q
from kith.kernel.query.tree import Is
from kith.kernel.records import read
from kith.kernel.records.change import change, delete
from kith.kernel.records.errors import Forbidden, Invalid, NotFound
from kith.kernel.records.read import Query
from tests.world import ACTORS, World

OWN = {"olga", "ada", "olga_reads"}
NORTH = OWN | {"tim", "rita"}
READERS = {
    "": OWN,
    "everybody": NORTH | {"mara", "stella"},
    "team:North": NORTH,
    "team:Sales": NORTH | {"mara"},
    "team:South": OWN | {"stella"},
    "role:member": OWN | {"tim", "stella"},
    "role:read_only": OWN | {"rita"},
}


def audience(world: World, name: str) -> str:
    kind, _colon, key = name.partition(":")
    return f"team:{world.teams[key]}" if kind == "team" else name


def made(world: World, shared: str = "", who: str = "olga", **values: Any) -> uuid.UUID:
    ctx = world.ctx(who)
    spec = ctx.schema["views"]
    return change(ctx, spec, None, {"name": "Buyers", "of": "contacts", "shared": shared, **values}).id


@pytest.mark.parametrize("shared", READERS)
def test_who_reads_what_is_shared(world: World, shared: str) -> None:
    id = made(world, audience(world, shared))
    readers = set()
    for who in ACTORS:
        ctx = world.ctx(who)
        spec = ctx.schema["views"]
        by_id = bool(read.ids(ctx, spec, [id])) if may(ctx, spec, "read") else False
        row = spec.model._default_manager.get(pk=id)
        by_condition = spec.model._default_manager.filter(rows_q(ctx, spec), pk=id).exists()
        assert by_id == by_condition == holds(ctx, spec, "read", row), who
        if by_id:
            readers.add(who)
            listed = read.rows(ctx, spec, Query(Is("of", "eq", "contacts"), fields=tuple(mask.readable(ctx, spec))))
            assert [one.id for one in listed.rows].count(id) == 1, who  # once, whatever lets them read it
    assert readers == READERS[shared]


@pytest.mark.parametrize("who", ["tim", "stella", "rita", "hugo", "mara"])
def test_reading_is_all_that_others_get(world: World, who: str) -> None:
    id = made(world, "everybody")
    ctx = world.ctx(who)
    spec = ctx.schema["views"]
    with pytest.raises((Forbidden, NotFound)):
        change(ctx, spec, id, {"name": "Mine now"})
    with pytest.raises((Forbidden, NotFound)):
        delete(ctx, spec, id)
    assert not any(one.reason == "shared" for verb in ("update", "delete") for one in branches(ctx, spec, verb))


def test_who_leaves_the_team_or_is_shared_with_no_more_reads_no_more(world: World) -> None:
    id = made(world, audience(world, "team:North"))
    ada = world.ctx("ada")
    tim = world.ctx("tim")
    assert read.ids(tim, tim.schema["views"], [id])
    change(ada, ada.schema["users"], world.people["tim"], {"team": world.teams["South"]})
    tim = world.ctx("tim")
    assert not read.ids(tim, tim.schema["views"], [id])
    rita = world.ctx("rita")
    assert read.ids(rita, rita.schema["views"], [id])
    olga = world.ctx("olga")
    change(olga, olga.schema["views"], id, {"shared": None})
    assert not read.ids(rita, rita.schema["views"], [id])


def test_sharing_with_nobody_there_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        made(world, f"team:{uuid.uuid4()}")
    assert [one.field for one in refused.value.complaints] == ["shared"]


@pytest.mark.parametrize(
    "values",
    [
        {"of": "contact"},
        {"of": "roles_of_nobody"},
        {"filter": {"field": "nothing", "op": "eq", "value": 1}},
        {"filter": {"words": 3}},
        {"sort": "nothing"},
        {"sort": "-"},
        {"columns": "name,nothing"},
    ],
)
def test_a_view_that_cannot_be_opened_is_refused_by_field(world: World, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        made(world, **values)
    assert {one.field for one in refused.value.complaints} == set(values)


def test_a_view_of_an_object_that_one_may_not_read_is_refused(world: World) -> None:
    """What is administered does not exist for others."""
    ctx = world.ctx("noah")
    with pytest.raises((Forbidden, NotFound)):
        change(ctx, ctx.schema["views"], None, {"name": "All", "of": "contacts"})
