"""What a call costs in statements: the same for five rows as for fifty."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.apps import apps

from kith.kernel.records import change as writing
from kith.kernel.records import read
from kith.kernel.records.change import Item, change_many
from kith.kernel.schema.spec import ObjectSpec
from tests.contracts import expected
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.surfaces import NAMES, surface_named
from tests.contracts.tables import counting
from tests.world import World, acceptable, forget

FEW, MANY = 5, 50
MOST_OF_A_LIST = 15  # statements: one a branch, one an object led to, one a side table, and the count
AROUND_IT = 8  # of a page: the session, its user, what they prefer

everywhere = pytest.mark.parametrize("object", OBJECTS)


def several(world: World, who: str, object: str, count: int) -> list[Item]:
    """``count`` different new records."""
    ctx = world.ctx(who)
    spec = ctx.schema[object]
    values = {
        name: wire
        for name, wire in acceptable(ctx, object).items()
        if getattr(spec.fields[name].store, "table", "") != "keys"
    }
    unique = [one for name, one in spec.fields.items() if one.unique and name in values]
    return [
        Item({**values, **{one.name: _serial(one, place) for one in unique}}, verb="create") for place in range(count)
    ]


def _serial(one: Any, place: int) -> str:
    return f"n{place}@unique.example" if "mail" in one.name else f"n{place}"


@everywhere
@pytest.mark.parametrize("surface", NAMES)
@pytest.mark.parametrize("who", ["ada", "olga"])
def test_a_list_costs_the_same(world: World, object: str, surface: str, who: str) -> None:
    side = surface_named(surface, world)
    root = world.ctx("system")
    spec = root.schema[object]
    if "create" not in spec.verbs or not expected.sees(who, spec) or (surface != "kernel" and who == "ada"):
        return
    mine = {"owner": str(world.people["olga"])} if spec.is_owned else {}
    if expected.is_owned_by_team(spec):
        mine["team"] = str(world.teams["North"])
    items = [Item({**one.values, **mine}, verb="create") for one in several(world, "ada", object, MANY)]
    pages = not side.answers("group")  # a list for people has fifty rows, if there are so many
    change_many(root, spec, items[:FEW] if pages else items)
    forget()
    side.list(who, object, limit=FEW)  # what is remembered per version is loaded by now
    counts = {}
    for limit in (FEW, MANY):
        if pages and limit == MANY:
            change_many(world.ctx("system"), spec, items[FEW:])
            side.list(who, object, limit=FEW)  # people and teams are a new version
        with counting() as counter:
            answer = side.list(who, object, limit=limit)
        assert len(answer.ids) == limit or (pages and len(answer.ids) >= limit)
        counts[limit] = counter.said
    counted = int(pages)  # what fits a page needs no count
    assert len(counts[FEW]) + counted >= len(counts[MANY]), _difference(counts[FEW], counts[MANY])
    most = MOST_OF_A_LIST + (AROUND_IT if pages else 0)
    assert len(counts[MANY]) <= most, "\n".join(one[:160] for one in counts[MANY])


@everywhere
def test_an_export_costs_by_the_batch(world: World, object: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = world.ctx("system")
    spec = root.schema[object]
    if "create" not in spec.verbs:
        return
    change_many(root, spec, several(world, "system", object, 3 * FEW))
    monkeypatch.setattr(read, "MOST", FEW)
    with counting() as counter:
        pages = list(read.every(world.ctx("ada"), spec, read.Query()))
    assert len(counter.said) <= MOST_OF_A_LIST * (len(pages) + 1)


@everywhere
@pytest.mark.parametrize("verb", ["create", "update", "delete", "restore"])
def test_many_changes_cost_by_the_chunk(world: World, object: str, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement is said once a record: fifty changes cost what five cost, but that an insert of many rows is cut in
    pieces (SQLite takes a thousand values at once). A change of the same values everywhere is one statement.
    """
    root = world.ctx("system")
    spec = root.schema[object]
    if (
        "create" not in spec.verbs
        or (verb not in ("create", "restore") and verb not in spec.verbs)
        or (verb == "restore" and "delete" not in spec.verbs)
    ):
        return
    made = [one.id for one in change_many(root, spec, several(world, "system", object, 2 * MANY))]
    if verb == "restore":
        change_many(world.ctx("system"), spec, [Item(id=id, verb="delete") for id in made])

    def cost(count: int, start: int) -> list[str]:
        ids = made[start : start + count]
        if verb == "create":
            items = [
                Item({**one.values, **_more(spec, one, start)}, verb="create")
                for one in several(world, "system", object, count)
            ]
        else:
            items = [Item({plain_field(spec): f"Gull {start}"} if verb == "update" else {}, id, verb) for id in ids]
        ctx = world.ctx("system")
        with counting() as counter:
            done = change_many(ctx, spec, items)
        assert all(one.event for one in done)
        return counter.said

    few, many = cost(FEW, 0), cost(MANY, FEW)
    grown = [one for one, more in _grown(few, many).items() if more > (MANY - FEW) / 10]
    assert grown == [], _difference(few, many)
    monkeypatch.setattr(writing, "CHUNK", FEW)
    assert len(cost(2 * FEW, FEW + MANY)) <= 2 * len(few)


def _more(spec: ObjectSpec, one: Item, start: int) -> dict[str, str]:
    return {
        name: f"m{start}{one.values[name]}"
        for name, field in spec.fields.items()
        if field.unique and name in one.values
    }


def _grown(few: list[str], many: list[str]) -> dict[str, int]:
    """How much more often each statement was said."""
    before, after = Counter(one[:70] for one in few), Counter(one[:70] for one in many)
    return {head: count - before[head] for head, count in after.items()}


def _difference(few: list[str], many: list[str]) -> str:
    """Statements that were said more often with more rows."""
    return "\n".join(f"{more} more: {head}" for head, more in _grown(few, many).items() if more)


def test_no_column_has_an_index_that_another_one_begins_with() -> None:
    """Each index costs every write and the room in memory; Django makes one of its own for every reference."""
    doubled = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.db_index
        and not field.unique
        and any(one.fields and one.fields[0] == field.name for one in model._meta.indexes)
        and model.__module__.startswith("kith.")
    ]
    assert doubled == []
