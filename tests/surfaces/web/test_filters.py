"""The controls that make conditions, and what is done to many records at once."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client

from kith.kernel.events.models import Event
from kith.kernel.query.tree import And, Is, Not, Or
from kith.kernel.records import read
from kith.surfaces.web import conditions, edits
from tests.surfaces.web.test_list import HTMX, Seen, add, filter_of, seen
from tests.world import World


def state(answer: Any) -> Any:
    """The filter of the address that an edit leads to."""
    address = answer.headers.get("Location") or answer.headers["HX-Push-Url"]
    return json.loads(parse_qs(urlsplit(address).query)["filter"][0])


def test_a_condition_is_put_changed_and_dropped(client_as: Any, world: World) -> None:
    client = client_as("olga")
    added = client.get("/contacts?edit=put&field=job_title&op=contains&value=keeper")
    assert added.status_code == 302
    assert state(added) == {"field": "job_title", "op": "contains", "value": "keeper"}
    condition = filter_of(
        {"field": "job_title", "op": "contains", "value": "keeper"}, {"field": "owner", "op": "in", "value": ["me"]}
    )
    changed = client.get(f"/contacts?filter={condition}&edit=put&at=0&field=job_title&op=empty", headers=HTMX)
    assert state(changed) == {
        "and": [{"field": "job_title", "op": "empty", "value": True}, {"field": "owner", "op": "in", "value": ["me"]}]
    }
    page = seen(client, f"/contacts?filter={condition}")
    drops = [one["href"] for _tag, one in page.tags if "data-drop" in one]
    assert json.loads(parse_qs(urlsplit(drops[0] or "").query)["filter"][0])["field"] == "owner"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("field=birthday&op=before&value=2001-02-03", {"field": "birthday", "op": "before", "value": "2001-02-03"}),
        ("field=birthday&op=within&value=this_year", {"field": "birthday", "op": "within", "value": "this_year"}),
        (
            "field=company.employees&op=between&value=1,200&value=5k",
            {"field": "company.employees", "op": "between", "value": [1200, 5000]},
        ),
        (
            "field=lifecycle_stage&op=not_in&value=lead&value=partner",
            {"not": {"field": "lifecycle_stage", "op": "in", "value": ["lead", "partner"]}},
        ),
        ("field=email&op=filled", {"field": "email", "op": "empty", "value": False}),
        ("field=owner&op=in&value=me", {"field": "owner", "op": "in", "value": ["me"]}),
    ],
)
def test_each_kind_of_value_is_read_as_its_field_reads_it(client_as: Any, query: str, wanted: Any) -> None:
    assert state(client_as("olga").get(f"/contacts?edit=put&{query}")) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "field=birthday&op=before&value=30+Feb",
        "field=company.employees&op=gt&value=many",
        "field=job_title&op=eq",
        "field=job_title&op=gt&value=1",
    ],
)
def test_a_wrong_value_comes_back_with_what_is_wrong(client_as: Any, query: str) -> None:
    answer = client_as("olga").get(f"/contacts?edit=put&{query}", headers=HTMX)
    assert answer.status_code == 422 and answer.headers["HX-Retarget"] == "#pop" and "HX-Push-Url" not in answer.headers
    assert [one for _tag, one in Seen(answer.content.decode()).tags if one.get("role") == "alert"]


def test_typed_conditions_join_those_there_are_and_words_take_the_place_of_words(client_as: Any, world: World) -> None:
    client = client_as("olga")
    condition = filter_of({"field": "email", "op": "empty", "value": False}, {"q": "before"})
    found = state(client.get(f"/contacts?filter={condition}&edit=typed&typed={quote('owner:me harbour')}"))
    assert (
        found["and"][0]["field"] == "email"
        and found["and"][1]["field"] == "owner"
        and found["and"][2] == {"q": "harbour"}
    )
    bad = client.get("/contacts?edit=typed&typed=nonsense%3A1", headers=HTMX)
    assert bad.status_code == 400 and bad.headers["HX-Reswap"] == "none" and "nonsense" in bad.headers["HX-Trigger"]


TREES = [
    And((Is("job_title", "contains", "x"), Or((Is("owner", "in", ("me",)), Not(Is("tags", "in", ("a", "b"))))))),
    Or(
        (
            Is("email", "empty", False),
            And(
                (
                    Is("birthday", "between", ("2001-01-01", "2002-01-01")),
                    Not(Or((Is("phone", "empty", True), Is("city", "eq", "Berlin")))),
                )
            ),
        )
    ),
    Not(And((Is("job_title", "eq", "a"), Is("job_title", "starts", "b")))),
]


@pytest.mark.parametrize("tree", TREES, ids=["and-or", "deep", "not"])
def test_the_dialog_gives_back_the_tree_it_was_given(world: World, tree: Any) -> None:
    ctx = world.ctx("olga")
    spec = ctx.schema["contacts"]
    found = edits.tree_from(ctx, spec, edits.to_form(tree))
    sentences = [conditions.sentence(ctx, spec, one, {}) for one in (found, tree)]
    assert sentences[0] == sentences[1]


def test_the_dialog_grows_and_shrinks_and_applies(client_as: Any) -> None:
    client = client_as("olga")
    form = "f:0=job_title&o:0=contains&v:0=keeper"
    grown = Seen(client.get(f"/contacts/filter/tree?j:=or&{form}&do=group:").content.decode())
    names = [one["name"] for tag, one in grown.tags if tag == "select" and one.get("name")]
    assert names == ["j:", "f:0", "o:0", "j:1", "f:1.0"]
    shrunk = Seen(client.get(f"/contacts/filter/tree?j:=or&{form}&j:1=and&f:1.0=&do=drop:1").content.decode())
    assert [one["name"] for tag, one in shrunk.tags if tag == "select" and one.get("name")] == ["j:", "f:0", "o:0"]
    answer = client.get(f"/contacts?edit=tree&j:=or&{form}&f:1=email&o:1=empty")
    assert state(answer) == {
        "or": [
            {"field": "job_title", "op": "contains", "value": "keeper"},
            {"field": "email", "op": "empty", "value": True},
        ]
    }
    wrong = client.get("/contacts?edit=tree&j:=and&f:0=birthday&o:0=before&v:0=soonish", headers=HTMX)
    assert wrong.status_code == 422 and wrong.headers["HX-Retarget"] == "#dialog"


def test_options_are_what_the_reader_may_see(client_as: Any, world: World) -> None:
    def values(name: str, query: str) -> list[str]:
        return [one["value"] for one in client_as(name).get(f"/contacts/options?{query}").json()]

    assert values("olga", "field=lifecycle_stage&q=part") == ["partner"]
    assert values("olga", "field=owner&q=ti") == [str(world.people["tim"])]
    assert values("olga", "field=owner")[0] == "me" and "me" not in values("olga", "field=owner&me=0")
    companies = values("stella", "field=company")
    assert (
        str(world.records["companies", "stella"]) in companies
        and str(world.records["companies", "olga"]) not in companies
    )


# --- many at once ---------------------------------------------------------------------------------


def owners(world: World, ids: list[Any]) -> set[Any]:
    ctx = world.ctx("ada")
    return {read.one(ctx, ctx.schema["contacts"], id, ("owner",)).rows[0].values["owner"] for id in ids}


def told(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["kith:toast"]
    return found


def test_many_are_assigned_and_one_undo_takes_it_back(client_as: Any, world: World) -> None:
    ids, client = add(world, 7), client_as("olga")
    answer = client.post(
        "/contacts/bulk/assign", {"ids": ",".join(map(str, ids)), "owner": str(world.people["tim"])}, headers=HTMX
    )
    assert answer.status_code == 204 and owners(world, ids) == {world.people["tim"]}
    assert told(answer)["text"] == "7 contacts assigned to Tim"
    assert len(set(Event.objects.filter(record__in=ids, verb="updated").values_list("batch", flat=True))) == 1
    assert client.post(told(answer)["undo"], headers=HTMX).status_code < 300
    assert owners(world, ids) == {world.people["olga"]}


def test_all_that_match_are_meant_by_all(client_as: Any, world: World) -> None:
    ids = add(world, 60, job_title="Lighthouse keeper")
    condition = filter_of({"field": "job_title", "op": "eq", "value": "Lighthouse keeper"})
    answer = client_as("olga").post(f"/contacts/bulk/delete?filter={condition}", {"all": "1"}, headers=HTMX)
    assert told(answer)["text"] == "60 contacts deleted"
    ctx = world.ctx("ada")
    assert not read.ids(ctx, ctx.schema["contacts"], ids)
    assert read.ids(ctx, ctx.schema["contacts"], [world.records["contacts", "olga"]])


def test_what_is_out_of_reach_stays_as_it_is(client_as: Any, world: World) -> None:
    mine, others = add(world, 2), world.records["contacts", "stella"]
    answer = client_as("olga").post("/contacts/bulk/delete", {"ids": [*map(str, mine), str(others)]}, headers=HTMX)
    assert told(answer)["text"].startswith("2 contacts deleted") and "1 was left" in told(answer)["text"]
    ctx = world.ctx("ada")
    assert read.ids(ctx, ctx.schema["contacts"], [others])
    refused = client_as("rita").post(
        "/contacts/bulk/delete", {"ids": str(world.records["contacts", "olga"])}, headers=HTMX
    )
    assert refused.status_code == 403 and told(refused)["kind"] == "bad"
    assert "data-bulk-action" not in client_as("rita").get("/contacts").content.decode()


def test_many_are_changed_by_post_with_a_token_only(client_as: Any, world: World) -> None:
    client = client_as("olga")
    assert client.get("/contacts/bulk/delete").status_code == 404
    assert client.post("/contacts/bulk/sell", {"ids": ""}).status_code == 404
    assert client.post("/contacts/bulk/delete", {"ids": ""}, headers=HTMX).status_code == 422
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/contacts/bulk/delete", {"ids": str(world.records["contacts", "olga"])}).status_code == 403
