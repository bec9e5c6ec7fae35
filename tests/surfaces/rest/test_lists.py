"""Lists: parameters, pages, shapes, and how many statements they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection

from kith.kernel.kit import json
from kith.kernel.policy.rows import branches
from tests.words import words_at_once


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(execute, sql, params, many, context):
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield said


def many(api, count: int, **more) -> None:
    made = api.post("/contacts/batch", {"create": [{"last_name": f"Row {n:03}", **more} for n in range(count)]})
    assert made.status == 200


@words_at_once
def test_pages_follow_each_other(api) -> None:
    olga = api("olga")
    many(olga, 7)
    first = olga.get("/contacts?limit=3&sort=-last_name&q=Row").json
    assert [one["last_name"] for one in first["items"]] == ["Row 006", "Row 005", "Row 004"]
    assert first["count"] == {"value": 7, "exact": True}
    rest = olga.get(f"/contacts?limit=500&sort=-last_name&q=Row&after={first['next']}&count=false").json
    assert [one["last_name"] for one in rest["items"]] == ["Row 003", "Row 002", "Row 001", "Row 000"]
    assert rest["next"] is None and rest["count"] is None


def test_every_field_has_its_wire_form(api, world) -> None:
    ada = api("ada")
    company = ada.post("/companies", {"name": "Lotus Bay"}).json["id"]
    given = {
        "title": "One",
        "count": 3,
        "ratio": 1.125,
        "active": False,
        "day": "2026-11-20",
        "moment": "2026-11-20T14:30:00Z",
        "stage": "open",
        "company": company,
        "stages": ["new", "done"],
        "topics": ["North", "VIP"],
        "price": {"amount": "1200.50", "currency": "EUR"},
        "helpers": [{"id": str(world.records["contacts", "olga"]), "role": "cook"}],
        "emails": ["a@b.example", {"value": "c@d.example", "kind": "work", "primary": True}],
        "owner": str(world.people["olga"]),
    }
    made = ada.post("/samples", given)
    assert made.status == 201, made.bytes
    found = ada.get(f"/samples/{made.json['id']}").json
    assert found == made.json
    for name in ("title", "count", "active", "day", "moment", "stage", "stages", "topics", "price"):
        assert found[name] == given[name]
    assert b'"ratio":1.125' in made.bytes and found["word"] is None and found["parent"] is None
    assert found["company"] == {"object": "companies", "id": company, "title": "Lotus Bay"}
    assert found["owner"] == {"object": "users", "id": given["owner"], "title": found["owner"]["title"]}
    (helper,) = found["helpers"]
    assert (helper["object"], helper["role"]) == ("contacts", "cook") and helper["title"]
    assert found["email"] == "c@d.example"
    assert [(one["value"], one["primary"]) for one in found["emails"]] == [
        ("c@d.example", True),
        ("a@b.example", False),
    ]
    assert "secret" not in found and found["phones"] == [] and found["length"] is None
    back = ada.patch(f"/samples/{found['id']}", {name: found[name] for name in (*given, "phones")}, If_Match=made.etag)
    assert back.status == 200 and back.json["version"] == 1  # what was read may be sent back, and changes nothing


def test_a_reference_to_what_may_not_be_seen_is_null(api, world) -> None:
    hidden = world.records["companies", "stella"]
    ada = api("ada")
    made = ada.post("/contacts", {"last_name": "X", "company": str(hidden), "owner": str(world.people["olga"])}).json
    assert made["company"]["id"] == str(hidden)
    seen = api("olga").get(f"/contacts/{made['id']}?fields=company,company.name").json
    assert seen["company"] is None and seen["company.name"] is None


def test_fields(api, world) -> None:
    olga, id = api("olga"), world.records["contacts", "olga"]
    company = olga.post("/companies", {"name": "Lotus Bay", "parent": str(world.records["companies", "tim"])}).json
    olga.patch(f"/contacts/{id}", {"company": company["id"]})
    path = f"/contacts/{id}?fields=last_name,company.name,company.parent,owner.email,company.phones"
    found = olga.get(path).json
    assert list(found) == [
        "id",
        "version",
        "last_name",
        "company.name",
        "company.parent",
        "owner.email",
        "company.phones",
    ]
    assert (
        found["company.name"] == "Lotus Bay"
        and found["owner.email"] == "olga@kith.example"
        and found["company.phones"] == []
    )
    assert found["company.parent"]["id"] == str(world.records["companies", "tim"]) and found["company.parent"]["title"]
    assert set(olga.get(f"/contacts/{id}?fields=id").json) == {"id", "version"}
    assert set(olga.get(f"/contacts/{id}?fields=id,version").json) == {"id", "version"}
    helpers = api("ada").post("/samples?fields=helpers.last_name", {"title": "H", "helpers": [str(id)]}).json
    assert len(helpers["helpers.last_name"]) == 1
    (listed,) = olga.get(
        f"/contacts?fields=company.name&filter={quote(json.dumps({'field': 'company', 'value': company['id']}))}"
    ).json["items"]
    assert listed["company.name"] == "Lotus Bay"


@words_at_once
@pytest.mark.parametrize("word", ["lotus", "LOTUS", "bay lotus", "info@lotus.example", "other@lotus"])
def test_q_finds_by_title_and_address(api, word: str) -> None:
    olga = api("olga")
    id = olga.post("/companies", {"name": "Lotus Bay", "emails": ["info@lotus.example", "other@lotus.example"]}).json[
        "id"
    ]
    assert olga.get(f"/companies?q={quote(word)}").ids == [id]
    assert olga.get(f"/companies?q={quote(word)}+nowhere").ids == []


@words_at_once
def test_filter(api, world) -> None:
    olga = api("olga")
    ids = [olga.post("/companies", {"name": f"F{n}", "employees": n}).json["id"] for n in range(4)]
    tree = {
        "and": [{"field": "employees", "op": "gte", "value": 1}, {"not": {"field": "name", "op": "eq", "value": "F2"}}]
    }
    found = olga.get(f"/companies?sort=name&filter={quote(json.dumps(tree))}&q=F").ids
    assert found == [ids[1], ids[3]]
    nested = {"or": [{"q": "F0"}, {"field": "name", "value": "F3"}]}  # words inside a condition are searched, too
    assert olga.get(f"/companies?sort=name&filter={quote(json.dumps(nested))}").ids == [ids[0], ids[3]]


@words_at_once
def test_typed_filter(api) -> None:
    olga = api("olga")
    ids = [olga.post("/companies", {"name": f"Typed {n}", "employees": n}).json["id"] for n in range(4)]
    assert olga.get(f"/companies?sort=name&filter={quote('employees>1 typed')}").ids == ids[2:]
    unknown = [olga.get(f"/samples?filter={quote(one)}") for one in ("salary:x", "nothing:x")]
    assert [one.status for one in unknown] == [400, 400]
    assert unknown[0].json["detail"].replace("salary", "…") == unknown[1].json["detail"].replace("nothing", "…")


def test_the_bin(api, world) -> None:
    olga, id = api("olga"), world.records["contacts", "olga"]
    olga.delete(f"/contacts/{id}")
    assert str(id) not in olga.get("/contacts").ids
    assert olga.get("/contacts?deleted=true").ids == [str(id)]
    assert api("stella").get("/contacts?deleted=true").ids == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limt=3", "limt"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=1&limit=2", "limit"),
        ("sort=nothing", "nothing"),
        ("sort=-salary", "salary"),
        ("sort=title,-title", "sort"),
        ("fields=title,nothing", "nothing"),
        ("fields=salary", "salary"),
        ("fields=secret", "secret"),
        ("fields=", "fields"),
        ("fields=company.nothing", "company.nothing"),
        ("fields=company.parent.name", "company.parent.name"),
        ("fields=title.x", "title.x"),
        ("after=nonsense", "after"),
        ("count=maybe", "count"),
        ("deleted=2", "deleted"),
        ("q=%00", "q"),
        ("filter=%7B", "JSON"),
        ('filter={"field":"title","op":"contains","value":"\\u0000"}', "filter"),
        ('filter={"field":"nothing","value":1}', "nothing"),
        ('filter={"field":"salary","value":1}', "salary"),
        ('filter={"field":"title","op":"like","value":1}', "like"),
        ('filter={"field":"company.nothing","value":1}', "company.nothing"),
        ('filter={"fild":"name"}', "fild"),
        ("filter=[1]", "filter"),
    ],
)
def test_what_is_not_understood_is_named(api, query: str, names: str) -> None:
    found = api("olga").get(f"/samples?{quote(query, safe='=&%')}")
    assert found.status == 400 and found.headers["Content-Type"] == "application/problem+json"
    assert names in json.dumps_text([found.json["detail"], found.json["errors"]]) or names == "filter"
    assert found.json["errors"][0]["code"] and found.json["request_id"]


@words_at_once
def test_statements_do_not_grow_with_the_page(api, world) -> None:
    olga = api("olga_reads")
    company = api("olga").post("/companies", {"name": "Lotus Bay"}).json["id"]
    many(api("olga"), 60, company=company, email="a@b.example")
    for path in (
        "/contacts?limit={}",
        "/contacts?limit={}&fields=last_name,company,company.name,owner.email",
        "/contacts?limit={}&q=row",
    ):
        olga.get(path.format(5))
        cost = {}
        for limit in (5, 50):
            with statements() as said:
                assert len(olga.get(path.format(limit)).ids) == limit
            cost[limit] = len(said)
        assert cost[5] == cost[50], path
    # token with user and schema version; a page for each of her branches (her own, her teams'); count; companies
    # (the names of users are kept until one changes)
    ctx = world.ctx("olga_reads")
    pages = len(branches(ctx, ctx.schema["contacts"]))
    assert pages > 1
    with statements() as said:
        olga.get("/contacts?fields=last_name,company,owner")
    assert len(said) == 1 + pages + 1 + 1, said
    with statements() as said:
        olga.get("/contacts?fields=last_name&count=false")
    assert len(said) == 1 + pages, said


def test_one_record_costs_two_statements_and_one_for_each_object_led_to(api, world) -> None:
    olga, path = api("olga_reads"), f"/contacts/{world.records['contacts', 'olga']}"
    olga.get(path)
    with statements() as said:
        olga.get(f"{path}?fields=last_name,owner")
    assert len(said) == 2, said  # the names of users are kept
