"""What records are about, on the pages: the picker over all objects, and notes beside and in the life of a record."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(world: World) -> uuid.UUID:
    return world.records["companies", "olga"]


def held(world: World, id: uuid.UUID) -> list[tuple[str, uuid.UUID]]:
    ctx = world.ctx("ada")
    return [one.key for one in read.one(ctx, ctx.schema["notes"], id, ("about",)).rows[0]["about"]]


def latest(world: World) -> uuid.UUID:
    ctx = world.ctx("ada")
    return read.rows(ctx, ctx.schema["notes"], read.Query(sort=("-created_at",), limit=1)).rows[0].id


def test_a_note_is_written_beside_the_record(client_as: Any, world: World, company: uuid.UUID) -> None:
    """The button on the page leads to a form that knows the record; saved in the panel, the page stays."""
    client = client_as("olga")
    body = client.get(f"/companies/{company}").content.decode()
    address = f"/notes/new?about=companies%2F{company}"
    assert f'href="{address}" data-panel="{address}&amp;stay=1" data-k-key="n"' in body
    form = client.get(address).content.decode()
    assert f'value="companies/{company}" selected' in form
    posted = {
        "subject": "Called",
        "body": "They want **samples**",
        "about-rows": "1",
        "about-0-id": f"companies/{company}",
    }
    answer = client.post(f"{address}&stay=1", posted, headers=HTMX)
    assert answer.status_code == 204 and "kith:made" in answer.headers["HX-Trigger"]
    assert held(world, latest(world)) == [("companies", company)]
    assert client.post(address, posted, headers=HTMX).headers["HX-Redirect"].startswith("/notes/")
    assert client.post(address, posted).status_code == 302


def test_notes_stand_beside_every_record_and_in_its_life(client_as: Any, world: World) -> None:
    ctx = world.ctx("ada")
    for object in ("companies", "contacts", "needs", "samples", "x_visits"):
        id = world.records[object, "olga"]
        text = "<p>They want <b>samples</b></p>"
        about = [{"object": object, "id": str(id)}]
        change(ctx, ctx.schema["notes"], None, {"subject": f"About {object}", "body": text, "about": about})
        body = client_as("ada").get(f"/{object}/{id}").content.decode()
        lists = body + client_as("ada").get(f"/{object}/{id}/related").content.decode()
        assert 'data-related="notes"' in lists, object
        assert "They want <b>samples</b>" in body.split('id="panel-history"')[0], object
        assert f"About {object}" in client_as("ada").get(f"/{object}/{id}/history").content.decode()
        seen = client_as("olga").get(f"/{object}/{id}").content.decode()
        assert f"About {object}" not in seen, "the note is Ada's"


def test_pinned_notes_stand_above_everything(client_as: Any, world: World, company: uuid.UUID) -> None:
    ctx = world.ctx("ada")
    spec, about = ctx.schema["notes"], [{"object": "companies", "id": str(company)}]
    change(ctx, spec, None, {"subject": "Read me first", "about": about, "pinned": True})
    change(ctx, spec, None, {"subject": "Later", "about": about})
    for number in range(55):
        change(ctx, ctx.schema["companies"], company, {"employees": number + 1000})
    body = client_as("ada").get(f"/companies/{company}/history").content.decode()
    assert body.index("Pinned") < body.index("Read me first") and "Later" not in body
    more = body.split("hx-get=&quot;")[-1] if "hx-get=&quot;" in body else body.split('hx-get="')[-1]
    page = client_as("ada").get(more.split('"')[0].replace("&amp;", "&")).content.decode()
    assert "Later" in page and "Read me first" not in page


def test_a_timeline_costs_no_more_for_many_notes(client_as: Any, world: World, company: uuid.UUID) -> None:
    ctx, client = world.ctx("ada"), client_as("ada")
    about = [{"object": "companies", "id": str(company)}]

    def costs() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/companies/{company}").status_code == 200
        return len(seen)

    change(ctx, ctx.schema["notes"], None, {"subject": "One", "about": about})
    costs()
    before = costs()
    for number in range(20):
        change(ctx, ctx.schema["notes"], None, {"subject": f"Note {number}", "about": about})
    assert costs() <= before + 1  # "Show all" looks no further; the count may


def test_the_picker_finds_records_of_every_object(client_as: Any, world: World) -> None:
    ctx = world.ctx("olga")
    id = change(ctx, ctx.schema["companies"], None, {"name": "Zebra Foods"}).id
    own = change(ctx, ctx.schema["contacts"], None, {"name": "Zebra Zwart"}).id
    found = client_as("olga").get("/notes/options?field=about&q=zebra").json()
    values = {one["value"]: one["text"] for one in found}
    assert values[f"companies/{id}"] == "Zebra Foods · Company" and f"contacts/{own}" in values
    assert f"companies/{id}" not in str(client_as("stella").get("/notes/options?field=about&q=zebra").json())
    assert client_as("olga").get("/notes/options?field=about").json()


def test_a_cell_keeps_what_its_writer_does_not_see(client_as: Any, world: World, company: uuid.UUID) -> None:
    ada, hidden = world.ctx("ada"), world.records["companies", "stella"]
    about = [{"object": "companies", "id": str(id)} for id in (hidden, company)]
    id = change(ada, ada.schema["notes"], None, {"subject": "X", "about": about, "owner": str(world.people["olga"])}).id
    client = client_as("olga")
    editor = client.get(f"/notes/{id}/cell/about?in=record", headers=HTMX).content.decode()
    assert str(company) in editor and str(hidden) not in editor
    body = client.get(f"/notes/{id}").content.decode()
    assert str(hidden) not in body
    contact = world.records["contacts", "olga"]
    saved = {"about-rows": "1", "about-0-id": f"companies/{company}", "about-1-id": f"contacts/{contact}"}
    assert client.post(f"/notes/{id}/cell/about?in=record", saved, headers=HTMX).status_code == 200
    assert held(world, id) == [("companies", hidden), ("companies", company), ("contacts", contact)]
    assert client.post(f"/notes/{id}/cell/about?in=record", {"about-rows": "1"}, headers=HTMX).status_code == 200
    assert held(world, id) == [("companies", hidden)]


def test_a_filter_by_a_record_is_a_chip_with_its_name(client_as: Any, world: World, company: uuid.UUID) -> None:
    ctx = world.ctx("olga")
    change(ctx, ctx.schema["companies"], company, {"name": "Lotus & Sons"})
    about = {"object": "companies", "id": str(company)}
    change(ctx, ctx.schema["notes"], None, {"subject": "Seen by chip", "about": [about]})
    for value in (f'"companies/{company}"', f'{{"object":"companies","id":"{company}"}}'):
        filter = f'{{"field":"about","op":"eq","value":{value}}}'
        body = client_as("olga").get("/notes", {"filter": filter}).content.decode()
        assert "Lotus &amp; Sons" in body and "Seen by chip" in body, value


def test_plain_text_is_edited_as_it_was_typed(client_as: Any, world: World) -> None:
    ctx = world.ctx("olga")
    spec = ctx.schema["notes"]
    plain = change(ctx, spec, None, {"body": "One line\n\nAnother & more"}).id
    rich = change(ctx, spec, None, {"body": "<p>One <b>line</b></p>"}).id
    editor = client_as("olga").get(f"/notes/{plain}/cell/body?in=record", headers=HTMX).content.decode()
    assert "One line\n\nAnother &amp; more" in editor and "&lt;p&gt;" not in editor
    editor = client_as("olga").get(f"/notes/{rich}/cell/body?in=record", headers=HTMX).content.decode()
    assert "&lt;b&gt;" in editor
    shown = client_as("olga").get(f"/notes/{rich}").content.decode()
    assert '<div class="k-rich"><p>One <b>line</b></p></div>' in shown
