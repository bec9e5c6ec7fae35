"""Saved views on the list page: kept under a name, opened by others under their own rights, changed in the address."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.kernel.policy.models import Role
from kith.kernel.records.change import change
from kith.kernel.records.models import View
from kith.kernel.schema import load
from tests.surfaces.web.test_list import HTMX, Seen, seen
from tests.world import World, forget, leaks, mask_role

CONDITION = {"field": "job_title", "op": "eq", "value": "Buyer"}


def saved(client: Any, name: str = "Buyers", shared: str = "", **state: str) -> str:
    """Save the list in this state; the id of the view."""
    answer = client.post(f"/contacts/view?{urlencode(state)}", {"name": name, "shared": shared}, headers=HTMX)
    assert answer.status_code == 204, answer.content
    told = json.loads(answer.headers["HX-Trigger"])
    assert told["kith:toast"]["undo"]
    return parse_qs(urlsplit(told["kith:go"]["url"]).query)["view"][0]


def buyer(world: World, who: str = "olga", **values: Any) -> uuid.UUID:
    ctx = world.ctx(who)
    return change(ctx, ctx.schema["contacts"], None, {"name": "Ann Bee", "job_title": "Buyer", **values}).id


def tabs(page: Seen) -> list[str]:
    links = (attributes for tag, attributes in page.tags if tag == "a" and "data-go" in attributes)
    found = (one["href"] or "" for one in links)  # over the list, and in the menu of a phone
    return list(dict.fromkeys(one for one in found if re.fullmatch(r"/contacts(\?view=[0-9a-f-]+)?", one)))


def test_a_list_is_kept_and_shown_again(world: World, client_as: Any) -> None:
    olga, ann = client_as("olga"), buyer(world)
    id = saved(olga, filter=json.dumps(CONDITION), sort="-updated_at", columns="name,job_title")
    page = seen(olga, f"/contacts?view={id}")
    assert page.ids() == [str(ann)] and page.heads() == ["name", "job_title"]
    assert f"/contacts?view={id}" in tabs(page) and "Buyers" in page.text
    held = View.objects.get(pk=id)
    assert (held.of, held.sort, held.columns, held.filter) == ("contacts", "-updated_at", "name,job_title", CONDITION)


def test_what_differs_from_the_view_stands_in_the_address(world: World, client_as: Any) -> None:
    olga, ann = client_as("olga"), buyer(world)
    other = buyer(world, name="Cy Dee", job_title="Chef")
    id = saved(olga, filter=json.dumps(CONDITION), sort="name")
    plain = olga.get(f"/contacts?view={id}", headers=HTMX)
    assert urlsplit(plain.headers["HX-Push-Url"]).query == f"view={id}"
    wider = seen(olga, f"/contacts?view={id}&filter=")
    assert {str(ann), str(other)} <= set(wider.ids())
    assert "Reset" in wider.text and "Save view" in wider.text
    turned = olga.get(f"/contacts?view={id}&sort=-name", headers=HTMX)
    assert parse_qs(urlsplit(turned.headers["HX-Push-Url"]).query) == {"view": [id], "sort": ["-name"]}
    same = olga.get(f"/contacts?view={id}&sort=name&filter={quote(json.dumps(CONDITION))}", headers=HTMX)
    assert urlsplit(same.headers["HX-Push-Url"]).query == f"view={id}"


def test_the_changed_list_is_kept_in_the_view_and_undone(world: World, client_as: Any) -> None:
    olga = client_as("olga")
    id = saved(olga, filter=json.dumps(CONDITION))
    answer = olga.post(f"/contacts/view/{id}?view={id}&filter=&sort=-name", {"do": "keep"}, headers=HTMX)
    assert answer.status_code == 204
    held = View.objects.get(pk=id)
    assert held.filter == {} and held.sort == "-name"
    olga.post(json.loads(answer.headers["HX-Trigger"])["kith:toast"]["undo"], headers=HTMX)
    held.refresh_from_db()
    assert held.filter == CONDITION and held.sort == ""


def test_mine_becomes_a_condition(world: World, client_as: Any) -> None:
    olga = client_as("olga")
    id = saved(olga, view="mine")
    assert View.objects.get(pk=id).filter == {"field": "owner", "op": "eq", "value": "me"}
    page = seen(olga, f"/contacts?view={id}")
    assert page.ids() == [str(world.records["contacts", "olga"])]


def test_a_shared_view_shows_its_reader_what_they_may_see(world: World, client_as: Any) -> None:
    id = saved(client_as("olga"), "Everyone", "everybody")
    page = client_as("stella").get(f"/contacts?view={id}")
    assert Seen(page.content.decode()).ids() == [str(world.records["contacts", "stella"])]
    hidden = [one for one in world.canaries if one.object == "contacts" and one.owner in ("olga", "tim")]
    assert leaks(page.content.decode(), hidden) == []
    assert seen(client_as("noah"), "/", 200).ids() == []
    assert client_as("noah").get(f"/contacts?view={id}").status_code == 404


def test_a_view_by_a_hidden_field_shows_nothing_of_it(world: World, client_as: Any) -> None:
    buyer(world)
    id = saved(client_as("olga"), "Buyers", "everybody", filter=json.dumps(CONDITION), columns="name,job_title")
    mask_role({"contacts.job_title": "hidden"})
    answer = client_as("hugo").get(f"/contacts?view={id}")
    text = answer.content.decode()
    assert answer.status_code == 400 and "job_title" not in Seen(text).heads()
    only = seen(client_as("hugo"), f"/contacts?view={id}&filter=")
    assert "job_title" not in only.heads() and only.heads()[0] == "name"


def test_only_its_owner_and_the_administrator_change_it(world: World, client_as: Any) -> None:
    id = saved(client_as("olga"), "Buyers", "everybody")
    for do in ("keep", "delete", "rename"):
        answer = client_as("tim").post(f"/contacts/view/{id}", {"do": do, "name": "Tim's"}, headers=HTMX)
        assert answer.status_code in (403, 404), do
    menu = client_as("tim").get(f"/contacts/view/{id}", headers=HTMX).content.decode()
    assert "Delete view" not in menu and "Save as another view" in menu
    assert View.objects.get(pk=id).name == "Buyers"
    assert client_as("ada").post(f"/contacts/view/{id}", {"name": "Ada's"}, headers=HTMX).status_code == 204
    assert View.objects.get(pk=id).name == "Ada's"


def test_a_private_view_is_nobody_elses(world: World, client_as: Any) -> None:
    id = saved(client_as("olga"), "Salary talks")
    assert "Salary talks" not in seen(client_as("tim"), "/contacts").text
    assert client_as("tim").get(f"/contacts/view/{id}", headers=HTMX).status_code == 404
    answer = client_as("tim").get(f"/contacts?view={id}")
    assert answer.status_code == 400 and "Salary talks" not in answer.content.decode()


def test_a_deleted_view_is_said_and_comes_back(world: World, client_as: Any) -> None:
    olga = client_as("olga")
    id = saved(olga)
    answer = olga.post(f"/contacts/view/{id}", {"do": "delete"}, headers=HTMX)
    assert id not in " ".join(tabs(seen(olga, "/contacts")))
    gone = seen(olga, f"/contacts?view={id}", 400)
    assert "This view was deleted" in gone.text and gone.ids()
    olga.post(json.loads(answer.headers["HX-Trigger"])["kith:toast"]["undo"], headers=HTMX)
    assert id in " ".join(tabs(seen(olga, "/contacts")))


def test_without_a_name_nothing_is_saved(world: World, client_as: Any) -> None:
    answer = client_as("olga").post("/contacts/view", {"name": "  "}, headers=HTMX)
    assert answer.status_code == 422 and "name" in answer.headers["HX-Trigger"]
    assert not View.objects.filter(of="contacts", owner_id=world.people["olga"], name="").exists()


def test_tabs_stand_in_the_readers_own_order(world: World, client_as: Any) -> None:
    olga, tim = client_as("olga"), client_as("tim")
    first, second = saved(olga, "Alpha", "everybody"), saved(olga, "Beta", "everybody")

    def order(client: Any) -> list[str]:
        links = " ".join(tabs(seen(client, "/contacts")))
        return [one for one in re.findall(r"view=([0-9a-f-]{36})", links) if one in (first, second)]

    assert order(olga) == order(tim) == [first, second]
    assert olga.post(f"/contacts/view/{second}", {"do": "left"}, headers=HTMX).status_code == 204
    assert order(olga) == [second, first] and order(tim) == [first, second]


def test_who_works_without_a_script_is_sent_on(world: World, client_as: Any) -> None:
    answer = client_as("olga").post("/contacts/view?sort=-name", {"name": "Plain", "shared": ""})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/contacts?view=")


def test_many_views_cost_one_statement(world: World, client_as: Any) -> None:
    olga = client_as("olga")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            seen(olga, "/contacts")
        return len(asked)

    cost()
    few = cost()
    for number in range(12):
        saved(olga, f"View {number}", "everybody")
    assert cost() == few


def test_a_condition_of_a_role_costs_one_statement_however_many_views(world: World, client_as: Any) -> None:
    only_a = {"update": {"field": "name", "op": "eq", "value": "A"}}
    Role.objects.filter(key="masked").update(conditions={"views": only_a})
    load.bump()
    forget()
    hugo = client_as("hugo")
    first = saved(hugo, "A")
    second = saved(hugo, "B")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            seen(hugo, "/contacts")
        return len(asked)

    cost()
    few = cost()
    for number in range(12):
        saved(hugo, f"View {number}")
    assert cost() == few
    shown = [hugo.get(f"/contacts?view={id}&sort=-name").content.decode() for id in (first, second)]
    assert ["data-save-view" in one for one in shown] == [True, False]


@pytest.mark.parametrize("part", ["rows", "footer", "sort", "pick", "export?format=csv"])
def test_parts_of_the_list_know_the_view(world: World, client_as: Any, part: str) -> None:
    ada, ann = client_as("ada"), buyer(world)
    id = saved(ada, filter=json.dumps(CONDITION))
    answer = ada.get(f"/contacts/{part}{'&' if '?' in part else '?'}view={id}", headers=HTMX)
    assert answer.status_code == 200
    if part == "rows":
        assert Seen(answer.content.decode()).ids() == [str(ann)]
    if part.startswith("export"):
        assert b"".join(answer.streaming_content).count(b"\n") == 2
