"""Changes of the schema are taken back from their events, where nothing is lost by it; else it is said why not."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.events.models import Event
from kith.kernel.records import read, retype, shape
from kith.kernel.records.change import change
from kith.kernel.records.errors import Invalid, NotFound
from kith.kernel.records.undo import undo
from tests.world import World

LABELS = {"en": "Region"}


def latest() -> Event:
    return Event.objects.filter(object="schema").order_by("-id")[0]


def back(world: World, event: Event | None = None) -> Any:
    undo(world.ctx("ada"), (event or latest()).id)
    return world.ctx("ada").schema


def refused(world: World, event: Event | None = None) -> tuple[str, str]:
    with pytest.raises(Invalid) as found:
        undo(world.ctx("ada"), (event or latest()).id)
    (one,) = found.value.complaints
    return one.code, str(one.message)


def test_a_field_that_nobody_has_used(world: World) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    made = latest()
    assert "x_region" not in back(world)["contacts"].fields
    assert latest().undoes == made.id
    assert "x_region" in back(world)["contacts"].fields, "an undo is a change like any other"


@pytest.mark.parametrize(("type", "value"), [("text", "North"), ("emails", ["a@b.example"])])
def test_a_field_that_is_used_stays(world: World, type: str, value: Any) -> None:
    shape.add_field(world.ctx("ada"), "contacts", type, LABELS)
    made, ada = latest(), world.ctx("ada")
    change(ada, ada.schema["contacts"], world.records["contacts", "olga"], {"x_region": value})
    assert refused(world, made)[0] == "in_use"
    ada = world.ctx("ada")
    change(ada, ada.schema["contacts"], world.records["contacts", "olga"], {"x_region": None})
    assert "x_region" not in back(world, made)["contacts"].fields


def test_a_name_and_a_deletion(world: World) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    ada, id = world.ctx("ada"), world.records["contacts", "olga"]
    change(ada, ada.schema["contacts"], id, {"x_region": "North"})
    shape.rename_field(ada, "contacts", "x_region", "Area")
    renamed = latest()
    assert "x_region" in back(world)["contacts"].fields
    assert refused(world, renamed)[0] == "changed_since"
    shape.delete_field(world.ctx("ada"), "contacts", "x_region")
    deleted = latest()
    back(world)
    ada = world.ctx("ada")
    assert read.one(ada, ada.schema["contacts"], id, ("x_region",)).rows[0]["x_region"] == "North"
    assert refused(world, deleted)[0] == "changed_since"


@pytest.mark.parametrize("name", ["x_region", "source"])
def test_words_and_settings_as_they_were(world: World, name: str) -> None:
    """Of a user-made field, and of a shipped one about which users say something else."""
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    before = world.ctx("ada").schema["contacts"].fields[name]
    shape.change_field(world.ctx("ada"), "contacts", name, labels={"en": "Quarter"}, required=True)
    first = latest()
    shape.change_field(world.ctx("ada"), "contacts", name, labels={"en": "District"})
    second = latest()
    assert refused(world, first)[0] == "changed_since"
    assert str(back(world, second)["contacts"].fields[name].label) == "Quarter"
    again = back(world, first)["contacts"].fields[name]
    assert (str(again.label), again.required) == (str(before.label), before.required)


def test_choices_as_they_were_and_none_is_lost(world: World) -> None:
    one, two = {"key": "a", "labels": {"en": "A"}}, {"key": "b", "labels": {"en": "B"}}
    shape.add_field(world.ctx("ada"), "contacts", "choice", LABELS, choices=[one, two])
    shape.change_field(
        world.ctx("ada"), "contacts", "x_region", choices=[two, one, {"key": "c", "labels": {"en": "C"}}]
    )
    ada = world.ctx("ada")
    change(ada, ada.schema["contacts"], world.records["contacts", "olga"], {"x_region": "c"})
    held = back(world)["contacts"].fields["x_region"].choices
    assert [(each.key, each.active) for each in held] == [("a", True), ("b", True), ("c", False)]


def test_objects(world: World) -> None:
    name = shape.add_object(world.ctx("ada"), {"en": "Pier"}, {"en": "Piers"})
    made = latest()
    shape.change_object(world.ctx("ada"), name, icon="anchor")
    assert back(world)[name].icon != "anchor"
    ada = world.ctx("ada")
    id = change(ada, ada.schema[name], None, {"name": "North pier"}).id
    assert refused(world, made)[0] == "in_use"
    shape.delete_object(world.ctx("ada"), name)
    assert read.ids(world.ctx("ada"), back(world)[name], [id]) == {id}
    shape.change_object(world.ctx("ada"), "contacts", one={"en": "Guest"}, many={"en": "Guests"})
    assert str(back(world)["contacts"].label_one) == "Contact"


def test_a_change_of_type_says_how_to_go_back(world: World) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    retype.retype(world.ctx("ada"), "contacts", "x_region", "number")
    code, why = refused(world, Event.objects.filter(object="schema", verb="field.retyped").get())
    assert code == "not_undoable" and "restore the one before" in why


def test_for_nobody_but_administrators(world: World, client_as: Any) -> None:
    shape.add_field(world.ctx("ada"), "contacts", "text", LABELS)
    for who in ("olga", "mara", "noah", "anonymous"):
        with pytest.raises(NotFound):
            undo(world.ctx(who), latest().id)
    answer = client_as("ada").post(f"/api/v1/events/{latest().id}/undo", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"changes": [], "kept": []})
    assert "x_region" not in world.ctx("ada").schema["contacts"].fields
    assert client_as("ada").post(f"/undo/{latest().id}", headers={"HX-Request": "true"}).status_code == 204
