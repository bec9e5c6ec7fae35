"""The palette, the search page and the sheet of keys: what they offer to whom, and that they tell nothing else."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from kith.api import action
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import change, delete
from kith.modules.customers.contacts import Contacts
from kith.surfaces.web.matches import left, marked, spans
from tests.words import words_at_once
from tests.world import World, leaks, mask_role

HTMX = {"HX-Request": "true"}


def asked(client: Any, **query: Any) -> str:
    found = client.get("/palette", query, headers=HTMX)
    assert found.status_code == 200
    return str(found.content.decode())


def words(body: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>", "", one).strip()
        for one in re.findall(r'<span class="k-cut">(.*?)</span>(?:<span|</a|</b)', body)
    ]


@pytest.fixture
def wang(world: World) -> uuid.UUID:
    ctx = world.ctx("olga")
    company = change(ctx, ctx.schema["companies"], None, {"name": "莲湾酒店集团"}).id
    return change(ctx, ctx.schema["contacts"], None, {"first_name": "小明", "last_name": "王", "company": company}).id


@words_at_once
def test_records_are_found_by_sound_and_what_matched_is_marked(client_as: Any, wang: uuid.UUID) -> None:
    olga = client_as("olga")
    body = asked(olga, q="wxm")
    assert f'href="/contacts/{wang}"' in body and "<mark>王小明</mark>" in body and "莲湾酒店集团" in body
    assert "<mark>莲</mark>湾酒店集团" in asked(olga, q="lian")
    assert f"/contacts/{wang}" in asked(olga, q="王小名"), "the wrong character for the same sound"
    assert f"/contacts/{wang}" in asked(olga, q="@wang") and "/companies/" not in asked(olga, q="@lian")
    assert "/contacts/" not in asked(olga, q=">wxm").replace("/contacts/new", "")


def test_what_is_typed_is_words_and_never_markup(client_as: Any, world: World) -> None:
    evil = "<img src=x onerror=alert(1)>"
    ctx = world.ctx("olga")
    change(ctx, ctx.schema["companies"], None, {"name": evil, "industry": evil})
    for typed in (evil, "img", "<", '"', "'&", "%", "\\", "(", "\N{SNOWMAN}", "a" * 500, "\u202e", " "):
        for address in ("/palette", "/search"):
            found = client_as("olga").get(address, {"q": typed})
            assert found.status_code == 200 and "<img" not in found.content.decode(), (address, typed)


def test_what_can_be_done_with_what_is_ticked(client_as: Any) -> None:
    olga = client_as("olga")
    body = asked(olga, object="contacts", selected="3")
    assert "With the 3 selected contacts" in body
    assert {"Assign to me", "Merge into one", "Delete"} <= set(words(body))
    assert 'data-deed="/contacts/bulk/assign" data-owner="me"' in body and 'data-merge="/contacts/merge"' in body
    assert f'data-owner="{uuid.UUID(str(client_as_id(olga)))}"' in asked(olga, object="contacts", selected="3", q="olg")
    assert "Merge into one" not in asked(olga, object="contacts", selected="1")
    assert "Merge into one" not in asked(olga, object="contacts", selected="51")
    assert "Merge into one" not in asked(olga, object="contacts", selected="1,000+", all="1")
    rita = asked(client_as("rita"), object="contacts", selected="3")
    assert "data-deed" not in rita and "data-merge" not in rita and "/contacts/new" not in rita
    assert "data-deed" not in asked(olga, object="contacts") and asked(olga, object="nothing", selected="3")


def client_as_id(client: Any) -> str:
    return str(client.get("/api/v1/me").json()["id"])


def test_what_can_be_done_with_the_open_record(client_as: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def promote(self: Any, contact: Any) -> dict[str, Any]:
        return {"lifecycle_stage": "customer"}

    declared = action("Promote", icon="trophy", when=lambda contact: contact.lifecycle_stage != "customer")(promote)
    monkeypatch.setattr(Contacts, "promote", declared, raising=False)
    ctx = world.ctx("olga")
    id = change(ctx, ctx.schema["contacts"], None, {"last_name": "Yue", "lifecycle_stage": "lead"}).id
    here = {"object": "contacts", "id": str(id)}
    olga = client_as("olga")
    body = asked(olga, **here)
    assert f'data-post="/contacts/{id}/actions/promote"' in body and f'data-panel="/contacts/{id}/edit"' in body
    assert f'data-post="/contacts/{id}/delete"' in body
    assert olga.post(f"/contacts/{id}/actions/promote", headers=HTMX).status_code == 200
    assert "actions/promote" not in asked(olga, **here), "it is a customer by now"
    assert olga.post(f"/contacts/{id}/actions/promote", headers=HTMX).status_code == 422
    for name in ("stella", "noah", "rita"):
        body = asked(client_as(name), **here)
        assert "data-post" not in body and 'data-panel="/contacts/' + str(id) not in body, name


def test_recent_records_come_under_rights(client_as: Any, world: World, wang: uuid.UUID) -> None:
    ctx = world.ctx("olga")
    gone = change(ctx, ctx.schema["contacts"], None, {"last_name": "Gone"}).id
    delete(ctx, ctx.schema["contacts"], gone)
    theirs = world.records["companies", "stella"]
    recent = f"companies:{theirs},contacts:{gone},contacts:{wang},nothing:{wang},contacts:x,roles:{wang},:"
    olga = asked(client_as("olga"), recent=recent)
    assert f"/contacts/{wang}" in olga and "Recent" in olga and str(gone) not in olga and str(theirs) not in olga
    stella = asked(client_as("stella"), recent=recent)
    assert f"/companies/{theirs}" in stella and str(wang) not in stella
    assert "王" in asked(client_as("olga"), recent=recent, q="@") and str(theirs) not in asked(
        client_as("stella"), recent=recent, q="@"
    )


def test_going_and_making(client_as: Any) -> None:
    olga = client_as("olga")
    body = asked(olga, q="compan")
    assert 'href="/companies"' in body and "New company" in words(body) and "named" not in body
    body = asked(olga, q="lot", object="needs")
    assert "New need named “lot”" in words(body) and "/needs/new?title=lot" in body
    assert words(body).index("New need named “lot”") < words(body).index("New contact named “lot”")
    page = olga.get("/contacts/new?name-first_name=Lin&name-last_name=Yue").content.decode()
    assert 'value="Lin"' in page and 'value="Yue"' in page
    assert "/contacts/new?name-first_name=Lin&amp;name-last_name=Yue" in asked(olga, q="Lin Yue")
    noah = asked(client_as("noah"))
    assert "/contacts" not in noah and "/companies" not in noah and "Keyboard shortcuts" in noah


def test_settings_are_found_by_those_who_have_them(client_as: Any) -> None:
    pytest.importorskip("kith.surfaces.web.settings.frame")
    assert "settings" in asked(client_as("ada"), q="roles") and "/settings" not in asked(client_as("olga"), q="roles")


def test_the_search_page_needs_no_script(client_as: Any, wang: uuid.UUID) -> None:
    olga = client_as("olga")
    body = olga.get("/search", {"q": "wang"}).content.decode()
    assert f'href="/contacts/{wang}"' in body and "<mark>王</mark>小明" in body and 'value="wang"' in body
    assert 'action="/search"' in olga.get("/search").content.decode()
    assert "Nothing found" in olga.get("/search?q=zzzzzz").content.decode()
    assert 'href="/search"' in olga.get("/contacts").content.decode(), "the navigation leads to it"
    assert client_as("anonymous").get("/search?q=wang").status_code == 302


def test_letters_lead_to_objects(client_as: Any) -> None:
    import html
    import json

    found = re.search(r'data-ways="([^"]+)"', client_as("olga").get("/contacts").content.decode())
    assert found is not None
    ways = json.loads(html.unescape(found[1]))
    assert ways["g"]["p"] == "/contacts" and ways["g"]["c"] == "/companies" and ways["g"]["n"] == "/needs"
    assert ways["c"]["p"] == "/contacts/new" and len(set(ways["g"].values())) == len(ways["g"])
    found = re.search(r'data-ways="([^"]+)"', client_as("rita").get("/contacts").content.decode())
    assert found is not None and json.loads(html.unescape(found[1]))["c"] == {}


@pytest.mark.parametrize("who", ["stella", "noah", "hugo", "rita"])
def test_nothing_leaks(client_as: Any, world: World, who: str) -> None:
    """Whoever types another's value finds nothing that says so: no title, no id, no second line."""
    mask_role({"contacts.last_name": "hidden", "companies.industry": "hidden", "contacts.job_title": "hidden"})
    client, ctx = client_as(who), world.ctx(who)
    records = [one for one in world.canaries if one.object != "organisation"]  # whose name stands on every page
    for place, one in enumerate(records):
        spec, id = ctx.schema[one.object], world.records[one.object, one.owner]
        if not spec.search or (read.ids(ctx, spec, [id]) and one.field in mask.readable(ctx, spec)):
            continue
        for address in ("/palette", "/search") if place % 5 == 0 else ("/palette",):
            recent = {"recent": f"{one.object}:{id}"} if address == "/palette" else {}  # a page holds its own address
            body = client.get(address, {"q": one.needle, **recent}, headers=HTMX).content.decode()
            others = [each for each in records if each.owner == one.owner and each.needle != one.needle]
            visible = bool(read.ids(ctx, spec, [id]))
            assert visible or (str(id) not in body and not leaks(body, others)), (who, address, one)
            hidden = [each for each in others if each.field not in mask.readable(ctx, ctx.schema[each.object])]
            assert not leaks(body, hidden), (who, address, one)


@pytest.mark.parametrize(
    ("text", "typed", "places"),
    [
        ("莲湾酒店集团", "lian", [(0, 1)]),
        ("王小明", "wxm", [(0, 3)]),
        ("王小明", "wangx", [(0, 2)]),
        ("上海云栖", "yunqi", [(2, 4)]),
        ("单雄信", "shan", [(0, 1)]),
        ("Café Mirabel", "cafe mir", [(0, 4), (5, 8)]),
        ("Straße 5", "strasse", [(0, 6)]),
        ("+49 30 123", "123", [(7, 10)]),
        ("Anna", "nna", None),
        ("Lotus Bay", "bay lot", [(0, 3), (6, 9)]),
        ("Lotus", "lotus lot", [(0, 5)]),
        ("", "a", None),
        ("a", "", []),
    ],
)
def test_where_words_stand(text: str, typed: str, places: Any) -> None:
    assert spans(text, typed) == places


def test_marking_escapes() -> None:
    assert marked("<b>& Lotus", "lot") == "&lt;b&gt;&amp; <mark>Lot</mark>us"
    assert left("Lotus Bay", "lot hotel") == "hotel"
