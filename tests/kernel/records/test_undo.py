"""Every change can be taken back, alone or with its batch; by whoever could have made it, and by nobody else."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from kith.kernel.events.models import Event
from kith.kernel.kit.ids import new_id
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many, delete, restore
from kith.kernel.records.errors import Conflict, Forbidden, Invalid, NotFound
from kith.kernel.records.undo import undo
from tests.world import World


def event_of(done: Any) -> uuid.UUID:
    assert done.event is not None
    return done.event.id


def job_title(world: World, owner: str) -> Any:
    root = world.ctx("system")
    return read.one(root, root.schema["contacts"], world.records["contacts", owner], ("job_title",)).rows[0][
        "job_title"
    ]


def test_an_edit(world: World) -> None:
    olga, id, before = world.ctx("olga"), world.records["contacts", "olga"], job_title(world, "olga")
    done = change(olga, olga.schema["contacts"], id, {"job_title": "Captain"})
    (back,) = undo(world.ctx("olga"), event_of(done)).changes
    assert job_title(world, "olga") == before
    assert back.event is not None
    assert back.event.undoes == event_of(done)
    undo(world.ctx("olga"), event_of(back))  # an undo is a change like any other
    assert job_title(world, "olga") == "Captain"


def test_created_deleted_restored(world: World) -> None:
    olga = world.ctx("olga")
    spec = olga.schema["companies"]
    made = change(olga, spec, None, {"name": "Lotus"})
    undo(world.ctx("olga"), event_of(made))
    assert not read.ids(world.ctx("olga"), spec, [made.id])
    back = restore(world.ctx("olga"), spec, made.id)
    undo(world.ctx("olga"), event_of(back))
    assert not read.ids(world.ctx("olga"), spec, [made.id])
    gone = Event.objects.filter(record=made.id, verb="deleted").order_by("-id")[0]
    undo(world.ctx("olga"), gone.id)
    assert read.ids(world.ctx("olga"), spec, [made.id])


def test_somebody_changed_the_field_since(world: World) -> None:
    id = world.records["contacts", "olga"]
    spec = world.ctx("olga").schema["contacts"]
    mine = change(world.ctx("olga"), spec, id, {"job_title": "Captain"})
    change(world.ctx("tim"), spec, id, {"job_title": "Purser"})
    with pytest.raises(Conflict) as found:
        undo(world.ctx("olga"), event_of(mine))
    (one,) = found.value.differences
    assert (one.field, one.now) == ("job_title", "Purser")
    assert job_title(world, "olga") == "Purser"


def test_another_field_changed_since_is_no_conflict(world: World) -> None:
    id, before = world.records["contacts", "olga"], job_title(world, "olga")
    spec = world.ctx("olga").schema["contacts"]
    mine = change(world.ctx("olga"), spec, id, {"job_title": "Captain"})
    change(world.ctx("tim"), spec, id, {"source": "Fair"})
    undo(world.ctx("olga"), event_of(mine))
    assert job_title(world, "olga") == before


def test_a_batch_goes_back_as_one(world: World) -> None:
    mara = world.ctx("mara", batch=new_id())
    spec = mara.schema["contacts"]
    before = {owner: job_title(world, owner) for owner in ("olga", "tim", "mara")}
    ids = [world.records["contacts", owner] for owner in before]
    done = change_many(mara, spec, [Item({"job_title": "Captain"}, id) for id in ids])
    change(world.ctx("tim"), spec, ids[1], {"job_title": "Purser"})
    undone = undo(world.ctx("mara"), event_of(done[0]))
    assert {one.id for one in undone.changes} == {ids[0], ids[2]}
    assert undone.kept == (ids[1],)
    assert (job_title(world, "olga"), job_title(world, "tim")) == (before["olga"], "Purser")


def test_one_of_a_batch_alone(world: World) -> None:
    mara = world.ctx("mara", batch=new_id())
    ids = [world.records["contacts", owner] for owner in ("olga", "tim")]
    done = change_many(mara, mara.schema["contacts"], [Item({"job_title": "Captain"}, id) for id in ids])
    undo(world.ctx("mara"), event_of(done[0]), batch=False)
    assert job_title(world, "olga") != "Captain"
    assert job_title(world, "tim") == "Captain"


@pytest.mark.parametrize("verb", ["created", "updated", "deleted", "restored"])
@pytest.mark.parametrize("in_batch", [False, True])
def test_an_event_that_may_not_be_seen_does_not_exist(world: World, verb: str, in_batch: bool) -> None:
    """Also for whoever may not undo at all, and for a whole batch: no other answer than to a made-up id."""
    root = world.ctx("system", batch=new_id() if in_batch else None)
    spec = root.schema["contacts"]
    done = change(root, spec, None, {"last_name": "Wu", "owner": world.people["stella"], "team": world.teams["South"]})
    if verb == "updated":
        done = change(root, spec, done.id, {"job_title": "Captain"})
    if verb in ("deleted", "restored"):
        done = delete(root, spec, done.id)
    if verb == "restored":
        done = restore(root, spec, done.id)
    for who in ("olga", "tim", "rita", "noah", "olga_reads", "anonymous"):
        with pytest.raises(NotFound):
            undo(world.ctx(who), event_of(done))
    assert undo(world.ctx("ada"), event_of(done)).changes


def test_only_who_may_change_may_undo(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    edited = change(olga, olga.schema["contacts"], id, {"job_title": "Captain"})
    with pytest.raises(Forbidden):
        undo(world.ctx("rita"), event_of(edited))
    assert undo(world.ctx("tim"), event_of(edited)).changes
    gone = delete(world.ctx("olga"), olga.schema["contacts"], id)
    with pytest.raises(Forbidden):
        undo(world.ctx("tim"), event_of(gone))


def test_a_value_that_lies_aside_comes_back_whole(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    spec = olga.schema["contacts"]
    wire = [
        {"value": "a@x.example", "kind": "work", "primary": True, "status": "bounced"},
        {"value": "b@x.example", "kind": "home"},
    ]
    change(olga, spec, id, {"emails": wire})
    before = read.one(world.ctx("olga"), spec, id, ("emails",)).rows[0]["emails"]
    done = change(world.ctx("olga"), spec, id, {"emails": []})
    undo(world.ctx("olga"), event_of(done))
    assert read.one(world.ctx("olga"), spec, id, ("emails",)).rows[0]["emails"] == before


@pytest.mark.parametrize(("source", "way_on"), [("web", "history of each record"), ("import", "page of the import")])
def test_a_batch_that_is_too_long_is_refused_whole(
    world: World, monkeypatch: pytest.MonkeyPatch, source: str, way_on: str
) -> None:
    mara = world.ctx("mara", batch=new_id())
    mara = replace(mara, source=source)
    ids = [world.records["contacts", owner] for owner in ("olga", "tim", "mara")]
    done = change_many(mara, mara.schema["contacts"], [Item({"job_title": "Captain"}, id) for id in ids])
    monkeypatch.setattr("kith.kernel.records.undo.MOST", 2)
    with pytest.raises(Invalid) as refused:
        undo(world.ctx("mara"), event_of(done[0]))
    (one,) = refused.value.complaints
    assert (one.code, way_on in str(one.message)) == ("too_many", True)
    assert {job_title(world, owner) for owner in ("olga", "tim", "mara")} == {"Captain"}
    undo(world.ctx("mara"), event_of(done[0]), batch=False)
    monkeypatch.setattr("kith.kernel.records.undo.MOST", 4)
    assert len(undo(world.ctx("mara"), event_of(done[1])).changes) == 2
