"""Which rows a verb reaches. Lists read the branches, single records and counts the condition: both say the same."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.policy.models import Role
from kith.kernel.policy.rows import branches, holds, may, rows_q
from kith.kernel.records import read
from kith.kernel.records.change import change, delete
from kith.kernel.records.errors import Forbidden, NotFound
from kith.kernel.schema import load
from tests.world import ACTORS, OWNERS, World, forget


def owners(world: World, rows: Any) -> set[str]:
    ids = {row.pk for row in rows}
    return {owner for owner in OWNERS if world.records["contacts", owner] in ids}


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("verb", ["read", "update", "delete"])
def test_branches_condition_and_row_agree(world: World, who: str, verb: str) -> None:
    ctx = world.ctx(who)
    spec = ctx.schema["contacts"]
    every = list(spec.model._default_manager.all())
    by_branch = {row.pk for one in branches(ctx, spec, verb) for row in spec.model._default_manager.filter(one.q)}
    by_condition = {row.pk for row in spec.model._default_manager.filter(rows_q(ctx, spec, verb))}
    assert by_branch == by_condition == {row.pk for row in every if holds(ctx, spec, verb, row)}
    assert bool(by_branch) is may(ctx, spec, verb)


def test_a_managers_branches_are_of_the_teams_below(world: World) -> None:
    mara = world.ctx("mara")
    found = branches(mara, mara.schema["contacts"])
    held = {(one.column, one.value) for one in found}
    assert held >= {
        ("owner_id", world.people["mara"]),
        ("team_id", world.teams["Sales"]),
        ("team_id", world.teams["North"]),
    }
    assert ("team_id", world.teams["South"]) not in held


def test_what_is_mine_stays_mine_in_another_team(world: World) -> None:
    spec = world.ctx("ada").schema["contacts"]
    change(world.ctx("ada"), spec, world.records["contacts", "olga"], {"team": world.teams["South"]})
    assert owners(world, spec.model._default_manager.filter(rows_q(world.ctx("olga"), spec))) == {"olga", "tim"}
    assert owners(world, spec.model._default_manager.filter(rows_q(world.ctx("tim"), spec))) == {"tim"}
    assert owners(world, spec.model._default_manager.filter(rows_q(world.ctx("stella"), spec))) == {"stella", "olga"}


def test_a_move_of_a_team_or_person_counts_from_the_next_request(world: World) -> None:
    ada = world.ctx("ada")
    change(ada, ada.schema["teams"], world.teams["South"], {"parent": world.teams["Sales"]})
    mara = world.ctx("mara")
    assert read.ids(mara, mara.schema["contacts"], [world.records["contacts", "stella"]])
    change(world.ctx("ada"), ada.schema["users"], world.people["tim"], {"team": world.teams["South"]})
    tim = world.ctx("tim")
    assert not read.ids(tim, tim.schema["contacts"], [world.records["contacts", "olga"]])
    assert read.ids(tim, tim.schema["contacts"], [world.records["contacts", "tim"]])


def test_a_deactivated_or_binned_person_is_nobody(world: World) -> None:
    from kith.kernel.accounts.directory import directory

    ada = world.ctx("ada")
    change(ada, ada.schema["users"], world.people["tim"], {"is_active": False})
    assert directory(load.version()).actor(world.people["tim"]) is None
    delete(world.ctx("ada"), ada.schema["users"], world.people["stella"])
    assert directory(load.version()).actor(world.people["stella"]) is None


# --- conditions of roles ---


def condition(verb: str, tree: Any) -> None:
    Role.objects.filter(key="masked").update(conditions={"contacts": {verb: tree}})
    load.bump()
    forget()


def only(owner: str) -> dict[str, Any]:
    return {"field": "first_name", "op": "eq", "value": f"CNR-contacts-first_name-{owner}"}


def test_a_condition_narrows_reading_everywhere(world: World) -> None:
    condition("read", only("tim"))
    hugo = world.ctx("hugo")
    spec = hugo.schema["contacts"]
    page = read.rows(hugo, spec, read.Query())
    assert [row.id for row in page.rows] == [world.records["contacts", "tim"]]
    assert page.count is not None
    assert page.count.value == 1
    assert read.count(hugo, spec, read.Query()).value == 1
    with pytest.raises(NotFound):
        read.one(hugo, spec, world.records["contacts", "olga"])


def test_a_condition_narrows_writing_before_and_after(world: World) -> None:
    condition("update", only("tim"))
    spec = world.ctx("hugo").schema["contacts"]
    with pytest.raises(Forbidden):
        change(world.ctx("hugo"), spec, world.records["contacts", "olga"], {"job_title": "Captain"})
    tim = world.records["contacts", "tim"]
    assert change(world.ctx("hugo"), spec, tim, {"job_title": "Captain"}).event
    with pytest.raises(Forbidden):
        change(world.ctx("hugo"), spec, tim, {"first_name": "Out of reach"})


def test_a_condition_that_cannot_be_read_lets_nothing_through(world: World) -> None:
    for broken in (
        {"field": "nosuchfield", "op": "eq", "value": 1},
        {"op": "eq"},
        "x",
        [1],
        {"field": "first_name", "op": "no"},
    ):
        condition("*", broken)
        hugo = world.ctx("hugo")
        assert read.rows(hugo, hugo.schema["contacts"], read.Query()).rows == ()


def test_a_role_without_the_condition_opens_the_rest(world: World) -> None:
    from kith.kernel.accounts.models import User

    condition("read", only("tim"))
    User.objects.filter(pk=world.people["hugo"]).update(roles=["masked", "read_only"])
    load.bump()
    forget()
    hugo = world.ctx("hugo")
    assert len(read.rows(hugo, hugo.schema["contacts"], read.Query()).rows) == 2
