"""The page of a record: for whom it is what, its history with undo and conflict, and the lists beside it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.kernel.policy.rows import may
from kith.kernel.query.tree import Is
from kith.kernel.records import read, shape
from kith.kernel.records.change import change, delete
from kith.kernel.records.history import history
from kith.surfaces.web.around import _neighbours
from tests.world import World, make

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(world: World) -> uuid.UUID:
    return world.records["companies", "olga"]


def test_every_object_has_a_page(client_as: Any, world: World) -> None:
    client, tried = client_as("ada"), 0
    for (object, owner), id in world.records.items():
        if not may(world.ctx("ada"), world.ctx("ada").schema[object], "read"):
            continue
        for query in ("", "?tab=history", "?from=sort%3D-updated_at"):
            assert client.get(f"/{object}/{id}{query}").status_code == 200, (object, owner)
        assert client.get(f"/{object}/{id}/history").status_code == 200
        tried += 1
    assert tried > 10


def test_a_stranger_sees_what_a_missing_record_shows(client_as: Any, company: uuid.UUID) -> None:
    client = client_as("stella")
    there, missing = client.get(f"/companies/{company}"), client.get(f"/companies/{uuid.uuid4()}")
    assert there.status_code == missing.status_code == 404
    assert _bare(there) == _bare(missing)
    for part in ("history", "related", "edit"):
        assert client.get(f"/companies/{company}/{part}").status_code == 404
    for deed in ("delete", "restore", "actions/win"):
        assert client.post(f"/companies/{company}/{deed}").status_code in (403, 404)
    assert client_as("olga").get(f"/companies/{company}").status_code == 200


def test_who_only_reads_is_offered_nothing_to_change(client_as: Any, company: uuid.UUID) -> None:
    body = client_as("rita").get(f"/companies/{company}").content.decode()
    assert "data-cell" not in body and "record-menu" not in body and "data-panel" not in body and "k-undo" not in body
    body = client_as("olga").get(f"/companies/{company}").content.decode()
    assert f"/companies/{company}/cell/industry" in body and "record-menu" in body and "/contacts/new?company=" in body


@pytest.mark.parametrize(("language", "word"), [("en", "Mobile"), ("zh-hans", "手机")])
def test_what_a_number_is_for_is_said_as_its_reader_speaks(
    client_as: Any, world: World, company: uuid.UUID, language: str, word: str
) -> None:
    ctx = world.ctx("olga")
    change(ctx, ctx.schema["companies"], company, {"phones": [{"value": "+49 30 901820", "kind": "mobile"}]})
    client = client_as("olga")
    client.cookies["kith_language"] = language
    assert f'<span class="k-mute">{word}</span>' in client.get(f"/companies/{company}").content.decode()


def test_hidden_fields_are_nowhere(client_as: Any, world: World) -> None:
    sample = world.records["samples", "olga"]
    change(world.ctx("ada"), world.ctx("ada").schema["samples"], sample, {"salary": "TOP-SALARY", "word": "seen"})
    for address in (f"/samples/{sample}", f"/samples/{sample}/history", f"/samples/{sample}/edit"):
        body = client_as("olga").get(address).content.decode()
        assert "TOP-SALARY" not in body and "Salary" not in body, address
        assert "TOP-SALARY" in client_as("ada").get(address).content.decode()


def test_words_are_never_markup(client_as: Any, world: World) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&"
    ctx = world.ctx("olga")
    made = change(
        ctx, ctx.schema["companies"], None, {"name": evil, "industry": evil, "tags": [evil], "description": evil}
    )
    change(ctx, ctx.schema["companies"], made.id, {"industry": f"2{evil}", "description": f"2{evil}"})
    person = change(ctx, ctx.schema["contacts"], None, {"first_name": evil, "company": made.id, "job_title": evil})
    for address in (
        f"/companies/{made.id}",
        f"/companies/{made.id}/edit",
        f"/contacts/{person.id}",
        f"/companies/{made.id}/history",
    ):
        body = client_as("olga").get(address).content.decode()
        assert "<img" not in body and "&lt;img" in body, address
        assert " style=" not in body and "onclick" not in body


def test_the_number_of_statements_does_not_grow(client_as: Any, world: World, company: uuid.UUID) -> None:
    client, ctx = client_as("olga"), world.ctx("olga")

    def statements() -> int:
        with CaptureQueriesContext(connection) as held:
            assert client.get(f"/companies/{company}").status_code == 200
        return len(held)

    for number in range(6):
        make(ctx, ctx.schema["contacts"], company=str(company))
        change(
            ctx,
            ctx.schema["companies"],
            company,
            {"source": f"s{number}", "owner": str(world.people["tim" if number % 2 else "olga"])},
        )
    statements()
    few = statements()
    for number in range(20):
        make(ctx, ctx.schema["contacts"], company=str(company))
        change(
            ctx,
            ctx.schema["companies"],
            company,
            {"source": f"t{number}", "owner": str(world.people["tim" if number % 2 else "olga"])},
        )
    assert statements() <= few
    assert few <= 50


def test_history_and_undo(client_as: Any, world: World, company: uuid.UUID) -> None:
    client, ctx = client_as("olga"), world.ctx("olga")
    spec = ctx.schema["companies"]
    was = read.one(ctx, spec, company, ("industry",)).rows[0]["industry"]
    first = change(ctx, spec, company, {"industry": "First"})
    body = client.get(f"/companies/{company}/history", headers=HTMX).content.decode()
    assert "First" in body and f"/undo/{first.event.id}" in body
    posted = {"one": "1", "object": "companies", "id": str(company)}
    answer = client.post(f"/undo/{first.event.id}", posted, headers=HTMX)
    assert answer.status_code == 204 and "kith:undone" in answer["HX-Trigger"]
    assert read.one(ctx, spec, company, ("industry",)).rows[0]["industry"] == was
    assert "Undone" in client.get(f"/companies/{company}/history", headers=HTMX).content.decode()
    assert history(ctx, spec, company)[0].undoes == first.event.id


def test_an_undo_that_came_too_late_shows_both_values(client_as: Any, world: World, company: uuid.UUID) -> None:
    client, ctx = client_as("olga"), world.ctx("olga")
    spec = ctx.schema["companies"]
    change(ctx, spec, company, {"industry": "Before"})
    first = change(ctx, spec, company, {"industry": "First"})
    change(world.ctx("mara"), spec, company, {"industry": "Now <b>"})
    posted = {"one": "1", "object": "companies", "id": str(company)}
    answer = client.post(f"/undo/{first.event.id}", posted, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 409 and "Now &lt;b&gt;" in body and "Before" in body
    assert read.one(ctx, spec, company, ("industry",)).rows[0]["industry"] == "Now <b>"
    assert client_as("rita").post(f"/undo/{first.event.id}", {**posted, "force": "1"}, headers=HTMX).status_code == 403
    assert client.post(f"/undo/{first.event.id}", {**posted, "force": "1"}, headers=HTMX).status_code == 204
    assert read.one(ctx, spec, company, ("industry",)).rows[0]["industry"] == "Before"
    assert client_as("stella").post(f"/undo/{first.event.id}", posted, headers=HTMX).status_code == 404


def test_into_the_bin_and_out_of_it(client_as: Any, world: World, company: uuid.UUID) -> None:
    client = client_as("olga")
    answer = client.post(f"/companies/{company}/delete", headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 200 and f"/companies/{company}/restore" in body and "data-cell" not in body
    undo = json.loads(answer["HX-Trigger"])["kith:toast"]["undo"]
    assert client.get(f"/companies/{company}").status_code == 200  # the bin is not the end of its page
    assert client.post(undo, headers=HTMX).status_code == 204
    assert f"/companies/{company}/restore" not in client.get(f"/companies/{company}").content.decode()
    assert client.get(f"/companies/{company}/delete").status_code == 405


def test_a_record_in_the_bin_shows_its_history(client_as: Any, world: World, company: uuid.UUID) -> None:
    delete(world.ctx("olga"), world.ctx("olga").schema["companies"], company)
    body = client_as("olga").get(f"/companies/{company}/history").content.decode()
    assert "bin" in body and "k-undo" not in body


def test_what_leads_here(client_as: Any, world: World, company: uuid.UUID) -> None:
    ctx = world.ctx("olga")
    for number in range(7):
        change(ctx, ctx.schema["contacts"], None, {"first_name": f"Person{number}", "company": company})
    change(
        world.ctx("ada"),
        ctx.schema["contacts"],
        None,
        {"first_name": "Invisible", "company": company, "owner": world.people["stella"], "team": None},
    )
    body = client_as("olga").get(f"/companies/{company}").content.decode()
    shown = body.partition('data-related="contacts"')[2].partition("</section>")[0]
    assert shown.count("<li>") == 5 and "Invisible" not in body and "Show all" in shown
    assert f"filter=%7B%22field%22%3A%22company%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A%22{company}%22%7D" in body


def test_neighbours_in_the_list_that_one_came_from(client_as: Any, world: World) -> None:
    ctx = world.ctx("olga")
    spec = ctx.schema["companies"]
    ids = {name: change(ctx, spec, None, {"name": name, "industry": "Neighbours"}).id for name in ("Zo", "Zp", "Zq")}
    came = "filter=%7B%22field%22%3A%22industry%22%2C%22value%22%3A%22Neighbours%22%7D"
    client = client_as("olga")

    def around(name: str, more: str = "") -> tuple[str, str]:
        body = client.get(f"/companies/{ids[name]}", {"from": f"{came.replace('%', '%')}{more}"}).content.decode()
        return _linked(body, "prev"), _linked(body, "next")

    assert around("Zp")[0].startswith(f"/companies/{ids['Zo']}?from=") and around("Zp")[1].startswith(
        f"/companies/{ids['Zq']}?from="
    )
    assert around("Zo")[0] == "" and around("Zq")[1] == ""
    assert around("Zp", "&sort=-name")[0].startswith(f"/companies/{ids['Zq']}")
    assert client.get(f"/companies/{ids['Zp']}", {"from": "filter={broken"}).status_code == 200


@pytest.mark.parametrize(
    "sort", ["employees", "-employees", "employees,-annual_revenue", "-annual_revenue,employees", "parent", "-x_area"]
)
def test_neighbours_where_the_list_has_empty_places(world: World, sort: str) -> None:
    """Whatever the order, and whatever is empty in it: the row before is the one that stands before in the list."""
    shape.add_field(world.ctx("ada"), "companies", "text", {"en": "Area"})
    tim, olga = world.ctx("tim"), world.ctx("olga")
    spec = olga.schema["companies"]
    parents = [change(olga, spec, None, {"name": name}).id for name in ("Alpha", "Beta")]
    for place in range(18):
        values = {
            "name": f"N{place}",
            "industry": "Neighbours",
            "employees": (None, 3, 5)[place % 3],
            "annual_revenue": (None, {"amount": 7, "currency": "EUR"})[place % 2],
            "parent": (None, *parents)[place // 6],
            "x_area": ("", "North", None)[place // 2 % 3],
        }
        change(olga if place % 4 else tim, spec, None, values)
    where, keys = Is("industry", "eq", "Neighbours"), tuple(sort.split(","))
    listed = [row.id for row in read.rows(olga, spec, read.Query(where=where, sort=keys, limit=50)).rows]
    assert len(listed) == 18
    for who in ("olga", "ada"):
        ctx = world.ctx(who)
        found = [_neighbours(ctx, ctx.schema["companies"], where, keys, id) for id in listed]
        assert found == list(zip([None, *listed], [*listed[1:], None], strict=False)), who


def _linked(body: str, rel: str) -> str:
    import re
    from html import unescape

    found = re.search(rf'href="([^"]*)" rel="{rel}"', body)
    return unescape(found[1]) if found else ""


def _bare(answer: Any) -> str:
    import re

    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", answer.content.decode())
    return re.sub(r'content="[^"]*"|value="[^"]*"|[0-9a-f]{16}', "…", text)
