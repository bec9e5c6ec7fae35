"""Batches: all or nothing, partial, upserts, and one undo for all."""

from __future__ import annotations

import pytest

from tests.words import words_at_once


def create(api, **values) -> dict:
    return api.post("/contacts", {"last_name": "Old", **values}).json


def test_all_four_in_one(api) -> None:
    olga = api("olga")
    old, gone, known = create(olga), create(olga), create(olga, emails=["main@b.example", "known@b.example"])
    done = olga.post(
        "/contacts/batch",
        {
            "create": [{"last_name": "New"}],
            "update": [{"id": old["id"], "version": 1, "job_title": "Captain"}, {"id": known["id"], "source": "web"}][
                :1
            ],
            "upsert": [
                {"email": "KNOWN@b.example", "last_name": "Known"},
                {"email": "fresh@b.example", "last_name": "Fresh"},
            ],
            "match": "email",
            "delete": [gone["id"]],
        },
    )
    assert done.status == 200, done.bytes
    result = done.json
    assert [one["status"] for one in result["create"] + result["update"] + result["delete"]] == [
        "created",
        "updated",
        "deleted",
    ]
    assert [(one["status"], one["id"] == known["id"]) for one in result["upsert"]] == [
        ("updated", True),
        ("created", False),
    ]
    assert result["errors"] == [] and olga.get(f"/contacts/{old['id']}").json["job_title"] == "Captain"
    undone = olga.post(f"/events/{result['create'][0]['event']}/undo")
    assert undone.status == 200 and len(undone.json["changes"]) == 5
    assert olga.get(f"/contacts/{gone['id']}").status == 200
    assert olga.get(f"/contacts/{old['id']}").json["job_title"] is None
    assert olga.get("/contacts?q=Fresh").ids == []


def test_all_or_nothing(api, world) -> None:
    olga = api("olga")
    body = {
        "create": [{"last_name": "Good"}, {"last_name": "Bad", "email": "no"}, {"nothing": 1}, 7],
        "update": [{"id": str(world.records["contacts", "stella"]), "source": "x"}, {"source": "x"}, {"id": "x"}],
        "delete": [
            {"id": str(world.records["contacts", "tim"])},
            {"id": str(world.records["contacts", "olga"]), "x": 1},
        ],
    }
    refused = olga.post("/contacts/batch", body)
    assert refused.status == 422
    found = {(one["list"], one["index"], one["code"]) for one in refused.json["errors"]}
    assert found == {
        ("create", 3, "not_an_object"),
        ("update", 1, "required"),
        ("update", 2, "required"),
        ("delete", 1, "unknown_member"),
    }
    body = {"create": body["create"][:3], "update": body["update"][:1], "delete": body["delete"][:1]}
    refused = olga.post("/contacts/batch", body)
    found = {(one["list"], one["index"], one["field"], one["code"]) for one in refused.json["errors"]}
    assert refused.status == 422
    assert found >= {
        ("create", 1, "email", "not_an_email"),
        ("create", 2, "nothing", "unknown_field"),
        ("update", 0, "id", "not_found"),
        ("delete", 0, "", "forbidden"),
    }
    assert olga.get("/contacts?q=Good").ids == []


@words_at_once
def test_partial(api) -> None:
    olga = api("olga")
    body = {
        "create": [{"last_name": "Good"}, {"last_name": "Bad", "email": "no"}, {"last_name": "Fine"}],
        "partial": True,
    }
    done = olga.post("/contacts/batch", body)
    assert done.status == 200 and [one and one["status"] for one in done.json["create"]] == ["created", None, "created"]
    assert [(one["list"], one["index"], one["field"]) for one in done.json["errors"]] == [("create", 1, "email")]
    assert len(olga.get("/contacts?q=Good").ids) == 1


def test_one_item_answers_like_many(api, world) -> None:
    olga = api("olga")
    hidden = {"update": [{"id": str(world.records["contacts", "stella"]), "source": "x"}]}
    assert olga.post("/contacts/batch", hidden).json["errors"][0]["code"] == "not_found"
    theirs = {"delete": [str(world.records["contacts", "tim"])]}
    assert olga.post("/contacts/batch", theirs).json["errors"][0]["code"] == "forbidden"


def test_upsert_by_phone_by_key_and_by_a_unique_field(api, world) -> None:
    ada = api("ada")
    known = create(ada, phone="+49 30 123456")
    body = {"upsert": [{"phone": "+4930123456", "source": "import"}], "match": "phone"}
    assert ada.post("/contacts/batch", body).json["upsert"][0]["id"] == known["id"]
    other = create(ada, external_id="Erp-1")
    body = {
        "upsert": [{"external_id": "Erp-1", "source": "erp"}, {"external_id": "erp-1", "last_name": "Two"}],
        "match": "external_id",
    }
    done = ada.post("/contacts/batch", body).json["upsert"]  # keys of other systems differ by case
    assert [(one["status"], one["id"] == other["id"]) for one in done] == [("updated", True), ("created", False)]
    users = [{"email": "tim@kith.example", "name": "Timothy"}, {"email": "new@kith.example", "name": "New"}]
    done = ada.post("/users/batch", {"upsert": users, "match": "email"}).json["upsert"]
    assert [(one["status"], one["id"] == str(world.people["tim"])) for one in done] == [
        ("updated", True),
        ("created", False),
    ]


def test_upserts_that_cannot_be_told_apart(api) -> None:
    olga = api("olga")
    create(olga, email="same@b.example"), create(olga, email="same@b.example")
    body = {
        "upsert": [
            {"email": "same@b.example"},
            {"email": "new@b.example", "last_name": "A"},
            {"email": "NEW@b.example", "last_name": "B"},
            {"last_name": "C"},
            {"email": "not one"},
        ],
        "match": "email",
    }
    refused = olga.post("/contacts/batch", body)
    assert refused.status == 422
    found = {(one["index"], one["code"]) for one in refused.json["errors"]}
    assert found == {(0, "ambiguous"), (2, "given_twice"), (3, "required"), (4, "not_an_email")}


def test_one_record_twice(api) -> None:
    olga = api("olga")
    id = create(olga)["id"]
    refused = olga.post("/contacts/batch", {"update": [{"id": id, "source": "a"}], "delete": [id]})
    assert refused.status == 422 and refused.codes() == {("id", "given_twice")}


def test_upsert_does_not_find_what_may_not_be_seen(api, world) -> None:
    api("stella").post("/contacts", {"last_name": "Secret", "email": "secret@b.example"})
    done = api("olga").post(
        "/contacts/batch", {"upsert": [{"email": "secret@b.example", "last_name": "Mine"}], "match": "email"}
    )
    assert done.json["upsert"][0]["status"] == "created"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"creat": []}, 400, "creat"),
        ({"create": {}}, 400, "create"),
        ({"create": [], "partial": "yes"}, 400, "partial"),
        ({"upsert": [{"last_name": "X"}]}, 400, "match"),
        ({"upsert": [], "match": "last_name"}, 400, "match"),
        ({"upsert": [], "match": ["email"]}, 400, "match"),
        ([], 400, ""),
    ],
)
def test_bodies_that_are_no_batch(api, body, status: int, field: str) -> None:
    refused = api("olga").post("/contacts/batch", body)
    assert refused.status == status and refused.json["errors"][0]["field"] == field


def test_most(api) -> None:
    assert api("olga").post("/contacts/batch", {"create": [{"last_name": "X"}] * 1001}).status == 413
    assert api("olga").post("/contacts/batch", {}).json == {"errors": []}


def test_a_stale_version_stops_the_batch(api) -> None:
    olga = api("olga")
    one = create(olga)
    olga.patch(f"/contacts/{one['id']}", {"source": "x"})
    body = {"create": [{"last_name": "With it"}], "update": [{"id": one["id"], "version": 1, "source": "y"}]}
    stale = olga.post("/contacts/batch", body)
    assert stale.status in (412, 422) and olga.get("/contacts?q=With").ids == []


@words_at_once
def test_a_batch_under_a_key_is_done_once(api) -> None:
    olga, body = api("olga"), {"create": [{"last_name": "Keyed"}]}
    first = olga.post("/contacts/batch", body, Idempotency_Key="k1")
    assert olga.post("/contacts/batch", body, Idempotency_Key="k1").bytes == first.bytes
    assert len(olga.get("/contacts?q=Keyed").ids) == 1
