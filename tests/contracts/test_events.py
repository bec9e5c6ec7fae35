"""Every change leaves exactly one event, whose digest holds, and in which no secret stands."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many, delete, restore
from kith.kernel.records.history import history
from kith.kernel.records.undo import undo
from tests.contracts import tables
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.surfaces import NAMES, surface_named
from tests.world import World, acceptable

everywhere = pytest.mark.parametrize("object", OBJECTS)


def home(world: World, object: str) -> Any:
    return world.records[object, "olga" if world.ctx("ada").schema[object].is_owned else "ada"]


def events(object: str) -> list[Event]:
    return list(Event.objects.filter(object=object).order_by("id"))


@everywhere
def test_one_event_a_record(world: World, object: str) -> None:
    root = world.ctx("system")
    spec = root.schema[object]
    before = len(events(object))
    values = acceptable(root, object) if "create" in spec.verbs else {}
    id = change(world.ctx("system"), spec, None, values).id if values else home(world, object)
    verbs = ["created"] if values else []
    if "update" in spec.verbs:
        change(world.ctx("system"), spec, id, {plain_field(spec): "Gull"})
        verbs.append("updated")
    if "delete" in spec.verbs:
        delete(world.ctx("system"), spec, id)
        restore(world.ctx("system"), spec, id)
        verbs += ["deleted", "restored"]
    new = events(object)[before:]
    assert [one.verb for one in new] == verbs
    for one in new:
        assert one.record == id
        assert one.salt is not None and one.payload is not None
        assert one.digest == hashlib.sha256(bytes(one.salt) + bytes(one.payload)).hexdigest()
        assert (one.actor_kind, one.source) == ("system", "test")


@everywhere
def test_many_changes_write_an_event_each(world: World, object: str) -> None:
    root = world.ctx("system")
    spec = root.schema[object]
    ids = [id for (name, _owner), id in world.records.items() if name == object]
    before = len(events(object))
    change_many(root, spec, [Item({plain_field(spec): f"Gull {place}"}, id) for place, id in enumerate(ids)])
    assert sorted(str(one.record) for one in events(object)[before:]) == sorted(map(str, ids))


@everywhere
def test_saving_the_same_values_writes_nothing(world: World, object: str) -> None:
    """What was read can be sent back whole, in wire form, and nothing happens: no event, no new version."""
    ada = world.ctx("ada")
    spec, id = ada.schema[object], home(world, object)
    row = read.one(ada, spec, id).rows[0]
    same = {}
    for name, one in mask.writable(ada, spec).items():
        if name in row.values:
            same[name] = None if one.type.empty(row[name]) else one.type.dump(one, row[name])
    before = tables.rows()
    done = change(world.ctx("ada"), spec, id, same)
    assert done.event is None, done.diff
    assert tables.difference(before, tables.rows()) == ""


@everywhere
def test_restoring_the_living_writes_nothing(world: World, object: str) -> None:
    root = world.ctx("system")
    spec = root.schema[object]
    if "delete" not in spec.verbs:
        return
    before = tables.rows()
    restore(root, spec, home(world, object))
    assert tables.difference(before, tables.rows()) == ""


@everywhere
def test_an_undone_change_is_as_if_it_had_not_been(world: World, object: str) -> None:
    """Every field changed and undone holds what it held."""
    root = world.ctx("system")
    spec, id = root.schema[object], home(world, object)
    if "update" not in spec.verbs:
        return
    before = read.one(root, spec, id).rows[0]
    values = acceptable(root, object, id)
    done = change(
        world.ctx("system"), spec, id, {name: wire for name, wire in values.items() if not spec.fields[name].unique}
    )
    assert done.event is not None
    undone = undo(world.ctx("system"), done.event.id)
    assert len(undone.changes) == 1
    after = read.one(world.ctx("system"), spec, id).rows[0]
    changed = {name for name in before.values if before[name] != after[name]}
    assert changed <= {"updated_at", "version"}


@pytest.mark.parametrize("surface", NAMES)
def test_a_secret_is_in_no_event_and_in_no_answer(world: World, surface: str) -> None:
    """``write_only`` of the sample object: kept in its column, never in the log of changes, a conflict or an undo."""
    side = surface_named(surface, world)
    id = world.records["samples", "olga"]
    answers = [side.update("olga", "samples", id, {"secret": "CNR-very-secret"}), side.one("olga", "samples", id)]
    answers += [
        side.history("olga", "samples", id),
        side.update("olga", "samples", id, {"secret": "CNR-other"}, 1),
        side.list("ada", "samples"),
    ]
    for one in answers:
        assert "very-secret" not in one.seen
    for row in Event.objects.filter(object="samples"):
        text = str(payload_of(row))
        assert "very-secret" not in text and "CNR-samples-secret" not in text, text
    done = Event.objects.filter(object="samples", record=id).order_by("-id")[0]
    before = world.ctx("ada").schema["samples"].model._default_manager.values_list("secret", flat=True).get(pk=id)
    side.undo("ada", done.id)
    after = world.ctx("ada").schema["samples"].model._default_manager.values_list("secret", flat=True).get(pk=id)
    assert after in (before, "CNR-samples-secret-olga")


@everywhere
def test_the_history_tells_it_all(world: World, object: str) -> None:
    """Replaying the history gives the record: nothing was written beside it."""
    root = world.ctx("system")
    spec, id = root.schema[object], home(world, object)
    if "create" not in spec.verbs:
        return
    held: dict[str, Any] = {}
    for entry in reversed(history(root, spec, id)):
        held.update({name: new for name, (_old, new) in entry.diff.items()})
    now = read.one(root, spec, id).rows[0]
    for name, one in spec.fields.items():
        if one.editable and not one.expands and not one.virtual and not one.write_only and name in now.values:
            was = None if one.type.empty(held.get(name)) else one.type.dump(one, held[name])
            wire = None if one.type.empty(now[name]) else one.type.dump(one, now[name])
            assert was == wire or wire in ({}, []), name
