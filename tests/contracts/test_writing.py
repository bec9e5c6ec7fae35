"""Who may write what. A refused write leaves the tables as they were, byte for byte."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kith.kernel.events.models import Event
from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.records.change import change, delete
from kith.kernel.schema.spec import names
from tests.contracts import expected, tables
from tests.contracts.objects import OBJECTS
from tests.contracts.pairs import combinations
from tests.contracts.plain import plain_field
from tests.contracts.surfaces import NAMES, REFUSED, Answer, Surface, parting, surface_named
from tests.contracts.tables import none_of, taken_back
from tests.world import ACTORS, USER_MADE, World, acceptable

VERBS = ("update", "delete", "restore", "undo")
MATRIX = (OBJECTS, NAMES, ACTORS)

everywhere = pytest.mark.parametrize("object", OBJECTS)
on_every_surface = pytest.mark.parametrize("surface", NAMES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"object", "surface", "who"} <= set(metafunc.fixturenames):
        cases = combinations(MATRIX, metafunc.config.getoption("--full"))
        metafunc.parametrize(("object", "surface", "who"), sorted(cases))


def prepared(world: World, verb: str, object: str, owner: str) -> Any:
    """Bring a record into the state that the verb is about; returns what it is told: the record's id, or an event's."""
    root = world.ctx("system")
    spec, id = root.schema[object], world.records[object, owner]
    if verb == "restore":
        delete(root, spec, id)
    elif verb == "undo":
        done = change(root, spec, id, {plain_field(spec): f"Renamed {owner}"})
        assert done.event is not None
        return done.event.id
    return id


def attempt(side: Surface, verb: str, who: str, object: str, target: Any, title: str) -> Answer:
    if verb == "update":
        return side.update(who, object, target, {title: "Seagull"})
    if verb == "undo":
        return side.undo(who, target)
    return getattr(side, verb)(who, object, target)


def test_reach(world: World, object: str, surface: str, who: str, full: bool) -> None:
    """Update, delete, restore and undo, of each owner's record."""
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    wrong = []
    offered = {"restore": "delete", "undo": "update"}
    for verb in (one for one in VERBS if offered.get(one, one) in spec.verbs):
        missing = attempt(side, verb, who, object, gone := new_id(), plain_field(spec))
        if missing.status not in REFUSED:
            wrong.append(f"{verb} of nothing: {missing.status}")
        left_out = set() if full or who in ("mara", "ada") else {"mara"}  # Stella's are out of their reach, too
        for owner in [one for one in world.owners(object) if one not in left_out]:
            known = side.known_as(who)
            may = owner in expected.reaches(known, "update" if verb in ("update", "undo") else "delete", spec)
            sees = owner in expected.sees(known, spec)
            with taken_back():
                target = prepared(world, verb, object, owner)
                before, events = tables.rows(), Event.objects.count()
                answer = attempt(side, verb, who, object, target, plain_field(spec))
                changed = tables.difference(before, tables.rows())
                if may and (not answer.done or not changed or Event.objects.count() != events + 1):
                    what = changed[:200] or "nothing written"
                    wrong.append(f"{verb} of {owner}'s: {answer.status} {answer.body[:200]}, {what}")
                if not may and (answer.status not in REFUSED or changed):
                    wrong.append(f"forbidden {verb} of {owner}'s: {answer.status} {answer.body[:200]}, {changed[:300]}")
                if not sees and answer.without(target) != missing.without(gone):
                    where = parting(answer.without(target), missing.without(gone))
                    wrong.append(f"{verb} tells {owner}'s record from a missing one: {where}")
    none_of(wrong)


def test_create(world: World, object: str, surface: str, who: str) -> None:
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    values = (
        acceptable(world.ctx(who if expected.creates(who, spec) else "ada"), object)
        if "create" in spec.verbs
        else {spec.title: "x"}
    )
    before, events = tables.rows(), Event.objects.count()
    answer = side.create(who, object, values)
    changed = tables.difference(before, tables.rows())
    if expected.creates(side.known_as(who), spec):
        assert answer.done, answer.body
        assert Event.objects.count() == events + 1
        assert side.one(who, object, answer.ids[0]).done
    else:
        assert answer.status in REFUSED, answer.body
        assert changed == ""


def test_nobody_writes_out_of_their_reach(world: World, object: str, surface: str, who: str) -> None:
    """Giving a record away to a stranger, or making one for a stranger, is refused to whoever would not see it
    afterwards.
    """
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    if not spec.is_owned or not expected.creates(who, spec) or expected.is_personal(spec):
        return
    away = {"owner": str(world.people["stella"]), "team": str(world.teams["South"])}
    may = side.known_as(who) in ("ada", "stella")
    before = tables.rows()
    for owner in sorted(expected.reaches(who, "update", spec)):
        with taken_back():
            assert side.update(who, object, world.records[object, owner], away).done is may
    values = acceptable(world.ctx(who), object)
    with taken_back():
        assert side.create(who, object, {**values, **away}).done is may
        if not may:
            assert tables.difference(before, tables.rows()) == ""


# --- mass assignment --------------------------------------------------------------------------------------------------

ALWAYS = names(
    "id pk uuid owner_id team_id created_by created_by_id created_at updated_at version deleted_at title_key custom "
    "derived object is_superuser is_staff is_active password roles user_permissions groups last_login preferences "
    "token permissions __class__ __dict__ _state _meta _id objects save delete __init__ * '' $set constructor "
    "__proto__ record composites"
)


@everywhere
@on_every_surface
@pytest.mark.parametrize("writer", ["ada", "olga"])
def test_mass_assignment(world: World, object: str, surface: str, writer: str, full: bool) -> None:
    """Only fields can be written. Everything else that the model has, or that people try, is refused by its name."""
    side = surface_named(surface, world)
    spec = world.ctx(writer).schema[object]
    owner = "olga" if spec.is_owned else "ada"
    if owner not in expected.reaches(writer, "update", spec):
        return
    fields = set(mask.writable(world.ctx(writer), spec))
    tried = sorted({*ALWAYS, *dir(spec.model), *(one.name for one in spec.model._meta.get_fields())} - fields)
    id, before, wrong = world.records[object, owner], tables.rows(), []

    def expect_refusal(tried: list[str], answer: Answer) -> None:
        if side.names_unknown_fields and (answer.status not in (400, 422) or not set(tried) <= answer.fields):
            wrong.append(f"{answer.status} {sorted(set(tried) - answer.fields)[:5]} {answer.body[:160]}")

    if not side.names_unknown_fields:
        _passed_over(world, side, writer, object, tried)
        tried = tried[::7]
    for value in (True, {}, str(world.people["stella"]), None):
        title = {spec.title: "Seagull"} if side.names_unknown_fields else {}
        expect_refusal(tried, side.update(writer, object, id, {**title, **dict.fromkeys(tried, value)}))
        if not side.names_unknown_fields:
            continue
        if "create" in spec.verbs:
            expect_refusal(tried, side.create(writer, object, {spec.title: "Seagull", **dict.fromkeys(tried, value)}))
    for name in tried if full else sorted({*ALWAYS} - fields)[:: 1 if surface == "kernel" and writer == "olga" else 5]:
        expect_refusal([name], side.update(writer, object, id, {name: str(world.people["stella"])}))
    none_of(wrong)
    assert tables.difference(before, tables.rows()) == ""


def _passed_over(world: World, side: Surface, writer: str, object: str, tried: list[str]) -> None:
    """A form makes a record of what it knows, and of nothing else that was sent with it."""
    spec = world.ctx(writer).schema[object]
    if "create" not in spec.verbs:
        return
    with taken_back():
        values, stranger = acceptable(world.ctx(writer), object), str(world.people["stella"])
        answer = side.create(writer, object, {**dict.fromkeys(tried, stranger), **values})
        assert answer.done, answer.body
        row = spec.model._default_manager.get(pk=answer.ids[0])
        held = {one.attname: str(getattr(row, one.attname)) for one in spec.model._meta.concrete_fields}
        assert [name for name, value in held.items() if value == stranger] == []


@everywhere
@on_every_surface
def test_guarded_fields(world: World, object: str, surface: str) -> None:
    """A field that asks for a right to read or write it is refused to whoever does not hold the right."""
    side = surface_named(surface, world)
    root = world.ctx("system")
    spec = root.schema[object]
    if not spec.is_owned:
        return
    for name, one in spec.fields.items():
        if (one.readable or one.writable) and one.editable:
            before = tables.rows()
            answer = side.update("olga", object, world.records[object, "olga"], {name: "1"})
            if side.names_unknown_fields:
                assert answer.status in (400, 422), answer.body
                assert name in answer.body
            assert tables.difference(before, tables.rows()) == ""


# --- references -------------------------------------------------------------------------------------------------------


@everywhere
@on_every_surface
def test_references_lead_only_to_what_the_writer_sees(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    ctx = world.ctx("olga")
    spec = ctx.schema[object]
    if not spec.is_owned:
        return
    wrong = []
    for name, one in mask.writable(ctx, spec).items():
        target = ctx.schema.get(one.target)
        if target is None or not one.editable:
            continue
        strangers = [world.records[target.name, "stella"]] if target.is_owned else []
        for id in (
            *strangers,
            new_id(),
            world.records.get(("contacts", "olga")) if one.target != "contacts" else uuid.UUID(int=1),
        ):
            for several in (False, True) if one.type.name == "references" else (False,):
                wire = [{"id": str(id)}] if several else str(id)
                before = tables.rows()
                answer = side.update("olga", object, world.records[object, "olga"], {name: wire})
                made = (
                    side.create("olga", object, {spec.title: "Seagull", name: wire})
                    if "create" in spec.verbs
                    else answer
                )
                if answer.status not in (400, 422) or made.status not in (400, 422) or name not in answer.body:
                    wrong.append(f"{name} -> {id}: {answer.status} {answer.body[:160]} / {made.status}")
                if changed := tables.difference(before, tables.rows()):
                    wrong.append(f"{name} -> {id}: {changed}")
    none_of(wrong)


def test_every_object_is_tried(world: World) -> None:
    assert {object for object, _owner in world.records} == set(OBJECTS) == set(world.ctx("ada").schema.objects)
    assert set(USER_MADE) < set(OBJECTS)
