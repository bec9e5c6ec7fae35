"""Every route as every kind of caller: what the surface adds to the kernel's rules, and that it takes nothing away."""

from __future__ import annotations

import pytest

EVERYBODY = ("ada", "olga", "tim", "rita", "stella", "noah", "olga_reads", "anonymous")


def statuses(api, send) -> dict[str, int]:
    return {name: send(api(name)).status for name in EVERYBODY}


def test_list(api, world) -> None:
    assert statuses(api, lambda one: one.get("/contacts")) == {
        "ada": 200, "olga": 200, "tim": 200, "rita": 200,
        "stella": 200, "noah": 404, "olga_reads": 200, "anonymous": 401,
    }  # fmt: skip
    mine = {str(world.records["contacts", name]) for name in ("olga", "tim")}
    assert set(api("olga").get("/contacts").ids) == set(api("olga_reads").get("/contacts").ids) == mine
    assert set(api("stella").get("/contacts").ids) == {str(world.records["contacts", "stella"])}
    assert len(api("ada").get("/contacts").ids) == 4


def test_one(api, world) -> None:
    path = f"/contacts/{world.records['contacts', 'olga']}"
    assert statuses(api, lambda one: one.get(path)) == {
        "ada": 200, "olga": 200, "tim": 200, "rita": 200,
        "stella": 404, "noah": 404, "olga_reads": 200, "anonymous": 401,
    }  # fmt: skip


def test_create(api) -> None:
    made = statuses(api, lambda one: one.post("/contacts", {"last_name": "New"}))
    assert made == {
        "ada": 201, "olga": 201, "tim": 201, "rita": 403,
        "stella": 201, "noah": 404, "olga_reads": 403, "anonymous": 401,
    }  # fmt: skip


def test_update(api, world) -> None:
    path = f"/contacts/{world.records['contacts', 'olga']}"
    assert statuses(api, lambda one: one.patch(path, {"job_title": "X"})) == {
        "ada": 200, "olga": 200, "tim": 200, "rita": 403,
        "stella": 404, "noah": 404, "olga_reads": 403, "anonymous": 401,
    }  # fmt: skip


def test_delete_and_restore(api, world) -> None:
    path = f"/contacts/{world.records['contacts', 'olga']}"
    refused = {name: api(name).delete(path).status for name in EVERYBODY if name not in ("ada", "olga")}
    assert refused == {"tim": 403, "rita": 403, "stella": 404, "noah": 404, "olga_reads": 403, "anonymous": 401}
    assert api("olga").delete(path).status == 204
    assert api("olga").get(path).status == 404
    assert api("olga").get(f"{path}?deleted=true").status == 200
    refused = {name: api(name).post(f"{path}/restore").status for name in EVERYBODY if name not in ("ada", "olga")}
    assert refused == {"tim": 403, "rita": 403, "stella": 404, "noah": 404, "olga_reads": 403, "anonymous": 401}
    restored = api("olga").post(f"{path}/restore")
    assert restored.status == 200 and restored.json["id"] in path
    again = api("olga").post(f"{path}/restore")
    assert again.status == 200 and again.json["version"] == restored.json["version"]


def test_history(api, world) -> None:
    id = world.records["contacts", "olga"]
    company = api("olga").post("/companies", {"name": "Lotus Bay"}).json["id"]
    assert api("olga").patch(f"/contacts/{id}", {"job_title": "Captain", "company": company}).status == 200
    assert statuses(api, lambda one: one.get(f"/contacts/{id}/history")) == {
        "ada": 200, "olga": 200, "tim": 200, "rita": 200,
        "stella": 404, "noah": 404, "olga_reads": 200, "anonymous": 401,
    }  # fmt: skip
    first = api("tim").get(f"/contacts/{id}/history?limit=1").json
    (entry,) = first["items"]
    changes = {one["field"]: one for one in entry["changes"]}
    assert entry["verb"] == "updated" and entry["actor"]["name"] == "Olga" and entry["source"] == "rest"
    assert changes["job_title"]["after"] == "Captain"
    assert changes["company"]["after"] == {"object": "companies", "id": company, "title": "Lotus Bay"}
    older = api("tim").get(f"/contacts/{id}/history?limit=1&after={first['next']}").json
    assert older["items"] and older["items"][0]["id"] != entry["id"]


def test_undo(api, world) -> None:
    path = f"/contacts/{world.records['contacts', 'olga']}"
    was = api("olga").get(path).json["job_title"]
    api("olga").patch(path, {"job_title": "Captain"})
    event = api("olga").get(f"{path}/history?limit=1").json["items"][0]["id"]
    refused = {
        name: api(name).post(f"/events/{event}/undo").status for name in EVERYBODY if name not in ("ada", "olga", "tim")
    }
    assert refused == {"rita": 403, "stella": 404, "noah": 404, "olga_reads": 403, "anonymous": 401}
    done = api("tim").post(f"/events/{event}/undo")
    assert done.status == 200 and done.json["changes"][0]["id"] in path and done.json["kept"] == []
    assert api("olga").get(path).json["job_title"] == was
    assert api("olga").post("/events/none/undo").status == 404
    assert api("olga").post(f"/events/{event}/undo", {"batch": "no"}).status == 400


def test_batch_needs_its_rights(api) -> None:
    assert statuses(api, lambda one: one.post("/contacts/batch", {"create": [{"last_name": "New"}]})) == {
        "ada": 200, "olga": 200, "tim": 200, "rita": 403,
        "stella": 200, "noah": 404, "olga_reads": 403, "anonymous": 401,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/me"])
def test_about(api, path: str) -> None:
    assert statuses(api, lambda one: one.get(path)) == {name: 401 if name == "anonymous" else 200 for name in EVERYBODY}


def test_a_token_for_some_objects_knows_no_others(api, world) -> None:
    token = api("olga_contacts")
    assert token.get("/contacts").status == 200
    assert token.get("/companies").status == token.get("/nothing").status == 404
    assert {one["name"] for one in token.get("/").json["objects"]} == {"contacts"}
    (mine,) = [
        one for one in token.get("/contacts").json["items"] if one["id"] == str(world.records["contacts", "olga"])
    ]
    assert mine["company"] is None and mine["owner"] is None  # what they lead to is not the token's to see


def test_me(api, world) -> None:
    me = api("olga").get("/me").json
    assert (me["id"], me["roles"], me["administrator"], me["token"]) == (
        str(world.people["olga"]),
        ["member"],
        False,
        None,
    )
    assert me["team"] == {"object": "teams", "id": str(world.teams["North"]), "title": "North"}
    token = api("olga_reads").get("/me").json
    assert token["id"] == me["id"] and token["token"]["scope"] == "read"
    assert api("ada").get("/me").json["administrator"] is True


def test_catalogue(api) -> None:
    objects = {one["name"]: one for one in api("tim").get("/").json["objects"]}
    contacts = objects["contacts"]
    fields = {one["name"]: one for one in contacts["fields"]}
    assert contacts["rights"]["delete"] == "own" and contacts["rights"]["read"] == "team"
    assert fields["last_name"]["sortable"] and "contains" in fields["last_name"]["filter"]
    assert fields["company"]["target"] == "companies"
    assert not fields["created_at"]["writable"]
    samples = {one["name"]: one for one in objects["samples"]["fields"]}
    assert "salary" not in samples  # hidden from members
    assert not samples["secret"]["readable"] and samples["secret"]["writable"] and samples["secret"]["filter"] == []


@pytest.mark.parametrize("path", ["/contacts/a/b", "/contacts/", "/no/such/route", "/events", "/find"])
def test_unknown_route(api, path: str) -> None:
    found = api("ada").get(path)
    assert found.status == 404 and found.headers["Content-Type"] == "application/problem+json"


def test_methods(api, world) -> None:
    path = f"/contacts/{world.records['contacts', 'olga']}"
    refused = api("ada").call("PUT", path, {})
    assert refused.status == 405 and refused.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert api("ada").get("/contacts/batch").headers["Allow"] == "OPTIONS, POST"
    options = api("anonymous").call("OPTIONS", "/contacts")
    assert (options.status, options.headers["Allow"], options.bytes) == (204, "GET, HEAD, OPTIONS, POST", b"")
    head, get = api("ada").call("HEAD", path), api("ada").get(path)
    assert (head.status, head.bytes, head.etag) == (200, b"", get.etag)
    assert head.headers["Content-Length"] == str(len(get.bytes))
    assert api("ada").call("HEAD", "/contacts/none").status == 404
