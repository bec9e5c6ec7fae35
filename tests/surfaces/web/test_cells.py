"""One value edited where it stands: who may, what is kept, what two people who disagree see."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.world import World

HTMX = {"HX-Request": "true"}


def held(world: World, id: uuid.UUID, name: str) -> tuple[Any, int]:
    ctx = world.ctx("ada")
    row = read.one(ctx, ctx.schema["companies"], id, (name,)).rows[0]
    return row[name], row.version


@pytest.fixture
def company(world: World) -> uuid.UUID:
    return world.records["companies", "olga"]


def test_the_editor_and_the_save(client_as: Any, world: World, company: uuid.UUID) -> None:
    client, url = client_as("olga"), f"/companies/{company}/cell/industry"
    _value, version = held(world, company, "industry")
    editor = client.get(url, headers=HTMX).content.decode()
    assert "data-k-edit" in editor and f'name="_version" value="{version}"' in editor
    answer = client.post(url, {"industry": "Tea <i>houses</i>", "_version": version}, headers=HTMX)
    assert answer.content.decode() == "Tea &lt;i&gt;houses&lt;/i&gt;"
    said = json.loads(answer["HX-Trigger"])
    assert said["kith:toast"]["undo"].startswith("/undo/") and said["kith:changed"] == {
        "object": "companies",
        "id": str(company),
    }
    assert client.post(said["kith:toast"]["undo"], headers=HTMX).status_code == 204
    assert held(world, company, "industry")[0] == _value


def test_saving_what_is_there_says_nothing(client_as: Any, world: World, company: uuid.UUID) -> None:
    value, version = held(world, company, "industry")
    answer = client_as("olga").post(
        f"/companies/{company}/cell/industry", {"industry": value, "_version": version}, headers=HTMX
    )
    assert answer.status_code == 200 and "HX-Trigger" not in answer


def test_a_refused_value_stays_with_its_reason(client_as: Any, world: World, company: uuid.UUID) -> None:
    before = held(world, company, "employees")
    answer = client_as("olga").post(f"/companies/{company}/cell/employees", {"employees": "<many>"}, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 422 and 'value="&lt;many&gt;"' in body and "k-edit-hint bad" in body
    assert held(world, company, "employees") == before


def test_two_people_and_one_field(client_as: Any, world: World, company: uuid.UUID) -> None:
    client, url = client_as("olga"), f"/companies/{company}/cell/industry"
    _value, version = held(world, company, "industry")
    spec = world.ctx("mara").schema["companies"]
    change(world.ctx("mara"), spec, company, {"source": "elsewhere"})
    assert (
        client.post(url, {"industry": "Fine", "_version": version}, headers=HTMX).status_code == 200
    )  # another field: no conflict
    version = held(world, company, "industry")[1]
    change(world.ctx("mara"), spec, company, {"industry": "Theirs & ours"})
    answer = client.post(url, {"industry": "Mine", "_version": version}, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 412 and "Theirs &amp; ours" in body and 'value="Mine"' in body and "Mara" in body
    assert held(world, company, "industry")[0] == "Theirs & ours"
    assert f'name="_version" value="{version + 1}"' in body
    assert client.get(f"{url}?show", headers=HTMX).content.decode() == "Theirs &amp; ours"
    assert client.post(url, {"industry": "Mine", "_version": version + 1}, headers=HTMX).content.decode() == "Mine"


def test_who_may_not_write_has_no_editor(client_as: Any, world: World, company: uuid.UUID) -> None:
    url = f"/companies/{company}/cell/industry"
    missing = f"/companies/{uuid.uuid4()}/cell/industry"
    before = held(world, company, "industry")
    for name in ("rita", "stella", "noah"):
        client = client_as(name)
        for answer in (client.get(url, headers=HTMX), client.post(url, {"industry": "x"}, headers=HTMX)):
            assert answer.status_code in (403, 404), name
            if name != "rita":  # who may not see the record gets what a missing one gets
                other = client.get(missing, headers=HTMX)
                assert (answer.status_code, answer.content) == (other.status_code, other.content)
    assert client_as("olga").get(f"/companies/{company}/cell/updated_at", headers=HTMX).status_code == 404
    assert client_as("olga").get(f"/companies/{company}/cell/nothing", headers=HTMX).status_code == 404
    assert held(world, company, "industry") == before


def test_a_hidden_field_has_no_editor(client_as: Any, world: World) -> None:
    sample = world.records["samples", "olga"]
    for name in ("salary", "secret"):
        assert client_as("olga").get(f"/samples/{sample}/cell/{name}", headers=HTMX).status_code == 404
        answer = client_as("olga").post(f"/samples/{sample}/cell/{name}", {name: "x"}, headers=HTMX)
        assert answer.status_code == 404


def test_every_field_can_be_opened(client_as: Any, world: World) -> None:
    client = client_as("ada")
    for object in ("x_visits", "samples", "companies", "contacts"):
        ctx = world.ctx("ada")
        from kith.kernel.policy import mask

        known = mask.readable(ctx, ctx.schema[object])
        for name in mask.writable(ctx, ctx.schema[object]):
            if name not in known:
                continue
            id = world.records[object, "olga"]
            for place in ("list", "record", "title"):
                assert client.get(f"/{object}/{id}/cell/{name}?in={place}", headers=HTMX).status_code == 200, (
                    object,
                    name,
                )
                assert client.get(f"/{object}/{id}/cell/{name}?in={place}&show", headers=HTMX).status_code == 200, (
                    object,
                    name,
                )
