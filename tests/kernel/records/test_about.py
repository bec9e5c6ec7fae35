"""References to records of any object, and lists of references of which the writer sees a part."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.api import Invalid, Item, NotFound, Query, change, change_many, read, undo
from kith.kernel.kit import json
from kith.kernel.query import typed
from kith.kernel.query.tree import BadFilter
from kith.kernel.query.tree import from_json as filter_from_json
from kith.kernel.records import finding, merge, shape
from kith.kernel.transfer.export import export
from tests.world import World


def note(ctx: Any, about: Any, **values: Any) -> uuid.UUID:
    return change(ctx, ctx.schema["notes"], None, {"subject": "Call", "about": about, **values}).id


def to(object: str, id: uuid.UUID) -> dict[str, str]:
    return {"object": object, "id": str(id)}


def about(ctx: Any, id: uuid.UUID) -> list[tuple[str, uuid.UUID]]:
    """What the note is about, as stored: the whole list, whoever may see it."""
    row = read.one(ctx, ctx.schema["notes"], id, ("about",)).rows[0]
    return [one.key for one in row["about"]]


def found(ctx: Any, tree: Any) -> set[uuid.UUID]:
    where = filter_from_json(tree) if isinstance(tree, dict) else typed.parse(tree, ctx, ctx.schema["notes"])
    return {row.id for row in read.rows(ctx, ctx.schema["notes"], Query(where)).rows}


def test_one_list_leads_to_several_objects(world: World) -> None:
    ctx = world.ctx("olga")
    company, contact = world.records["companies", "olga"], world.records["contacts", "olga"]
    own = world.records["x_visits", "olga"]
    id = note(ctx, [to("companies", company), f"contacts/{contact}", to("x_visits", own)])
    assert about(ctx, id) == [("companies", company), ("contacts", contact), ("x_visits", own)]
    page = read.one(ctx, ctx.schema["notes"], id, ("about",))
    assert {key for key in page.titles} == {("companies", company), ("contacts", contact), ("x_visits", own)}
    assert all(title.text for title in page.titles.values())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (lambda world: [str(world.records["companies", "olga"])], "no_object"),
        (lambda world: [{"object": "ghosts", "id": str(uuid.uuid4())}], "not_found"),
        (lambda world: [{"object": "contacts", "id": str(world.records["companies", "olga"])}], "not_found"),
        (lambda world: [{"object": "users", "id": str(world.people["olga"])}], "not_found"),
        (lambda world: [{"object": 7, "id": str(uuid.uuid4())}], "not_an_object"),
        (lambda world: ["companies/somewhere"], "not_an_id"),
        (lambda world: [to("companies", world.records["companies", "stella"])], "not_found"),
    ],
)
def test_what_leads_nowhere_is_refused_by_name(world: World, given: Any, code: str) -> None:
    with pytest.raises(Invalid) as error:
        note(world.ctx("olga"), given(world))
    assert [(one.field, one.code) for one in error.value.complaints] == [("about", code)]


def test_records_are_found_by_what_they_are_about(world: World) -> None:
    ctx = world.ctx("olga")
    company, contact = world.records["companies", "olga"], world.records["contacts", "olga"]
    first = note(ctx, [to("companies", company)])
    both = note(ctx, [to("companies", company), to("contacts", contact)])
    none = note(ctx, [])
    value = to("companies", company)
    for tree in (
        {"field": "about", "op": "eq", "value": value},
        {"field": "about", "op": "eq", "value": str(company)},
        {"field": "about", "op": "in", "value": [value, str(uuid.uuid4())]},
        f"about:{company}",
        f"about:companies/{company}",
    ):
        assert found(ctx, tree) >= {first, both} and none not in found(ctx, tree), tree
    assert found(ctx, {"field": "about", "op": "eq", "value": to("contacts", company)}) == set()
    assert found(ctx, {"not": {"field": "about", "op": "eq", "value": value}}) >= {none}
    assert none in found(ctx, "-about:*") and first not in found(ctx, "-about:*")
    with pytest.raises(BadFilter):
        found(ctx, 'about:"Lotus Hotels"')
    with pytest.raises(BadFilter):
        found(ctx, {"field": "about.name", "op": "eq", "value": "x"})


def test_a_page_costs_one_query_per_object_that_occurs(world: World) -> None:
    ctx = world.ctx("olga")
    company, contact = world.records["companies", "olga"], world.records["contacts", "olga"]

    def costs() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            read.rows(world.ctx("olga"), ctx.schema["notes"], Query(limit=200, count=False))
        return len(seen)

    note(ctx, [to("companies", company), to("contacts", contact)])
    costs()  # titles of people are kept from the first page on
    before = costs()
    for _number in range(30):
        note(ctx, [to("companies", company), to("contacts", contact)])
    assert costs() == before


def test_saving_the_list_as_it_was_shown_drops_nothing_that_was_not_shown(world: World) -> None:
    """Ada's note is about a company of Olga's and one of Stella's; Olga may change it and sees the first only."""
    ada, olga = world.ctx("ada"), world.ctx("olga")
    hers, other = world.records["companies", "olga"], world.records["companies", "stella"]
    contact = world.records["contacts", "olga"]
    id = note(ada, [to("companies", other), to("companies", hers)], owner=str(world.people["olga"]))
    spec = olga.schema["notes"]
    assert {key for key in read.one(olga, spec, id, ("about",)).titles} == {("companies", hers)}
    done = change(olga, spec, id, {"about": [to("companies", hers)]})
    assert done.event is None  # as it was shown: nothing changed
    change(olga, spec, id, {"about": [to("companies", hers), to("contacts", contact)]})
    assert about(ada, id) == [("companies", other), ("companies", hers), ("contacts", contact)]
    change(olga, spec, id, {"about": []})
    assert about(ada, id) == [("companies", other)]
    change(ada, spec, id, {"about": []})
    assert about(ada, id) == []


def test_a_list_to_one_object_keeps_what_its_writer_cannot_see_with_its_attributes(world: World) -> None:
    ada, olga = world.ctx("ada"), world.ctx("olga")
    hers, other = world.records["companies", "olga"], world.records["companies", "stella"]
    id, spec = world.records["contacts", "olga"], olga.schema["contacts"]
    change(ada, spec, id, {"companies": [{"id": str(other), "role": "Board"}, {"id": str(hers), "role": "Chef"}]})
    change(olga, spec, id, {"companies": [{"id": str(hers), "role": "Owner"}, {"id": str(other), "role": "Spy"}]})
    held = read.one(ada, spec, id, ("companies",)).rows[0]["companies"]
    assert [(one.id, one.attributes["role"]) for one in held] == [(other, "Board"), (hers, "Owner")]


def test_many_lists_at_once_cost_one_look(world: World) -> None:
    ctx = world.ctx("olga")
    spec, company = ctx.schema["notes"], world.records["companies", "olga"]
    ids = [note(ctx, [to("companies", company)]) for _number in range(20)]

    def costs(those: list[uuid.UUID]) -> int:
        with CaptureQueriesContext(connection) as seen:
            change_many(world.ctx("olga"), spec, [Item({"about": []}, id) for id in those])
        return len(seen)

    assert costs(ids[:15]) - costs(ids[15:]) <= 1


def test_merging_moves_what_is_about_the_loser(world: World) -> None:
    ctx = world.ctx("olga")
    spec = ctx.schema["companies"]
    kept = change(ctx, spec, None, {"name": "Kept"}).id
    lost = change(ctx, spec, None, {"name": "Lost"}).id
    one, both = note(ctx, [to("companies", lost)]), note(ctx, [to("companies", lost), to("companies", kept)])
    done = merge.merge(ctx, spec, kept, [lost])
    assert about(ctx, one) == about(ctx, both) == [("companies", kept)]
    assert done.moved == {"notes": 2} and done.event is not None
    undo(ctx, done.event)
    assert about(ctx, one) == [("companies", lost)]
    assert about(ctx, both) == [("companies", lost), ("companies", kept)]


def test_history_and_undo_know_the_object(world: World) -> None:
    ctx = world.ctx("olga")
    company, contact = world.records["companies", "olga"], world.records["contacts", "olga"]
    id = note(ctx, [to("companies", company)])
    done = change(ctx, ctx.schema["notes"], id, {"about": [to("contacts", contact)]})
    assert done.diff["about"] == ([to("companies", company)], [to("contacts", contact)])
    assert done.event is not None
    undo(ctx, done.event.id)
    assert about(ctx, id) == [("companies", company)]


def test_what_it_is_about_is_searched_by_who_may_see_it(world: World) -> None:
    if connection.vendor == "mysql":
        pytest.skip("its full-text index knows committed rows only, and a test commits none")
    ada, olga = world.ctx("ada"), world.ctx("olga")
    spec = ada.schema["companies"]
    seen = change(olga, spec, None, {"name": "Zanzibar Trading"}).id
    id = note(ada, [to("companies", seen)], owner=str(world.people["stella"]), team=str(world.teams["South"]))
    assert id in {hit.id for hit in finding.search(ada, "zanzibar", ["notes"])}
    assert id not in {hit.id for hit in finding.search(world.ctx("stella"), "zanzibar", ["notes"])}
    assert id in {hit.id for hit in finding.search(world.ctx("stella"), "call", ["notes"])}


def test_an_export_holds_what_its_reader_sees_and_reads_back(world: World) -> None:
    ada, mara = world.ctx("ada"), world.ctx("mara")
    hers, other = world.records["companies", "olga"], world.records["companies", "stella"]
    id = note(ada, [to("companies", other), to("companies", hers)], owner=str(world.people["mara"]))
    spec = mara.schema["notes"]
    where = typed.parse(f"about:{hers}", mara, spec)
    text = b"".join(export(mara, spec, "jsonl", Query(where, fields=("about",)))).decode()
    rows = {row["id"]: row for row in map(json.loads, text.splitlines())}
    assert rows[str(id)]["about"] == [to("companies", hers)]
    table = b"".join(export(mara, spec, "csv", Query(where, fields=("about",)))).decode()
    assert str(hers) in table and str(other) not in table
    change(mara, spec, id, {"about": rows[str(id)]["about"]})
    assert about(ada, id) == [("companies", other), ("companies", hers)]


def test_users_can_make_such_a_field(world: World) -> None:
    ctx = world.ctx("ada")
    with pytest.raises(Invalid):
        shape.add_field(ctx, "needs", "reference", {"en": "Led"}, target="*")
    shape.add_field(ctx, "needs", "references", {"en": "Seen with"}, name="x_seen", target="*")
    ctx = world.ctx("ada")
    spec, company = ctx.schema["needs"], world.records["companies", "olga"]
    id = change(ctx, spec, None, {"title": "Oats", "x_seen": [to("companies", company)]}).id
    held = read.one(ctx, spec, id, ("x_seen",)).rows[0]["x_seen"]
    assert [one.key for one in held] == [("companies", company)]


def test_a_note_without_words_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as error:
        note(world.ctx("olga"), [], subject="")
    assert error.value.complaints[0].field == "body"


def test_a_note_is_not_seen_for_being_about_what_is_seen(world: World) -> None:
    """Whoever sees the company does not see every note about it: a note has an owner of its own."""
    ada = world.ctx("ada")
    id = note(ada, [to("companies", world.records["companies", "olga"])])
    with pytest.raises(NotFound):
        read.one(world.ctx("olga"), ada.schema["notes"], id)
