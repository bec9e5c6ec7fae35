"""A hidden field does not exist: whoever may not read it gets the answers that a misspelt name gets, everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.records.change import change
from kith.kernel.schema.spec import ObjectSpec
from tests.canaries import leaks
from tests.contracts import tables
from tests.contracts.expected import is_personal, sees
from tests.contracts.objects import OBJECTS
from tests.contracts.surfaces import NAMES, Surface, parting, surface_named
from tests.contracts.tables import none_of, taken_back
from tests.world import World, fresh, mask_role

UNKNOWN = "nosuchfield"

everywhere = pytest.mark.parametrize("object", OBJECTS)
on_every_surface = pytest.mark.parametrize("surface", NAMES)


def together(spec: ObjectSpec, name: str) -> set[str]:
    """The field and those that are other ways to write or show the same values: hiding one alone hides nothing."""
    found = {name}
    while True:
        wider = set(found)
        for one in spec.fields.values():
            to = set(one.expands.to) if one.expands else set()
            stored = {
                other.name
                for other in spec.fields.values()
                if set(other.store.columns) & set(one.store.columns) - {"custom"}
            }
            aside = {other.name for other in spec.fields.values() if _place(other) and _place(other) == _place(one)}
            if found & {one.name, *to, *stored, *aside}:
                wider |= {one.name, *to, *stored, *aside}
        if wider == found:
            return found
        found = wider


def _place(one: Any) -> Any:
    return (one.store.table, one.name if one.store.table != "keys" else "") if getattr(one.store, "table", "") else None


def hide(world: World, spec: ObjectSpec, names: set[str], how: str = "hidden") -> None:
    mask_role({f"{spec.name}.{name}": how for name in names})


def who_owns(spec: ObjectSpec) -> str:
    return "olga" if spec.is_owned else "ada"


def readable_fields(spec: ObjectSpec, full: bool, surface: str) -> list[str]:
    if is_personal(spec) or not sees("hugo", spec):
        return []  # Hugo sees none of them
    always = {"version"}  # every record comes with it, as with its id: who writes needs it
    names = [name for name, one in spec.fields.items() if not (one.write_only or one.readable or name in always)]
    if full or surface == "kernel":
        return names
    return [name for place, name in enumerate(names) if place % 4 == 0 or name == spec.title]


@everywhere
@on_every_surface
def test_a_hidden_field_is_unknown(world: World, object: str, surface: str, full: bool) -> None:
    """Filter, sort, fields, group, update: the same answer as for a name that no field has."""
    side = surface_named(surface, world)
    schema = world.ctx("ada").schema
    spec = schema[object]
    id = world.records[object, who_owns(spec)]
    wrong = []
    for name in readable_fields(spec, full, surface):
        with taken_back():
            hide(world, spec, together(spec, name))
            before = tables.rows()
            for what, ask in _calls(side, object, id).items():
                hidden, unknown = ask(name), ask(UNKNOWN)
                if what == "create" and spec.fields[name].required:
                    continue  # a form without a field that is needed cannot be sent: that says its name
                told = unknown.done and (side.names_unknown_fields or what not in ("update", "create"))
                texts = hidden.without(name, UNKNOWN), unknown.without(name, UNKNOWN)
                if texts[0] != texts[1] or told:
                    where = parting(*texts)
                    wrong.append(f"{what} of {name}: {hidden.status} / {unknown.status} {where}")
            if changed := tables.difference(before, tables.rows()):
                wrong.append(f"{name}: {changed}")
    none_of(wrong)


def _calls(side: Surface, object: str, id: Any) -> dict[str, Any]:
    every: dict[str, Any] = {
        "filter": lambda name: side.list("hugo", object, where={"field": name, "op": "eq", "value": "x"}),
        "empty filter": lambda name: side.list("hugo", object, where={"not": {"field": name, "op": "empty"}}),
        "filter over a relation": lambda name: side.list(
            "hugo", object, where={"field": f"{name}.zzz", "op": "eq", "value": "x"}
        ),
        "sort": lambda name: side.list("hugo", object, sort=(name,)),
        "sort down": lambda name: side.list("hugo", object, sort=(f"-{name}",)),
        "fields": lambda name: side.list("hugo", object, fields=(name,)),
        "group": lambda name: side.group("hugo", object, name),
        "smallest": lambda name: side.group("hugo", object, "", f"min:{name}"),
        "filled": lambda name: side.group("hugo", object, "", f"filled:{name}"),
        "update": lambda name: side.update("hugo", object, id, {name: "x"}),
        "create": lambda name: side.create("hugo", object, {name: "x"}),
    }  # an object without a verb answers both names alike
    return {
        what: ask for what, ask in every.items() if what not in ("group", "smallest", "filled") or side.answers("group")
    }


@everywhere
@on_every_surface
def test_a_hidden_value_is_nowhere(world: World, object: str, surface: str, full: bool) -> None:
    """List, record, every page's cursor, history: the hidden field's values of all records are in none of them."""
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    wrong = []
    for name in readable_fields(spec, full, surface):
        with taken_back():
            group = together(spec, name)
            hide(world, spec, group)
            hidden = [one for one in world.canaries if one.object == object and one.field in group]
            if not hidden:
                continue
            id = world.records[object, who_owns(spec)]
            everything = [
                side.list("hugo", object, limit=100),
                side.one("hugo", object, id),
                side.history("hugo", object, id),
                *(ask() for ask in side.pages("hugo", object, id).values()),
            ]
            after = ""
            for _page in range(3):
                everything.append(side.list("hugo", object, limit=1, after=after))
                after = everything[-1].next
                if not after:
                    break
            for answer in everything:
                if not answer.done and answer.status not in (403, 404):  # no right to it, whatever is hidden
                    wrong.append(f"without {name}: {answer.status} {answer.body[:160]}")
                wrong += [f"without {name}: {leak}" for leak in leaks(answer.seen, hidden)]
    none_of(wrong)


@everywhere
@on_every_surface
def test_undo_and_history_of_a_hidden_field(world: World, object: str, surface: str, full: bool) -> None:
    """A change of nothing but a hidden field did not happen: it is not in the history, and cannot be undone."""
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    if not spec.is_owned:
        return
    id, wrong = world.records[object, "olga"], []
    for canary in world.of(object, "olga"):
        if canary.field not in readable_fields(spec, full, surface):
            continue
        with taken_back():
            hide(world, spec, together(spec, canary.field))
            told = side.history("hugo", object, id).body.count("updated")
            root = world.ctx("system")
            other = _another(world, spec, canary.field)
            if other is None:
                continue
            done = change(root, root.schema[object], id, {canary.field: other})
            assert done.event is not None
            hide(world, spec, together(spec, canary.field))
            entries = side.history("hugo", object, id).body.count("updated")
            before = tables.rows()
            undone, history = side.undo("hugo", done.event.id), side.history("hugo", object, id)
            if undone.done or undone.status not in (403, 404):
                wrong.append(f"{canary.field} undone: {undone.status} {undone.body[:160]}")
            if changed := tables.difference(before, tables.rows()):
                wrong.append(f"{canary.field}: {changed}")
            for answer in (undone, history):
                wrong += [f"{canary.field}: {leak}" for leak in leaks(answer.seen, [canary])]
            if entries > told:
                wrong.append(f"{canary.field}: the history tells of an update: {history.body[:200]}")
    none_of(wrong)


def _another(world: World, spec: ObjectSpec, name: str) -> Any:
    """A value that this field does not hold yet."""
    import random

    one = spec.fields[name]
    if not one.editable:
        return None
    return fresh(one, random.Random(77))


@everywhere
@on_every_surface
def test_a_read_only_field_is_read_and_not_written(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    mine = [
        one
        for one in world.of(object, "olga")
        if one.field in readable_fields(spec, True, surface) and spec.fields[one.field].editable
    ]
    if not mine:
        return
    hide(world, spec, {mine[0].field}, "read")
    id = world.records[object, "olga"]
    assert leaks(side.one("hugo", object, id).body, mine[:1])
    before = tables.rows()
    answer = side.update("hugo", object, id, {mine[0].field: "x"})
    if side.names_unknown_fields:
        assert answer.status in (400, 403, 422)
        assert mine[0].field in answer.fields
    assert tables.difference(before, tables.rows()) == ""


@on_every_surface
def test_a_right_that_is_missing_hides_a_field(world: World, surface: str) -> None:
    """``sensitive`` in a spec: the same as a mask."""
    side = surface_named(surface, world)
    id = world.records["samples", "olga"]
    for what, ask in _calls(side, "samples", id).items():
        assert ask("salary").without("salary") == ask(UNKNOWN).without(UNKNOWN), what
    salary = [one for one in world.canaries if one.object == "samples" and one.field in ("salary", "secret")]
    for call in (side.one("olga", "samples", id), side.list("olga", "samples"), side.history("olga", "samples", id)):
        assert leaks(call.seen, salary) == []
    mine = [one for one in salary if one.owner == "olga"]
    for call in (side.one("ada", "samples", id), side.history("ada", "samples", id)):
        assert [leak.split()[0] for leak in leaks(call.seen, mine)] == ["samples.salary"], (
            "the secret is nobody's to read"
        )
