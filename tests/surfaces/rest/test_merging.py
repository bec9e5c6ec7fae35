"""Merging over REST: shown first, done whole, and undone whole."""

from __future__ import annotations

import uuid

import pytest

from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.words import words_at_once
from tests.world import leaks, mask_role


@pytest.fixture
def pair(api) -> tuple[str, str]:
    """Two contacts of Olga's that are one person, the second with a need."""
    olga = api("olga")
    one = olga.post("/contacts", {"first_name": "Lin", "last_name": "Yue", "email": "lin@a.example", "tags": ["a"]})
    two = olga.post(
        "/contacts",
        {"first_name": "Yue", "last_name": "Lin", "email": "lin@b.example", "job_title": "Chef", "tags": ["b"]},
    )
    olga.post("/needs", {"title": "Oat base", "contact": two.json["id"]})
    return one.json["id"], two.json["id"]


def test_a_dry_run_says_all_and_writes_nothing(api, pair) -> None:
    olga, (stays, goes) = api("olga"), pair
    before = olga.get(f"/contacts/{stays}").json
    told = olga.post("/contacts/merge?dry_run=1", {"survivor": stays, "losers": [goes], "take": {"last_name": goes}})
    assert told.status == 200, told.bytes
    assert told.json["moved"] == {"needs": 1} and told.json["losers"] == [goes]
    values = told.json["values"]
    assert values["job_title"] == {"before": None, "after": "Chef"}
    assert values["last_name"] == {"before": "Yue", "after": "Lin"} and "first_name" not in values
    assert {one["value"] for one in values["emails"]["after"]} == {"lin@a.example", "lin@b.example"}
    assert olga.get(f"/contacts/{stays}").json == before and olga.get(f"/contacts/{goes}").status == 200


@words_at_once
def test_a_merge_and_its_one_undo(api, pair) -> None:
    olga, (stays, goes) = api("olga"), pair
    was = {id: olga.get(f"/contacts/{id}").json for id in pair}
    done = olga.post("/contacts/merge", {"survivor": stays, "losers": [goes], "take": {"name": goes}})
    assert done.status == 200, done.bytes
    record = done.json["record"]
    assert record["name"] == "Yue Lin" and set(record["tags"]) == {"a", "b"} and record["job_title"] == "Chef"
    assert record["email"] == "lin@a.example", "the primary address of the one that stays"
    assert done.json["moved"] == {"needs": 1} and olga.get(f"/contacts/{goes}").status == 404
    (need,) = olga.get("/needs?q=oat").json["items"]
    assert need["contact"]["id"] == stays
    undone = olga.post(f"/events/{done.json['event']}/undo")
    assert undone.status == 200 and undone.json["kept"] == []
    for id, before in was.items():
        now = olga.get(f"/contacts/{id}").json
        assert {**now, "version": 0, "updated_at": ""} == {**before, "version": 0, "updated_at": ""}
    (need,) = olga.get("/needs?q=oat").json["items"]
    assert need["contact"]["id"] == goes


def test_children_beyond_sight_follow_come_back_and_are_told_to_nobody(api, world, pair) -> None:
    stays, goes = pair
    ada = world.ctx("ada")
    theirs = change(
        ada,
        ada.schema["needs"],
        None,
        {"title": "Hers", "contact": goes, "owner": str(world.people["stella"]), "team": str(world.teams["South"])},
    ).id
    olga = api("olga")
    body = {"survivor": stays, "losers": [goes]}
    assert olga.post("/contacts/merge?dry_run=1", body).json["moved"] == {"needs": 1}
    done = olga.post("/contacts/merge", body)
    assert done.json["moved"] == {"needs": 1}
    assert _contact(world, theirs) == uuid.UUID(stays)
    undone = olga.post(f"/events/{done.json['event']}/undo")
    assert undone.json["kept"] == [] and str(theirs) not in undone.bytes.decode()
    assert _contact(world, theirs) == uuid.UUID(goes)


def _contact(world, need: uuid.UUID) -> uuid.UUID:
    ada = world.ctx("ada")
    return read.one(ada, ada.schema["needs"], need, ("contact",)).rows[0]["contact"]


def test_what_is_hidden_follows_and_comes_back_unseen(api, world) -> None:
    mask_role({"contacts.department": "hidden"})
    ada = world.ctx("ada")
    mine = {"owner": str(world.people["hugo"]), "team": str(world.teams["North"])}
    made = [
        change(ada, ada.schema["contacts"], None, {"last_name": "Twin", **more, **mine}).id
        for more in ({}, {"department": "SECRET-DEPARTMENT"})
    ]
    hugo = api("hugo")
    body = {"survivor": str(made[0]), "losers": [str(made[1])]}
    told = hugo.post("/contacts/merge?dry_run=1", body)
    assert told.status == 200 and b"department" not in told.bytes and b"SECRET" not in told.bytes
    assert hugo.post("/contacts/merge", {**body, "take": {"department": str(made[1])}}).codes() == {
        ("department", "unknown_field")
    }
    done = hugo.post("/contacts/merge", body)
    assert done.status == 200 and b"SECRET" not in done.bytes
    assert _department(world, made[0]) == "SECRET-DEPARTMENT"
    assert hugo.post(f"/events/{done.json['event']}/undo").status == 200
    assert [_department(world, id) for id in made] == ["", "SECRET-DEPARTMENT"]


def _department(world, id: uuid.UUID) -> str:
    ada = world.ctx("ada")
    return read.one(ada, ada.schema["contacts"], id, ("department",)).rows[0]["department"] or ""


def test_who_may_not_merge(api, world, pair) -> None:
    stays, goes = pair
    body = {"survivor": stays, "losers": [goes]}
    for path in ("/contacts/merge", "/contacts/merge?dry_run=1"):
        found = {name: api(name).post(path, body) for name in ("stella", "noah", "rita", "olga_reads", "anonymous")}
        assert {name: one.status for name, one in found.items()} == {
            "stella": 404,
            "noah": 404,
            "rita": 403,
            "olga_reads": 403,
            "anonymous": 401,
        }
        assert not any(leaks(one.bytes.decode(), world.canaries) for one in found.values())
    theirs = str(world.records["contacts", "stella"])
    assert api("olga").post("/contacts/merge?dry_run=1", {"survivor": stays, "losers": [theirs]}).status == 404
    event = api("olga").post("/contacts/merge", body).json["event"]
    stranger = api("stella").post(f"/events/{event}/undo")
    assert stranger.status == 404 and stays not in stranger.bytes.decode()
    assert api("olga").get(f"/contacts/{goes}").status == 404, "a stranger's undo does nothing"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"survivor": 1, "losers": []}, 400),
        ({"survivor": "STAYS", "losers": []}, 400),
        ({"survivor": "STAYS", "losers": "GOES"}, 400),
        ({"survivor": "STAYS", "losers": ["STAYS"]}, 422),
        ({"survivor": "STAYS", "losers": ["nothing"]}, 404),
        ({"survivor": "STAYS", "losers": ["GOES"], "take": []}, 200),
        ({"survivor": "STAYS", "losers": ["GOES"], "take": ["x"]}, 400),
        ({"survivor": "STAYS", "losers": ["GOES"], "take": {"created_at": "GOES"}}, 422),
        ({"survivor": "STAYS", "losers": ["GOES"], "dry_run": True}, 400),
    ],
)
def test_what_is_no_merge(api, pair, body, status: int) -> None:
    from kith.kernel.kit import json

    text = json.dumps_text(body).replace("STAYS", pair[0]).replace("GOES", pair[1])
    found = api("olga").post("/contacts/merge?dry_run=1", json.loads(text))
    assert found.status == status, found.bytes
