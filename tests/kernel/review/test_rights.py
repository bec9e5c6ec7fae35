"""Ways around the rights that a review found: each test is one of them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import transaction

from kith.kernel.events.sealer import seal
from kith.kernel.policy.grants import grants
from kith.kernel.policy.models import Role
from kith.kernel.policy.rows import branches
from kith.kernel.query.tree import Words
from kith.kernel.records import changed, duplicates, finding, read, shape
from kith.kernel.records.change import change
from kith.kernel.records.errors import Forbidden, NotFound
from kith.kernel.records.merge import merge
from kith.kernel.records.undo import undo
from kith.kernel.schema import load
from kith.kernel.search import find
from tests.world import World, forget

pytestmark = [pytest.mark.django_db, pytest.mark.words]


def role(**values: Any) -> None:
    """What the role of Stella and Hugo says from here on."""
    Role.objects.filter(key="masked").update(**values)
    load.bump()
    forget()


def all_of(*objects: str, **verbs: str) -> dict[str, Any]:
    return {"*": {}} | {one: {"read": "all", **verbs} for one in objects}


def test_titles_kept_for_everybody_are_not_those_of_a_narrowed_role(world: World) -> None:
    tim, ada = str(world.people["tim"]), world.people["ada"]
    role(
        rights=all_of("users", "contacts"),
        conditions={"users": {"read": {"field": "email", "op": "eq", "value": "tim@kith.example"}}},
    )
    mighty, narrowed = world.ctx("ada"), world.ctx("hugo")
    owner = mighty.schema["contacts"].fields["owner"]
    rows = [read.Row(uuid.uuid4(), 1, {"owner": id}) for id in (ada, uuid.UUID(tim))]
    assert len(read.titles(mighty, [owner], rows)) == 2
    assert [one.id for one in read.titles(narrowed, [owner], rows).values()] == [uuid.UUID(tim)]


def test_a_narrowed_role_does_not_decide_what_others_are_called(world: World) -> None:
    role(
        rights=all_of("users", "contacts"),
        conditions={"users": {"read": {"field": "email", "op": "eq", "value": "tim@kith.example"}}},
    )
    mighty, narrowed = world.ctx("ada"), world.ctx("hugo")
    owner = mighty.schema["contacts"].fields["owner"]
    rows = [read.Row(uuid.uuid4(), 1, {"owner": world.people[name]}) for name in ("ada", "tim")]
    read.titles(narrowed, [owner], rows)
    assert len(read.titles(mighty, [owner], rows)) == 2


def test_sync_tells_nothing_of_records_beyond_a_condition(world: World) -> None:
    role(
        rights=all_of("contacts", "users"),
        conditions={"contacts": {"read": {"field": "owner", "op": "eq", "value": str(world.people["tim"])}}},
    )
    hidden = change(world.ctx("ada"), world.ctx("ada").schema["contacts"], None, {"last_name": "Hidden"}).id
    seal()
    narrowed = world.ctx("hugo")
    found = changed.changed_after(narrowed, narrowed.schema["contacts"], 0)
    assert hidden not in {one.id for one in found.changed}


def test_reach_changes_with_a_condition(world: World) -> None:
    role(rights=all_of("contacts", "users"))
    ctx = world.ctx("hugo")
    before = changed.reach(ctx, ctx.schema["contacts"])
    role(conditions={"contacts": {"read": {"field": "owner", "op": "eq", "value": str(world.people["tim"])}}})
    ctx = world.ctx("hugo")
    assert changed.reach(ctx, ctx.schema["contacts"]) != before


def test_a_record_is_not_found_by_the_title_of_one_beyond_reach(world: World) -> None:
    ada = world.ctx("ada")
    secret = change(ada, ada.schema["companies"], None, {"name": "Zyxsecret Holding"}).id
    tim = world.ctx("tim")
    mine = change(tim, tim.schema["contacts"], None, {"last_name": "Plain"}).id
    change(ada, ada.schema["contacts"], mine, {"company": str(secret)})
    with pytest.raises(NotFound):
        read.one(tim, tim.schema["companies"], secret)
    assert mine in {one.id for one in finding.search(world.ctx("ada"), "zyxsecret", ["contacts"])}
    assert not finding.search(tim, "zyxsecret", ["contacts"])
    assert not read.rows(tim, tim.schema["contacts"], read.Query(Words("zyxsecret"))).rows


def test_duplicates_do_not_tell_what_a_hidden_field_of_addresses_holds(world: World) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "emails", {"en": "Private mail"})
    ada = world.ctx("ada")
    (name,) = (one for one in ada.schema["contacts"].fields if "private" in one)
    role(rights=all_of("contacts", "users"), masks={f"contacts.{name}": "hidden"})
    ada, hugo = world.ctx("ada"), world.ctx("hugo")
    made = change(ada, ada.schema["contacts"], None, {"last_name": "Wu", name: ["secret@hidden.example"]}).id
    spec = hugo.schema["contacts"]
    values, _wrong = duplicates.typed(hugo, spec, {"emails": ["secret@hidden.example"]})
    assert values
    assert made not in {one.id for one in duplicates.like(hugo, spec, values)}


def test_a_condition_on_making_holds(world: World) -> None:
    role(
        rights=all_of("contacts", "users", create="all"),
        conditions={"contacts": {"create": {"field": "last_name", "op": "eq", "value": "Allowed"}}},
    )
    hugo = world.ctx("hugo")
    with pytest.raises(Forbidden):
        change(hugo, hugo.schema["contacts"], None, {"last_name": "Other"})
    assert change(hugo, hugo.schema["contacts"], None, {"last_name": "Allowed"}).id


def test_nobody_makes_records_for_others_with_the_reach_of_their_own(world: World) -> None:
    role(rights=all_of("contacts", "users", create="own"))
    hugo = world.ctx("hugo")
    with pytest.raises(Forbidden):
        change(hugo, hugo.schema["contacts"], None, {"last_name": "Wu", "owner": str(world.people["tim"])})


def test_undoing_a_merge_writes_no_survivor_beyond_reach(world: World) -> None:
    ada = world.ctx("ada")
    contacts = ada.schema["contacts"]
    stay = change(ada, contacts, None, {"last_name": "Stay"}).id
    gone = change(ada, contacts, None, {"last_name": "Gone", "job_title": "Chief"}).id
    done = merge(ada, contacts, stay, [gone])
    role(rights=all_of("contacts", "users", delete="all"))  # may delete, not update
    hugo = world.ctx("hugo")
    assert done.event is not None
    with pytest.raises(Forbidden):
        undo(hugo, done.event)
    row = read.one(world.ctx("ada"), contacts, stay, ("job_title",)).rows[0]
    assert row["job_title"] == "Chief"


def test_a_visible_title_still_finds_the_record(world: World) -> None:
    tim = world.ctx("tim")
    company = change(tim, tim.schema["companies"], None, {"name": "Qwvisible Holding"}).id
    mine = change(tim, tim.schema["contacts"], None, {"last_name": "Plain", "company": str(company)}).id
    assert [one.id for one in finding.search(tim, "qwvis", ["contacts"])] == [mine]
    found = read.rows(tim, tim.schema["contacts"], read.Query(Words("qwvis"))).rows
    assert [one.id for one in found] == [mine]


def test_whoever_merged_may_take_it_back(world: World) -> None:
    tim = world.ctx("tim")
    contacts = tim.schema["contacts"]
    stay = change(tim, contacts, None, {"last_name": "Stay"}).id
    gone = change(tim, contacts, None, {"last_name": "Gone", "job_title": "Chief"}).id
    done = merge(tim, contacts, stay, [gone])
    assert done.event is not None
    undo(tim, done.event)
    assert read.one(tim, contacts, stay, ("job_title",)).rows[0]["job_title"] == ""
    assert read.ids(tim, contacts, [gone]) == {gone}


def test_a_condition_that_hops_is_not_run_to_compare_branches(world: World, django_assert_num_queries: Any) -> None:
    role(
        rights=all_of("contacts", "users"),
        conditions={"contacts": {"read": {"field": "owner.email", "op": "eq", "value": "tim@kith.example"}}},
    )
    hugo = world.ctx("hugo")
    grants(hugo)
    with django_assert_num_queries(0):
        assert len(branches(hugo, hugo.schema["contacts"])) == 1


def test_titles_of_a_change_that_was_rolled_back_are_not_kept(world: World) -> None:
    ada, tim = world.ctx("ada"), world.people["tim"]
    owner = ada.schema["contacts"].fields["owner"]
    rows = [read.Row(uuid.uuid4(), 1, {"owner": tim})]

    def called() -> list[str]:
        return [one.text for one in read.titles(world.ctx("ada"), [owner], rows).values()]

    before = called()
    with transaction.atomic():
        change(ada, ada.schema["users"], tim, {"name": "Never committed"})
        assert called() == ["Never committed"]
        transaction.set_rollback(True)
    ada = world.ctx("ada")
    change(ada, ada.schema["teams"], None, {"name": "Another"})  # takes the number that was rolled back
    assert called() == before


def test_the_search_of_a_list_is_not_cut_for_who_sees_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "CANDIDATES", 2)
    tim = world.ctx("tim")
    company = change(tim, tim.schema["companies"], None, {"name": "Qwvisible Holding"}).id
    values = {"last_name": "Plain", "company": str(company), "job_title": "Vexillologist"}
    for _ in range(5):
        change(tim, tim.schema["contacts"], None, values)
    found = read.rows(tim, tim.schema["contacts"], read.Query(Words("vexill")))
    assert len(found.rows) == 5 and found.count == read.Count(5, True)
