"""``changed_after``: what a program that keeps a copy is told. Its copy holds what its reader sees, and loses what they
no longer see; of the rest there is no trace.
"""

from __future__ import annotations

import pytest

from kith.kernel.events.sealer import seal_all, sealed_to
from kith.kernel.policy import mask
from kith.kernel.records.change import change, delete, restore
from tests.canaries import leaks
from tests.contracts import expected
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.surfaces import surface_named, that_can
from tests.contracts.tables import none_of, taken_back
from tests.contracts.test_hidden import hide, readable_fields, together
from tests.contracts.test_reading import unseen, wanted
from tests.world import ACTORS, World, fresh

everywhere = pytest.mark.parametrize("object", OBJECTS)
on_every_surface = pytest.mark.parametrize("surface", that_can("since"))


@everywhere
@on_every_surface
def test_a_copy_holds_what_its_reader_sees(world: World, object: str, surface: str) -> None:
    side, wrong = surface_named(surface, world), []
    spec = world.ctx("ada").schema[object]
    seal_all()
    for who in ACTORS:
        answer, told, _next = side.since(who, object, 0)
        owners = {owner for (name, owner), id in world.records.items() if name == object and str(id) in told}
        if "create" in spec.verbs and owners != wanted(world, who, object):
            wrong.append(f"{who} is told of {sorted(owners)}, not {sorted(wanted(world, who, object))}")
        if any(told.values()):
            wrong.append(f"{who} is told that something is gone")
        if not wanted(world, who, object) and answer.done and not expected.is_personal(spec):
            wrong.append(f"{who} may read nothing, but is answered {answer.status}")
        wrong += [f"{who} meets {leak}" for leak in leaks(answer.seen, unseen(world, who, side))]
    none_of(wrong)


@everywhere
@on_every_surface
def test_a_copy_loses_what_its_reader_no_longer_sees(world: World, object: str, surface: str) -> None:
    """Binned, brought back, given to a stranger: each reader is told of what they saw, and of nothing else."""
    side, spec, wrong = surface_named(surface, world), world.ctx("ada").schema[object], []
    owner = "olga" if spec.is_owned else "ada"
    id, key = world.records[object, owner], str(world.records[object, owner])
    away = {"owner": str(world.people["stella"]), "team": str(world.teams["South"])}
    moves = expected.is_owned_by_team(spec)
    for what in ("binned", "back", *(("away",) if moves else ())):
        if what != "away" and "delete" not in spec.verbs:
            continue
        with taken_back():
            root = world.ctx("system")
            if what == "back":
                delete(root, spec, id)
            seal_all()
            start = sealed_to()
            if what == "binned":
                delete(root, spec, id)
            elif what == "back":
                restore(root, spec, id)
            else:
                change(root, root.schema[object], id, {**away, plain_field(spec): "Seagull"})
            for who in ACTORS:
                sees = owner in wanted(world, who, object)
                answer, told, _next = side.since(who, object, start)
                wish = {key: what != "back"} if sees else {}
                if what == "away":
                    reached = "stella" in wanted(world, who, object)
                    wish = {key: False} if reached else {key: True} if sees else {}
                if told != wish:
                    wrong.append(f"{what}: {who} is told {told}, not {wish}")
                if key in answer.body and not wish:
                    wrong.append(f"{what}: {who} meets the id")
                if "Seagull" in answer.body and wish.get(key) is not False:
                    wrong.append(f"{what}: {who} meets the new value")
    none_of(wrong)


@everywhere
@on_every_surface
def test_a_change_of_a_hidden_field_did_not_happen(world: World, object: str, surface: str, full: bool) -> None:
    import random

    side, spec, wrong = surface_named(surface, world), world.ctx("ada").schema[object], []
    names = [
        one
        for one in readable_fields(spec, full, surface)
        if spec.fields[one].editable and not spec.fields[one].target and not spec.fields[one].expands
    ]
    for name in names if full else names[::3]:
        value = fresh(spec.fields[name], random.Random(7))
        if value is None:
            continue
        with taken_back():
            group = together(spec, name)
            hide(world, spec, group)
            if not mask.readable(world.ctx("hugo"), spec):
                continue
            seal_all()
            start, root = sealed_to(), world.ctx("system")
            done = change(
                root, root.schema[object], world.records[object, "olga" if spec.is_owned else "ada"], {name: value}
            )
            hidden = [one for one in world.canaries if one.object == object and one.field in group]
            if done.event is None or set(done.diff) - group:
                continue
            _answer, told, _next = side.since("hugo", object, start)
            if told:
                wrong.append(f"a change of {name} is told: {told}")
            everything, _told, _next = side.since("hugo", object, 0)
            wrong += [f"without {name}: {leak}" for leak in leaks(everything.seen, hidden)]
    none_of(wrong)
