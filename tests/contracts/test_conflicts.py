"""Two people at one record: nobody's work is lost in silence."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many
from kith.kernel.records.errors import Conflict
from tests.contracts import tables
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.surfaces import NAMES, surface_named
from tests.world import World, acceptable, fresh

everywhere = pytest.mark.parametrize("object", OBJECTS)


def home(world: World, object: str) -> Any:
    return world.records[object, "olga" if world.ctx("ada").schema[object].is_owned else "ada"]


def version_of(world: World, object: str) -> int:
    spec = world.ctx("ada").schema[object]
    return read.one(world.ctx("ada"), spec, home(world, object), (plain_field(spec),)).rows[0].version


@everywhere
@pytest.mark.parametrize("surface", NAMES)
def test_a_stale_version_shows_both_values(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    spec, id = world.ctx("ada").schema[object], home(world, object)
    name, seen = plain_field(spec), version_of(world, object)
    assert side.update("ada", object, id, {name: "Gull of Ada"}, seen).done
    before = tables.rows()
    answer = side.update("ada", object, id, {name: "Gull of Olga"}, seen)
    assert answer.status == 412
    assert "Gull of Ada" in answer.body and "Gull of Olga" in answer.body
    assert tables.difference(before, tables.rows()) == ""
    assert side.update("ada", object, id, {name: "Gull of Olga"}, seen + 1).done


@everywhere
def test_only_a_field_that_both_changed_is_a_conflict(world: World, object: str) -> None:
    """Without ``strict``, as in inline editing: for each field that can be written, also what writes others."""
    spec, id = world.ctx("ada").schema[object], home(world, object)
    ada = world.ctx("ada")
    values = acceptable(ada, object, id)
    for name, one in mask.writable(ada, spec).items():
        if one.expands and name not in values and not one.target:
            sample = one.type.sample(one, random.Random(3))
            if not one.type.empty(sample):
                values[name] = one.type.dump(one, sample)
    wrong = []
    for name, wire in values.items():
        one = spec.fields[name]
        if one.unique or one.type.kind == "bool" or one.write_only:
            continue
        with tables.taken_back():
            seen = version_of(world, object)
            other = plain_field(spec)
            theirs = change(world.ctx("ada"), spec, id, {name: wire})
            if theirs.event is None:
                continue  # the sample is what was there
            if not ({other} & set(theirs.diff)):
                assert change(world.ctx("ada"), spec, id, {other: "Gull"}, expect=seen, strict=False).event
            empty = None if not one.required else fresh(one, random.Random(9))
            try:
                change(world.ctx("ada"), spec, id, {name: empty}, expect=seen, strict=False)
                wrong.append(f"{name}: the change of somebody else was overwritten")
            except Conflict as error:
                if not error.differences:
                    wrong.append(f"{name}: a conflict that shows nothing")
    tables.none_of(wrong)


def test_a_conflict_tells_no_hidden_field(world: World) -> None:
    from tests.world import mask_role

    spec, id = world.ctx("ada").schema["contacts"], world.records["contacts", "olga"]
    seen = version_of(world, "contacts")
    change(world.ctx("ada"), spec, id, {"source": "CNR-hidden", "job_title": "Gull"})
    mask_role({"contacts.source": "hidden"})
    with pytest.raises(Conflict) as found:
        change(world.ctx("hugo"), spec, id, {"job_title": "Tern"}, expect=seen)
    assert [one.field for one in found.value.differences] == ["job_title"]


@everywhere
def test_the_same_record_twice_in_one_batch(world: World, object: str) -> None:
    """Two changes of one record in one batch: as if one came after the other, versions and history included."""
    root = world.ctx("system")
    spec, id = root.schema[object], home(world, object)
    name, seen = plain_field(spec), version_of(world, object)
    done = change_many(root, spec, [Item({name: "First gull"}, id), Item({name: "Second gull"}, id)])
    assert version_of(world, object) == seen + 2
    assert done[1].diff[name] == ("First gull", "Second gull")
    assert [one.version for one in done] == [seen + 1, seen + 2]
