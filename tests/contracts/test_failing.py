"""A statement that fails leaves nothing half-written, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from kith.kernel.records.change import Item, change, change_many, delete, restore
from kith.kernel.records.undo import undo
from kith.kernel.schema.spec import ObjectSpec
from tests.contracts import tables
from tests.contracts.objects import OBJECTS
from tests.contracts.plain import plain_field
from tests.contracts.tables import counting, taken_back
from tests.world import World, acceptable

MOST = 200  # statements; more than any single write may need


def writes(world: World, spec: ObjectSpec) -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """By name: what to prepare, and the write, which is given what was prepared."""
    id = world.records[spec.name, "olga" if spec.is_owned else "ada"]
    ids = [id for (object, _owner), id in world.records.items() if object == spec.name]

    def ctx() -> Any:
        return world.ctx("ada")

    def here() -> ObjectSpec:
        return ctx().schema[spec.name]

    def changed() -> Any:
        done = change(ctx(), here(), id, {plain_field(spec): "Gull"})
        assert done.event is not None
        return done.event.id

    def many(_: Any) -> Any:
        changes = [Item({plain_field(spec): f"Gull {place}"}, id) for place, id in enumerate(ids)]
        return change_many(ctx(), here(), [*changes, *([Item(verb="create", values=values)] if values else [])])

    values = acceptable(ctx(), spec.name) if "create" in spec.verbs else {}
    whole = acceptable(ctx(), spec.name, id) if "update" in spec.verbs else {}
    found: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {}
    if "create" in spec.verbs:
        found["create"] = (lambda: None, lambda _: change(ctx(), here(), None, values))
    if "update" in spec.verbs:
        found["update"] = (lambda: None, lambda _: change(ctx(), here(), id, whole or {plain_field(spec): "Gull"}))
        found["undo"] = (changed, lambda event: undo(ctx(), event))
        found["change_many"] = (lambda: None, many)
    if "delete" in spec.verbs:
        found["delete"] = (lambda: None, lambda _: delete(ctx(), here(), id))
        found["restore"] = (lambda: delete(ctx(), here(), id), lambda _: restore(ctx(), here(), id))
    return found


@pytest.mark.parametrize("object", OBJECTS)
@pytest.mark.parametrize("verb", ["create", "update", "delete", "restore", "undo", "change_many"])
def test_a_failing_statement(world: World, object: str, verb: str) -> None:
    prepare, write = writes(world, world.ctx("ada").schema[object]).get(verb, (None, None))
    if prepare is None or write is None:
        return  # the object offers no such verb
    with taken_back():
        prepared = prepare()
        with taken_back():
            write(prepared)  # what is remembered per version is loaded by now
        before = tables.rows()
        for place in range(1, MOST):
            with taken_back():
                try:
                    with counting(fail=place) as counter:
                        write(prepared)
                except OperationalError:
                    assert tables.difference(before, tables.rows()) == "", (
                        f"statement {place}: {counter.said[-1][:200]}"
                    )
                    continue
            break  # no statement was left to fail
        assert len(counter.said) == place - 1
        assert place > 3, "the write needed no statement?"
        write(prepared)
        assert tables.difference(before, tables.rows()) != ""
