"""What a form shows and posts: every form part there and back, and making and changing records."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.http import QueryDict

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit.locale import Locale
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.read import Query
from kith.surfaces.web import posted, widgets
from tests.world import World, value_for

LOCALES = [Locale(), Locale("de", "Europe/Berlin", "DE", "EUR"), Locale("zh-hans", "Asia/Shanghai", "CN", "CNY")]
HTMX = {"HX-Request": "true"}


def encoded(field: Field, raw: Any) -> Iterator[tuple[str, str]]:
    """What a browser posts for a form part that shows ``raw``."""
    if posted.widget_of(field) in posted.ROWS:
        yield f"{field.name}-rows", "1"
        for number, row in enumerate(raw):
            for part, value in row.items():
                if part == "primary":
                    if value:
                        yield f"{field.name}-primary", str(number)
                else:
                    yield f"{field.name}-{number}-{part}", str(value)
    elif isinstance(raw, Mapping):
        yield from ((f"{field.name}-{part}", value) for part, value in raw.items())
    elif isinstance(raw, list):
        yield from ((field.name, one) for one in ["", *raw])
    else:
        yield field.name, raw


def form(*pairs: tuple[str, str]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, value in pairs:
        made.appendlist(name, value)
    return made


@pytest.mark.parametrize("locale", LOCALES, ids=lambda one: one.language)
def test_every_value_survives_its_form(world: World, locale: Locale) -> None:
    tried = set()
    for object in ("x_visits", "samples", "companies", "contacts"):
        ctx = world.ctx("ada")
        spec = ctx.schema[object]
        for name, one in mask.writable(ctx, spec).items():
            if one.write_only or one.type.name == "file":  # no file chosen: it stays as it is
                continue
            for seed in range(3):
                wire, _needle = value_for(ctx, spec, one, random.Random(seed))
                value = None if wire is None else one.type.parse(one, wire)
                raw = posted.posted(one, form(*encoded(one, posted.filled(one, value, locale))))
                again = one.type.parse(one, raw, locale)
                assert one.type.empty(again) == one.type.empty(value), name
                if not one.type.empty(value):
                    assert one.type.dump(one, again) == one.type.dump(one, value), (object, name, raw)
            tried.add(posted.widget_of(one))
    assert {"text", "number", "date", "datetime", "money", "points", "references", "name", "address", "tags"} <= tried


def test_every_form_part_has_a_template_and_escapes(world: World) -> None:
    from django.template import loader

    ctx = world.ctx("ada")
    evil = "<script>alert(1)</script>\"'"
    for object in ("x_visits", "samples", "contacts", "companies"):
        spec = ctx.schema[object]
        for one in mask.writable(ctx, spec).values():
            raw: Any = {"id": evil, "name": evil} if one.type.name == "file" else evil
            if posted.widget_of(one) in posted.ROWS:
                raw = [{"value": evil, "kind": evil, "id": evil}]
            elif parts := posted.parts_of(one):
                raw = dict.fromkeys(parts, evil)
            made = widgets.widget(ctx, spec, one, raw, {}, error=evil)
            assert made.template.endswith(f"/{made.part}.html") or made.part not in widgets.WIDE
            html = loader.get_template("web/form_field.html").render({"w": made})
            assert "<script>alert" not in html, one.name
            assert one.name in html


def test_parts_that_are_blank_are_nothing(world: World) -> None:
    spec = world.ctx("ada").schema["companies"]
    revenue, emails = spec.fields["annual_revenue"], spec.fields["emails"]
    assert posted.posted(revenue, form(("annual_revenue-amount", " "), ("annual_revenue-currency", "EUR"))) is None
    assert posted.posted(revenue, form(("name", "x"))) is posted.MISSING
    assert posted.posted(emails, form(("emails-rows", "1"), ("emails-0-value", ""), ("emails-0-kind", "work"))) == []
    assert posted.posted(emails, form(("name", "x"))) is posted.MISSING
    rows = form(
        ("emails-3-value", "b@x.example"),
        ("emails-1-value", "a@x.example"),
        ("emails-primary", "3"),
        ("emails-1-x", "y"),
    )
    assert posted.posted(emails, rows) == [
        {"value": "a@x.example", "primary": False},
        {"value": "b@x.example", "primary": True},
    ]


def test_making_a_record_without_script(client_as: Any, world: World) -> None:
    client = client_as("olga")
    page = client.get("/companies/new?industry=Tea")
    assert page.status_code == 200 and 'value="Tea"' in page.content.decode()
    answer = client.post("/companies/new", {"name": "Mist Hill", "phone": "+49 30 1234567", "tags": "tea, key account"})
    assert answer.status_code == 302 and "/companies/" in answer["Location"]
    ctx = world.ctx("olga")
    (row,) = read.rows(ctx, ctx.schema["companies"], Query(_named("Mist Hill"))).rows
    assert row["phone"] == "+49 30 1234567" and list(row["tags"]) == ["tea", "key account"]
    followed = client.get(answer["Location"])
    assert "data-k-said" in followed.content.decode()


def test_all_mistakes_at_once_and_nothing_lost(client_as: Any) -> None:
    given = {"name": "", "employees": "many", "emails-0-value": "not-an-address", "industry": "Typed <b>words</b>"}
    answer = client_as("olga").post("/companies/new", given)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert body.count('class="form-error"') == 3
    assert 'value="many"' in body and "Typed &lt;b&gt;words&lt;/b&gt;" in body
    assert (
        "<details" in body and '<details class="k-form-more" open' in body
    )  # a mistake among the further fields is in sight


def test_save_and_new_keeps_the_panel_and_says_so(client_as: Any) -> None:
    answer = client_as("olga").post("/companies/new", {"name": "Again", "_again": "1"}, headers=HTMX)
    assert answer.status_code == 200 and "kith:toast" in answer["HX-Trigger"]
    assert 'value="Again"' not in answer.content.decode()
    answer = client_as("olga").post("/companies/new", {"name": "Once"}, headers=HTMX)
    assert answer.status_code == 204 and answer["HX-Redirect"].startswith("/companies/")


def test_the_plus_beside_a_record_fills_in_the_reference(client_as: Any, world: World) -> None:
    company = world.records["companies", "olga"]
    body = client_as("olga").get(f"/contacts/new?company={company}").content.decode()
    assert f'<option value="{company}" selected>' in body
    hidden = world.records["companies", "stella"]
    body = client_as("olga").get(f"/contacts/new?company={hidden}").content.decode()
    stranger = _title(world, "companies", "stella")
    assert stranger not in body


def test_changing_all_fields(client_as: Any, world: World) -> None:
    client, id = client_as("olga"), world.records["companies", "olga"]
    ctx = world.ctx("olga")
    spec = ctx.schema["companies"]
    version = read.one(ctx, spec, id, ("name",)).rows[0].version
    assert client.get(f"/companies/{id}/edit").status_code == 200
    change(world.ctx("mara"), spec, id, {"industry": "Theirs"})
    answer = client.post(f"/companies/{id}/edit", {"_version": version, "industry": "Mine", "name": "Renamed"})
    body = answer.content.decode()
    assert answer.status_code == 412 and "Theirs" in body and 'value="Mine"' in body
    assert read.one(ctx, spec, id, ("industry",)).rows[0]["industry"] == "Theirs"
    answer = client.post(f"/companies/{id}/edit", {"_version": version + 1, "industry": "Mine", "name": "Renamed"})
    assert answer.status_code == 302
    assert read.one(ctx, spec, id, ("industry",)).rows[0]["industry"] == "Mine"


@pytest.mark.parametrize("name", ["rita", "noah"])
def test_who_may_not_make_gets_no_form(client_as: Any, name: str) -> None:
    client = client_as(name)
    assert client.get("/companies/new").status_code == client.get("/nothings/new").status_code == 404
    assert client.post("/companies/new", {"name": "x"}).status_code in (403, 404)


def test_a_form_asks_a_fixed_number_of_questions(
    client_as: Any, world: World, django_assert_max_num_queries: Any
) -> None:
    client = client_as("olga")
    client.get("/contacts/new")
    with django_assert_max_num_queries(14):
        client.get("/contacts/new")


def _named(name: str) -> Any:
    from kith.kernel.query.tree import Is

    return Is("name", "eq", name)


def _title(world: World, object: str, owner: str) -> str:
    ctx: Context = world.ctx("ada")
    spec = ctx.schema[object]
    one = spec.fields[spec.title]
    return one.type.display(
        one, read.one(ctx, spec, world.records[object, owner], (spec.title,)).rows[0][spec.title], ctx.locale
    )
