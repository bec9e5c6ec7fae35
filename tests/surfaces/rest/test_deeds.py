"""Actions that a spec declares, and grouped numbers."""

from __future__ import annotations

import pytest

from kith.api import action
from kith.kernel.records.act import offered
from kith.kernel.records.change import change
from kith.modules.customers.contacts import Contacts
from kith.surfaces.rest import about
from tests.world import mask_role


@pytest.fixture
def promote(monkeypatch):
    """An action on contacts, as a module would declare it."""

    def run(self, contact):
        return {"job_title": f"Senior {contact.job_title}", "lifecycle_stage": "customer"}

    run.__name__ = "promote"
    declared = action("Promote", icon="trophy", when=lambda contact: contact.lifecycle_stage != "customer")(run)
    monkeypatch.setattr(Contacts, "promote", declared, raising=False)
    monkeypatch.setattr(about, "_documents", {})  # they tell of the objects as they were declared before


@pytest.fixture
def path(api) -> str:
    made = api("olga").post("/contacts", {"last_name": "Wu", "job_title": "Cook", "lifecycle_stage": "lead"}).json
    return f"/contacts/{made['id']}"


def test_an_action_changes_the_record(api, promote, path) -> None:
    olga = api("olga")
    assert [one["name"] for one in objects(olga)["contacts"]["actions"]] == ["promote"]
    assert f"{path.rpartition('/')[0]}/{{id}}/actions/promote" in olga.get("/openapi.json").json["paths"]
    done = olga.post(f"{path}/actions/promote", {}, Idempotency_Key="once")
    assert done.status == 200 and done.json["job_title"] == "Senior Cook" and done.etag == '"2"'
    assert olga.post(f"{path}/actions/promote", {}, Idempotency_Key="once").bytes == done.bytes
    refused = olga.post(f"{path}/actions/promote")  # it is a customer by now
    assert refused.status == 422 and refused.codes() == {("", "not_now")}


def objects(api) -> dict:
    return {one["name"]: one for one in api.get("/").json["objects"]}


def test_an_action_needs_its_right(api, promote, path) -> None:
    run = f"{path}/actions/promote"
    found = {name: api(name).post(run).status for name in ("rita", "stella", "noah", "olga_reads", "anonymous")}
    assert found == {"rita": 403, "stella": 404, "noah": 404, "olga_reads": 403, "anonymous": 401}
    assert objects(api("rita"))["contacts"]["actions"] == []
    assert api("tim").post(run).status == 200


def test_whether_it_is_offered_tells_nothing_hidden(api, world, promote) -> None:
    """An action looks at a field that Hugo may not read: for him it is there whatever the field holds."""
    mask_role({"contacts.lifecycle_stage": "hidden"})
    ada = world.ctx("ada")
    spec, mine = ada.schema["contacts"], {"owner": str(world.people["hugo"]), "team": str(world.teams["North"])}
    hugo, ctx = [], world.ctx("hugo")
    for stage in ("lead", "customer"):
        id = change(ada, spec, None, {"last_name": "Wu", "lifecycle_stage": stage, **mine}).id
        assert [one.name for one in offered(ctx, ctx.schema["contacts"], id)] == ["promote"]
        hugo.append(api("hugo").post(f"/contacts/{id}/actions/promote").codes())
    assert hugo[0] == hugo[1] and hugo[0], "what it would write is hidden, too"


def test_what_is_no_action(api, promote, path) -> None:
    for name in ("nothing", "check", "defaults", "with_", "__init__"):
        assert api("ada").post(f"{path}/actions/{name}").status == 404
    assert api("ada").post(f"{path}/actions/promote", {"job_title": "Mine"}).status == 400
    assert api("ada").post("/contacts/none/actions/promote").status == 404


def test_grouped_numbers(api) -> None:
    olga = api("olga")
    for size in (10, 20):
        olga.post("/companies", {"name": f"Group {size}", "industry": "Groups", "employees": size})
    found = olga.get(
        "/companies/aggregate?group=industry&measure=sum:employees,count&filter=%7B%22field%22%3A%22industry%22%2C%22value%22%3A%22Groups%22%7D"
    )
    assert found.status == 200 and len(found.json["items"]) == 1
    assert {30, 2} <= set(found.json["items"][0].values())
    assert api("stella").get("/companies/aggregate?group=industry&measure=count&q=Groups").json["items"] == []
    assert olga.get("/companies/aggregate?group=nothing").status == 400
    assert olga.get("/companies/aggregate?measure=sum:nothing").status == 400
    assert olga.get("/samples/aggregate?group=salary").status == 400
    assert api("anonymous").get("/companies/aggregate").status == 401
