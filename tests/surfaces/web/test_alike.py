"""The warning of a duplicate: under the field that is typed in, and on the page of a record; for whoever may see it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import change, delete
from tests.world import World, leaks, mask_role

HTMX = {"HX-Request": "true"}


@pytest.fixture
def known(world: World) -> uuid.UUID:
    ctx = world.ctx("olga")
    values = {"first_name": "Mara", "last_name": "Kettle", "email": "mara@kettle.example", "job_title": "Head chef"}
    return change(ctx, ctx.schema["contacts"], None, values).id


def typed(client: Any, field: str, object: str = "contacts", besides: Any = "", **values: str) -> str:
    names = {name.replace("__", "-"): value for name, value in values.items()}
    found = client.post(f"/{object}/duplicates?field={field}&besides={besides}", names, headers=HTMX)
    assert found.status_code == 200, found.content
    return str(found.content.decode()).strip()


def test_it_warns_under_the_field_that_tells(client_as: Any, known: uuid.UUID) -> None:
    olga = client_as("olga")
    name = {"name__first_name": "mara", "name__last_name": "kettle"}
    mail = {"emails__0__value": "MARA@kettle.example", "emails__rows": "1"}
    body = typed(olga, "name", **name)
    assert f'href="/contacts/{known}"' in body and "Head chef" in body and "Use this one" in body
    assert f"/contacts/{known}" in typed(olga, "emails", **mail)
    assert typed(olga, "emails", **name) == "" == typed(olga, "name", **mail), "each under its own field"
    assert typed(olga, "name", name__first_name="Somebody", name__last_name="Else") == ""
    assert typed(olga, "emails", emails__0__value="mara@", emails__rows="1") == "", "half an address is no mistake"
    assert typed(olga, "nothing", **name) == "" == typed(olga, "name")


def test_while_a_record_is_edited_it_offers_to_compare(client_as: Any, world: World, known: uuid.UUID) -> None:
    ctx = world.ctx("olga")
    other = change(ctx, ctx.schema["contacts"], None, {"last_name": "Other"}).id
    body = typed(client_as("olga"), "name", besides=other, name__first_name="Mara", name__last_name="Kettle")
    assert f"/contacts/merge?ids={other},{known}" in body and "Use this one" not in body
    assert typed(client_as("olga"), "name", besides=known, name__first_name="Mara", name__last_name="Kettle") == ""
    assert f"besides={other}" in client_as("olga").get(f"/contacts/{other}/cell/name", headers=HTMX).content.decode()
    assert (
        "/duplicates" not in client_as("olga").get(f"/contacts/{other}/cell/job_title", headers=HTMX).content.decode()
    )


def test_the_form_asks_for_what_tells_and_saves_all_the_same(client_as: Any, known: uuid.UUID) -> None:
    olga = client_as("olga")
    form = olga.get("/contacts/new").content.decode()
    for field in ("name", "emails", "phones"):
        assert f'hx-post="/contacts/duplicates?field={field}"' in form
    assert "duplicates?field=job_title" not in form
    saved = olga.post("/contacts/new", {"name-first_name": "Mara", "name-last_name": "Kettle"})
    assert saved.status_code == 302, "a duplicate is a warning and no refusal"


def test_the_page_of_a_record_says_so(client_as: Any, world: World, known: uuid.UUID) -> None:
    olga, ctx = client_as("olga"), world.ctx("olga")
    notice = f"/contacts/{known}/duplicates"
    assert notice in olga.get(f"/contacts/{known}").content.decode()
    assert "Kettle" not in olga.get(notice, headers=HTMX).content.decode()
    twin = change(ctx, ctx.schema["contacts"], None, {"last_name": "Else", "email": "mara@kettle.example"}).id
    body = olga.get(notice, headers=HTMX).content.decode()
    assert "Looks like a duplicate of <b>Else</b>" in body and f"/contacts/merge?ids={known},{twin}" in body
    rita = client_as("rita").get(notice, headers=HTMX).content.decode()
    assert "<b>Else</b>" in rita and "/merge" not in rita and f"/contacts/{twin}" in rita
    assert client_as("stella").get(notice, headers=HTMX).status_code == 404
    delete(ctx, ctx.schema["contacts"], twin)
    assert "Else" not in olga.get(notice, headers=HTMX).content.decode()
    delete(ctx, ctx.schema["contacts"], known)
    assert notice not in olga.get(f"/contacts/{known}").content.decode(), "what is in the bin is nobody's duplicate"


@pytest.mark.parametrize("who", ["stella", "noah", "hugo"])
def test_it_knows_only_what_its_reader_may_see(client_as: Any, world: World, who: str) -> None:
    mask_role({"contacts.last_name": "hidden", "contacts.emails": "hidden"})
    client, ctx = client_as(who), world.ctx(who)
    tried = 0
    for one in world.canaries:
        spec, id = ctx.schema[one.object], world.records[one.object, one.owner]
        if not spec.menu or (read.ids(ctx, spec, [id]) and one.field in mask.readable(ctx, spec)):
            continue
        values = {one.field: str(one.wire)}
        if isinstance(one.wire, list) and one.wire and isinstance(one.wire[0], dict) and "value" in one.wire[0]:
            values = {f"{one.field}-0-value": one.wire[0]["value"], f"{one.field}-rows": "1"}
        found = client.post(f"/{one.object}/duplicates?field={one.field}", values, headers=HTMX)
        body = found.content.decode()
        assert str(id) not in body and not leaks(body, world.of(one.object, one.owner)), (who, one)
        tried += 1
    assert tried > 10
