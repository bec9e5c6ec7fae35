"""The list page: what it shows to whom, and that its address holds its whole state."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kith.kernel.fields.base import type_names
from kith.kernel.kit.locale import Locale
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many
from kith.kernel.records.read import Page, Query
from kith.surfaces.web import render
from tests.world import World, leaks, mask_role

HTMX = {"HX-Request": "true"}


class Seen(HTMLParser):
    """A page taken apart: its tags with attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def ids(self) -> list[str]:
        return [one["data-id"] or "" for tag, one in self.tags if tag == "tr" and "data-id" in one]

    def heads(self) -> list[str]:
        return [one["data-head"] or "" for tag, one in self.tags if tag == "th" and "data-head" in one]


def seen(client: Any, url: str, status: int = 200, **more: Any) -> Seen:
    answer = client.get(url, **more)
    assert answer.status_code == status, answer.content[:300]
    return Seen(answer.content.decode())


def filter_of(*items: Any) -> str:
    return quote(json.dumps(list(items)))


def add(world: World, count: int, **values: Any) -> list[Any]:
    ctx = world.ctx("olga")
    made = [Item({"name": f"Kith Reader {number:03d}", **values}, verb="create") for number in range(count)]
    return [one.id for one in change_many(ctx, ctx.schema["contacts"], made)]


# --- who sees what --------------------------------------------------------------------------------


def test_every_object_has_a_list_and_every_row_leads_to_its_page(client_as: Any, world: World) -> None:
    client = client_as("ada")
    for object in sorted({object for object, _owner in world.records}):
        page = seen(client, f"/{object}")
        assert page.ids() and page.heads(), object
        links = [one.get("href") for tag, one in page.tags if tag == "a"]
        assert f"/{object}/{page.ids()[0]}" in links


def test_a_stranger_sees_nothing_of_others(client_as: Any, world: World) -> None:
    others = [
        one
        for owner in ("olga", "tim", "mara")
        for object in ("contacts", "companies")
        for one in world.of(object, owner)
    ]
    answer = client_as("stella").get("/contacts").content.decode()
    assert leaks(answer, world.of("contacts", "stella"))
    assert not leaks(answer, others)
    assert Seen(answer).ids() == [str(world.records["contacts", "stella"])]


def test_without_a_role_an_object_is_as_unknown_as_one_that_is_not_there(client_as: Any) -> None:
    client = client_as("noah")
    for path in ("/contacts", "/contacts/rows", "/contacts/filter", "/contacts/pick", "/contacts/sort", "/nothing"):
        assert client.get(path).status_code == 404, path
    assert client.get("/").status_code == 200


def test_signed_out_people_are_led_to_sign_in_and_back(client: Any, world: World) -> None:
    answer = client.get("/contacts?sort=name")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/contacts%3Fsort%3Dname"
    part = client.get("/contacts/rows", headers={**HTMX, "HX-Current-URL": "http://testserver/contacts?view=mine"})
    assert part.status_code == 401 and part.headers["HX-Redirect"] == "/accounts/login/?next=/contacts%3Fview%3Dmine"


def test_a_deactivated_user_is_signed_out(client_as: Any, world: World) -> None:
    client = client_as("olga")
    assert client.get("/contacts").status_code == 200
    get_user_model().objects.filter(pk=world.people["olga"]).update(is_active=False)
    assert client.get("/contacts").status_code == 302


def test_a_hidden_field_is_nowhere(client_as: Any, world: World) -> None:
    mask_role({"contacts.phone": "hidden", "contacts.phones": "hidden", "companies.industry": "hidden"})
    client = client_as("hugo")
    hidden = [
        one
        for one in world.canaries
        if (one.object, one.field) in {("contacts", "phone"), ("contacts", "phones"), ("companies", "industry")}
    ]
    assert hidden
    for path in (
        "/contacts",
        "/contacts/pick",
        "/contacts/sort",
        "/contacts/filter",
        "/contacts/filter?field=company.",
        "/contacts/filter/tree",
    ):
        text = client.get(path).content.decode()
        assert not leaks(text, hidden), path
        assert "phone" not in re.findall(r'data-(?:field|head|name)="(\w+)"', text), path
        assert "field=phone" not in text and 'value="phone"' not in text and "industry" not in text, path
    for path in (
        "/contacts?columns=name,phone",
        "/contacts?sort=phone",
        f"/contacts?filter={filter_of({'field': 'company.industry', 'op': 'empty'})}",
    ):
        assert client.get(path).status_code == 400, path
    assert client.get("/contacts/options?field=phone").status_code == 400
    assert client.get("/contacts/filter?field=phone").status_code == 400


def test_text_is_never_markup(client_as: Any, world: World) -> None:
    ctx = world.ctx("olga")
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    company = change(ctx, ctx.schema["companies"], None, {"name": evil, "website": "https://kith.example"}).id
    change(
        ctx, ctx.schema["contacts"], None, {"name": evil, "job_title": evil, "company": company, "tags": [evil[:30]]}
    )
    condition = filter_of(
        {"field": "job_title", "op": "contains", "value": evil}, {"field": "company", "op": "eq", "value": str(company)}
    )
    client = client_as("olga")
    for path in (
        "/contacts",
        f"/contacts?filter={condition}",
        f"/contacts?filter={quote(evil)}",
        f"/contacts/filter/tree?filter={condition}",
    ):
        page = Seen(client.get(path).content.decode())
        assert {one.get("type") for tag, one in page.tags if tag == "script"} <= {"module"}, path
        assert not [
            one
            for tag, one in page.tags
            if tag == "img" or any(name.startswith("on") or name == "style" for name in one)
        ], path
    assert "<script>alert(1)</script>" in seen(client, f"/contacts?filter={condition}").text


def test_the_policy_allows_nothing_inline(client_as: Any) -> None:
    answer = client_as("olga").get("/contacts")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "script-src 'self'" in policy and "style-src 'self'" in policy
    page = Seen(answer.content.decode())
    assert not [one for _tag, one in page.tags if "style" in one or any(name.startswith("on") for name in one)]
    assert all(one.get("src") for tag, one in page.tags if tag == "script")


def test_statements_do_not_grow_with_the_page(client_as: Any, world: World) -> None:
    client = client_as("olga")
    add(world, 4, company=world.records["companies", "olga"])
    client.get("/contacts")
    with CaptureQueriesContext(connection) as few:
        assert len(seen(client, "/contacts?view=mine").ids()) == 5
    add(world, 60, company=world.records["companies", "olga"])
    with CaptureQueriesContext(connection) as many:
        assert len(seen(client, "/contacts?view=mine").ids()) == 50
    extra = [one["sql"] for one in many.captured_queries if "COUNT(" in one["sql"]]  # a full page counts, up to its cap
    assert len(many) - len(extra) <= len(few) and len(extra) <= 1


# --- the state in the address ---------------------------------------------------------------------


def test_filter_sort_and_columns_stand_in_the_address(client_as: Any, world: World) -> None:
    ids = [str(one) for one in add(world, 3, job_title="Lighthouse keeper")]
    client = client_as("olga")
    condition = filter_of({"field": "job_title", "op": "eq", "value": "Lighthouse keeper"})
    page = seen(client, f"/contacts?filter={condition}&sort=-name&columns=job_title,owner")
    assert page.heads() == ["name", "job_title", "owner"]
    assert page.ids() == ids[::-1]
    chips = [one for tag, one in page.tags if "data-chip" in one]
    assert len(chips) == 1 and "Lighthouse keeper" in page.text
    sorted_by = [one.get("aria-sort") for tag, one in page.tags if one.get("data-head") == "name"]
    assert sorted_by == ["descending"]


def test_a_head_turns_up_down_and_off_and_shift_adds_a_level(client_as: Any) -> None:
    client = client_as("olga")

    def head(url: str, name: str = "name") -> tuple[str, str]:
        page = seen(client, url)
        links = [one for _tag, one in page.tags if one.get("class") == "k-sort" and "data-more" in one]
        found = links[[one for one in page.heads()].index(name)]
        return (
            parse_qs(urlsplit(found["href"] or "").query).get("sort", [""])[0],
            parse_qs(urlsplit(found["data-more"] or "").query).get("sort", [""])[0],
        )

    assert head("/contacts?columns=company")[0] == "name"
    assert head("/contacts?columns=company&sort=name")[0] == "-name"
    assert head("/contacts?columns=company&sort=-name")[0] == ""
    assert head("/contacts?columns=company&sort=company")[1] == "company,name"
    assert head("/contacts?columns=company&sort=company,-name")[1] == "company"


def test_mine_shows_what_i_own(client_as: Any, world: World) -> None:
    client = client_as("ada")
    everyone, mine = seen(client, "/contacts").ids(), seen(client, "/contacts?view=mine").ids()
    assert str(world.records["contacts", "olga"]) in everyone and mine == []
    assert str(world.records["contacts", "olga"]) in seen(client_as("olga"), "/contacts?view=mine").ids()
    assert client.get("/contacts?view=theirs").status_code == 400
    assert client.get("/users?view=mine").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "filter=%7Bbroken",
        "filter=nothing:1",
        "sort=nothing",
        "columns=nothing",
        "filter=[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    ],
)
def test_an_address_that_cannot_be_read_says_so_and_shows_the_list(client_as: Any, world: World, query: str) -> None:
    page = seen(client_as("olga"), f"/contacts?{query}", 400)
    assert str(world.records["contacts", "olga"]) in page.ids()
    assert [one for _tag, one in page.tags if one.get("role") == "alert"]


def test_rows_go_on_where_the_page_ended(client_as: Any, world: World) -> None:
    made = {str(one) for one in add(world, 120)}
    client = client_as("olga")
    page = seen(client, "/contacts?view=mine&sort=name")
    found, parts = page.ids(), 1
    while following := [one["hx-get"] for tag, one in page.tags if tag == "tr" and "hx-get" in one]:
        page = seen(client, following[0] or "", headers=HTMX)
        found, parts = found + page.ids(), parts + 1
    assert parts == 3 and len(found) == len(set(found)) and made < set(found)
    assert len(seen(client, "/contacts?view=mine&sort=name&shown=110").ids()) == 110
    assert client.get("/contacts/rows?after=nonsense").status_code == 400


def test_a_fragment_tells_its_address_and_the_history_gets_a_page(client_as: Any) -> None:
    client = client_as("olga")
    part = client.get("/contacts?sort=name&shown=90", headers=HTMX)
    assert part.headers["HX-Push-Url"] == "/contacts?sort=name"
    assert part.content.decode().lstrip().startswith('<div id="list"')
    back = client.get("/contacts?sort=name", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert back.content.decode().startswith("<!doctype html>")


def test_columns_are_kept_for_each_person(client_as: Any, world: World) -> None:
    olga, tim = client_as("olga"), client_as("tim")
    before = seen(tim, "/contacts").heads()
    assert olga.post("/contacts/columns", {"columns": ["owner", "email", "owner", "nonsense"]}).status_code == 204
    assert seen(olga, "/contacts").heads() == ["name", "owner", "email"]
    assert seen(tim, "/contacts").heads() == before
    assert seen(olga, "/contacts?columns=phone").heads() == ["name", "phone"]
    olga.post("/contacts/columns", {"reset": "1"})
    assert seen(olga, "/contacts").heads() == before
    assert olga.get("/contacts/columns").status_code == 405


def test_a_column_is_summarised_for_each_person_over_all_that_match(client_as: Any, world: World) -> None:
    ctx = world.ctx("olga")
    made = [Item({"name": f"Half {number}", "employees": number}, verb="create") for number in range(1, 61)]
    change_many(ctx, ctx.schema["companies"], made)
    client = client_as("olga")
    address = f"/companies?columns=employees&filter={filter_of({'field': 'name', 'op': 'starts', 'value': 'Half'})}"
    for measure, wanted in (("sum", "Sum 1,830"), ("median", "Median 30.5"), ("filled", "Filled 100%")):
        assert client.post("/companies/columns", {"sum": f"employees:{measure}"}).status_code == 204
        assert wanted in " ".join(seen(client, address).text.split())
    client.post("/companies/columns", {"sum": "employees:nonsense"})
    assert "30.5" not in seen(client, address).text
    client.post("/companies/columns", {"sum": "nonsense:sum"})
    menu = seen(client, "/companies/menu?field=employees&columns=employees&part=sum")
    assert "Median" in menu.text and "Median" not in seen(client, "/companies/menu?field=name&part=sum").text


def test_preferences_keep_what_they_know_and_nothing_else(client_as: Any, world: World) -> None:
    client = client_as("olga")
    client.post(
        "/me/preferences",
        {"theme": "dark", "density": "huge", "columns:contacts": "x", "next": "https://elsewhere.example/"},
    )
    held = get_user_model().objects.get(pk=world.people["olga"]).preferences
    assert held == {"theme": "dark"}
    assert 'data-bs-theme="dark"' in client.get("/contacts").content.decode()
    answer = client.post("/me/preferences", {"theme": "", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


# --- values ---------------------------------------------------------------------------------------


def test_every_type_of_field_is_written_in_a_cell_and_in_full(world: World) -> None:
    ctx = world.ctx("ada").with_(locale=Locale("en", "Europe/Berlin", "DE", "EUR"))
    written: set[str] = set()
    for object in ("x_visits", "samples", "contacts", "users"):
        spec = ctx.schema[object]
        page: Page = read.rows(ctx, spec, Query(limit=5))
        for one in page.fields:
            for full in (False, True):
                write = render.writer(ctx, page, one, full=full)
                assert write(None) == render.NONE
                for row in page.rows:
                    html = write(row.values[one.name])
                    assert html and not Seen(html).text.startswith("<"), (object, one.name)
            written.add(one.type.name)
    assert len(written) > len(type_names()) // 2


def test_the_page_speaks_chinese(client_as: Any) -> None:
    with translation.override("zh-hans"):
        label = translation.gettext("Filter")
    page = seen(client_as("olga"), "/contacts", headers={"Accept-Language": "zh-CN"})
    assert label in page.text and label != "Filter"
    assert [one["lang"] for tag, one in page.tags if tag == "html"] == ["zh-Hans"]
