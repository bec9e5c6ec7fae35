"""The one write path, step by step."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from kith.kernel.events import handlers
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.kit.ids import moment_of
from kith.kernel.records import read, shape
from kith.kernel.records.change import Item, change, change_many, delete, restore
from kith.kernel.records.errors import Conflict, Forbidden, Invalid, NotFound
from kith.kernel.schema import load
from tests.world import World, make, mask_role


def held(world: World, object: str, id: uuid.UUID, *names: str) -> Any:
    ctx = world.ctx("system")
    row = read.one(ctx, ctx.schema[object], id, names).rows[0]
    return row[names[0]] if len(names) == 1 else row


def test_a_new_record_is_its_makers(world: World) -> None:
    olga = world.ctx("olga")
    made = change(olga, olga.schema["companies"], None, {"name": "Lotus Bay"})
    row = read.one(olga, olga.schema["companies"], made.id).rows[0]
    assert (row["owner"], row["team"], row["created_by"]) == (
        world.people["olga"],
        world.teams["North"],
        world.people["olga"],
    )
    assert row.version == 1
    assert row["created_at"] == row["updated_at"]


def test_given_owner_wins(world: World) -> None:
    olga = world.ctx("olga")
    made = change(olga, olga.schema["companies"], None, {"name": "Lotus Bay", "owner": str(world.people["tim"])})
    assert held(world, "companies", made.id, "owner") == world.people["tim"]


def test_all_complaints_at_once_and_nothing_written(world: World) -> None:
    olga = world.ctx("olga")
    before = Event.objects.count()
    with pytest.raises(Invalid) as found:
        change(
            olga, olga.schema["companies"], None, {"email": "nobody", "employees": "-3", "colour": "red", "version": 5}
        )
    assert {(one.field, one.code) for one in found.value.complaints} == {
        ("email", "not_an_email"),
        ("employees", "too_small"),
        ("colour", "unknown_field"),
        ("version", "read_only"),
        ("name", "required"),
    }
    assert Event.objects.count() == before


def test_only_what_differs_is_in_the_event(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    seen = read.one(olga, olga.schema["contacts"], id).rows[0]
    done = change(olga, olga.schema["contacts"], id, {"source": seen["source"], "job_title": "Captain"})
    assert set(done.diff) == {"job_title"}
    assert done.event is not None
    assert payload_of(done.event)["diff"] == {"job_title": [seen["job_title"], "Captain"]}
    assert done.version == seen.version + 1


def test_the_primary_address_is_the_first_of_all(world: World) -> None:
    olga = world.ctx("olga")
    spec = olga.schema["companies"]
    made = change(olga, spec, None, {"name": "Lotus", "emails": ["a@lotus.example", "b@lotus.example"]})
    done = change(olga, spec, made.id, {"email": "b@lotus.example"})
    assert set(done.diff) == {"emails"}
    assert [one.value for one in held(world, "companies", made.id, "emails")] == ["b@lotus.example", "a@lotus.example"]
    assert held(world, "companies", made.id, "email") == "b@lotus.example"
    change(olga, spec, made.id, {"email": None})
    assert held(world, "companies", made.id, "email") == "a@lotus.example"


def test_a_stranger_is_told_nothing_and_a_reader_is_told_no(world: World) -> None:
    id = world.records["contacts", "olga"]
    for who, error in (("stella", NotFound), ("rita", Forbidden), ("noah", NotFound), ("anonymous", NotFound)):
        ctx = world.ctx(who)
        with pytest.raises(error):
            change(ctx, ctx.schema["contacts"], id, {"job_title": "Captain"})
    assert held(world, "contacts", id, "job_title") != "Captain"


def test_a_team_mate_may_change_and_not_delete(world: World) -> None:
    tim, id = world.ctx("tim"), world.records["contacts", "olga"]
    assert change(tim, tim.schema["contacts"], id, {"job_title": "Captain"}).event
    with pytest.raises(Forbidden):
        delete(tim, tim.schema["contacts"], id)


def test_nobody_gives_a_record_out_of_their_own_sight(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    with pytest.raises(Forbidden):
        change(olga, olga.schema["contacts"], id, {"owner": world.people["stella"], "team": world.teams["South"]})
    assert held(world, "contacts", id, "owner") == world.people["olga"]


def test_a_conflict_has_all_three_values_and_the_name(world: World) -> None:
    id = world.records["contacts", "olga"]
    spec = world.ctx("olga").schema["contacts"]
    seen = read.one(world.ctx("olga"), spec, id).rows[0]
    change(world.ctx("tim"), spec, id, {"job_title": "Captain"}, expect=seen.version)
    with pytest.raises(Conflict) as found:
        change(world.ctx("olga"), spec, id, {"job_title": "Purser"}, expect=seen.version)
    (one,) = found.value.differences
    assert (one.field, one.before, one.now, one.wanted) == ("job_title", seen["job_title"], "Captain", "Purser")
    assert (found.value.version, found.value.by) == (seen.version + 1, "Tim")


def test_inline_edits_of_different_fields_both_stay(world: World) -> None:
    id = world.records["contacts", "olga"]
    spec = world.ctx("olga").schema["contacts"]
    seen = read.one(world.ctx("olga"), spec, id).rows[0].version
    change(world.ctx("tim"), spec, id, {"job_title": "Captain"}, expect=seen, strict=False)
    change(world.ctx("olga"), spec, id, {"source": "Fair"}, expect=seen, strict=False)
    assert held(world, "contacts", id, "job_title") == "Captain"
    assert held(world, "contacts", id, "source") == "Fair"


def test_all_or_nothing(world: World) -> None:
    olga = world.ctx("olga")
    spec = olga.schema["companies"]
    before = spec.model._default_manager.count()
    with pytest.raises(Invalid) as found:
        change_many(olga, spec, [Item({"name": "One"}, verb="create"), Item({"name": ""}, verb="create")])
    assert [(one.field, one.row) for one in found.value.complaints] == [("name", 1)]
    assert spec.model._default_manager.count() == before


def test_partial_saves_what_it_can(world: World) -> None:
    olga = world.ctx("olga")
    spec = olga.schema["companies"]
    items = [
        Item({"name": "One"}, verb="create"),
        Item({"name": ""}, verb="create"),
        Item({"name": "Mine"}, world.records["companies", "olga"]),
        Item({"name": "Not mine"}, world.records["companies", "stella"]),
        Item(id=world.records["companies", "tim"], verb="delete"),
    ]
    done = change_many(olga, spec, items, partial=True)
    assert [bool(one.event) for one in done] == [True, False, True, False, False]
    assert [one.code for made in done for one in made.complaints.found] == ["required", "not_found", "forbidden"]
    assert [one.row for made in done for one in made.complaints.found] == [1, 3, 4]


def test_chunks_are_one_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kith.kernel.records.change.CHUNK", 2)
    olga = world.ctx("olga")
    spec = olga.schema["companies"]
    before = spec.model._default_manager.count()
    items = [Item({"name": f"C{place}"}, verb="create") for place in range(5)]
    with pytest.raises(Invalid) as found:
        change_many(olga, spec, [*items, Item({"name": ""}, verb="create")])
    assert [one.row for one in found.value.complaints] == [5]
    assert spec.model._default_manager.count() == before
    assert len(change_many(world.ctx("olga"), spec, items)) == 5


def test_a_unique_value_within_a_batch_and_beside_the_bin(world: World) -> None:
    ada = world.ctx("ada")
    spec = ada.schema["samples"]
    values = [Item({"title": "x", "serial": "S1"}, verb="create"), Item({"title": "y", "serial": "S1"}, verb="create")]
    with pytest.raises(Invalid) as found:
        change_many(ada, spec, values)
    assert [(one.field, one.code, one.row) for one in found.value.complaints] == [("serial", "taken", 1)]
    made = change(world.ctx("ada"), spec, None, {"title": "x", "serial": "S1"})
    delete(world.ctx("ada"), spec, made.id)
    with pytest.raises(Invalid) as found:  # the column's own constraint counts the bin, too
        change(world.ctx("ada"), spec, None, {"title": "y", "serial": "S1"})
    (one,) = found.value.complaints
    assert (one.field, one.code, "bin" in str(one.message)) == ("serial", "taken", True)
    with pytest.raises(Invalid) as found:  # who may not see it is told no more than of any other
        change(world.ctx("stella"), spec, None, {"title": "y", "serial": "S1"})
    (one,) = found.value.complaints
    assert (one.field, one.code, "bin" in str(one.message)) == ("serial", "taken", False)
    restore(world.ctx("ada"), spec, made.id)


def test_a_required_field_that_the_writer_may_not_fill_in(world: World) -> None:
    """Hidden: not named, not even by its label. Seen but fixed: named. With a default: no matter at all."""
    shape.change_field(world.ctx("ada"), "samples", "salary", required=True)
    shape.change_field(world.ctx("ada"), "samples", "bonus", required=True)
    olga = world.ctx("olga")
    spec = olga.schema["samples"]
    with pytest.raises(Invalid) as refused:
        change(olga, spec, None, {"title": "x"})
    (one,) = refused.value.complaints
    assert (one.field, one.code) == ("", "required")
    assert "salary" not in str(one.message).casefold() and "administrator" in str(one.message)
    with pytest.raises(Invalid) as refused:
        change(world.ctx("ada"), spec, None, {"title": "x"})
    assert [(one.field, one.code) for one in refused.value.complaints] == [("salary", "required")]
    change(world.ctx("ada"), spec, None, {"title": "x", "salary": "much"})
    mask_role({"contacts.source": "read"})
    shape.change_field(world.ctx("ada"), "contacts", "source", required=True)
    with pytest.raises(Invalid) as refused:
        change(world.ctx("hugo"), world.ctx("hugo").schema["contacts"], None, {"last_name": "Wu"})
    assert [(one.field, one.code) for one in refused.value.complaints] == [("source", "required")]
    assert "may not" in str(refused.value)


def test_a_key_of_another_system_is_held_once(world: World) -> None:
    ada = world.ctx("ada")
    spec = ada.schema["companies"]
    change(ada, spec, None, {"name": "One", "external_id": "K1"})
    done = change_many(
        ada,
        spec,
        [
            Item({"name": "Two", "external_id": "K1"}, verb="create"),
            Item({"name": "Three", "external_ids": {"erp": "7"}}, verb="create"),
            Item({"name": "Four", "external_ids": {"erp": "7", "shop": "1"}}, verb="create"),
            Item({"name": "Five", "external_id": "K5"}, verb="create"),
        ],
        partial=True,
    )
    assert [bool(one.event) for one in done] == [False, True, False, True]
    assert {one.code for made in done for one in made.complaints.found} == {"taken"}


def test_bin_and_back(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    spec = olga.schema["contacts"]
    before = read.one(olga, spec, id).rows[0]
    delete(olga, spec, id)
    with pytest.raises(NotFound):
        change(world.ctx("olga"), spec, id, {"job_title": "Captain"})
    with pytest.raises(NotFound):
        delete(world.ctx("olga"), spec, id)
    assert [row.id for row in read.rows(world.ctx("olga"), spec, read.Query(binned=True)).rows] == [id]
    restore(world.ctx("olga"), spec, id)
    after = read.one(world.ctx("olga"), spec, id).rows[0]
    assert {name for name in before.values if before[name] != after[name]} == {"updated_at", "version"}


def test_a_dated_change_is_born_then(world: World) -> None:
    then = datetime(2019, 5, 17, 9, 30, tzinfo=UTC)
    root = world.ctx("system")
    made = change_many(root, root.schema["companies"], [Item({"name": "Old"}, verb="create", at=then)])[0]
    assert moment_of(made.id) == then
    assert held(world, "companies", made.id, "created_at") == then
    assert made.event is not None
    assert made.event.at == then


def test_a_token_needs_not_see_its_user(world: World) -> None:
    """The maker becomes the owner, even where the token's objects leave users out."""
    token = world.ctx("olga_contacts")
    made = change(token, token.schema["contacts"], None, {"last_name": "Wu"})
    assert held(world, "contacts", made.id, "owner") == world.people["olga"]


def test_a_schema_that_moved_is_read_again(world: World) -> None:
    """The request began before the schema changed: the write works with the new one."""
    olga = world.ctx("olga")
    load.bump()
    made = change(olga, olga.schema["companies"], None, {"name": "Lotus"})
    assert made.ctx.schema.version == load.version()


def test_who_may_do_what_is_at_once_another_version(world: World) -> None:
    ada = world.ctx("ada")
    before = load.version()
    change(ada, ada.schema["users"], world.people["tim"], {"is_active": False})
    assert load.version() == before + 1
    change(world.ctx("ada"), ada.schema["companies"], world.records["companies", "tim"], {"name": "Still here"})
    assert load.version() == before + 1


def test_handlers_wake_after_the_commit(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(handlers, "_listeners", [lambda: woken.append(connection.in_atomic_block)])
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        make(world.ctx("olga"), world.ctx("olga").schema["companies"])
        assert woken == []
    assert callbacks
    assert woken


def test_a_reference_that_somebody_else_put_there_may_stay(world: World) -> None:
    """Only what the writer newly leads to must be in their sight."""
    spec, id = world.ctx("olga").schema["samples"], world.records["samples", "olga"]
    theirs, mine = world.records["contacts", "stella"], world.records["contacts", "olga"]
    change(world.ctx("system"), spec, id, {"helpers": [str(theirs)]})
    change(world.ctx("olga"), spec, id, {"helpers": [str(theirs), str(mine)]})
    assert {one.id for one in held(world, "samples", id, "helpers")} == {theirs, mine}
    other = world.records["contacts", "mara"]
    with pytest.raises(Invalid):
        change(world.ctx("olga"), spec, id, {"helpers": [str(theirs), str(other)]})
