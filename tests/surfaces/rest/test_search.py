"""Search over all objects, likely duplicates, and what changed since: for whom they answer what."""

from __future__ import annotations

import pytest

from kith.kernel.accounts.context import Context
from kith.kernel.records.change import change
from tests.words import words_at_once
from tests.world import leaks, mask_role


@words_at_once
def test_hits_are_ranked_and_bounded(api) -> None:
    olga = api("olga")
    lotus = olga.post("/companies", {"name": "Lotus Bay Hotels", "industry": "Hotels"}).json["id"]
    lotte = olga.post("/contacts", {"first_name": "Lotte", "last_name": "Berg", "company": lotus}).json["id"]
    named = olga.post("/needs", {"title": "Winter range", "company": lotus}).json["id"]
    hits = olga.get("/search?q=lot").json["items"]
    assert {one["id"] for one in hits} == {lotus, lotte, named}
    assert hits[-1]["id"] == named, "the company of a need is no title"
    assert {"object": "contacts", "id": lotte, "title": "Lotte Berg", "subtitle": "Lotus Bay Hotels"} in hits
    assert [one["id"] for one in olga.get("/search?q=lot&objects=contacts").json["items"]] == [lotte]
    assert len(olga.get("/search?q=lot&limit=1").json["items"]) == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [("wxm", True), ("wangx", True), ("小明", True), ("王小名", True), ("wangxiaomin", True), ("xxm", False)],
)
@words_at_once
def test_a_chinese_name_is_found_by_sound_and_with_a_slip(api, typed: str, found: bool) -> None:
    olga = api("olga")
    id = olga.post("/contacts", {"first_name": "小明", "last_name": "王"}).json["id"]
    assert (id in [one["id"] for one in olga.get(f"/search?q={typed}").json["items"]]) is found


@pytest.mark.parametrize(("typed", "found"), [("Lotsu", True), ("Lotas Bay", True), ("Lts", False), ("Latas", False)])
def test_one_slip_is_forgiven_and_two_are_not(api, typed: str, found: bool) -> None:
    olga = api("olga")
    id = olga.post("/companies", {"name": "Lotus Bay Hotels"}).json["id"]
    assert (id in [one["id"] for one in olga.get(f"/search?q={typed}").json["items"]]) is found


def test_search_says_what_it_cannot_do(api) -> None:
    olga = api("olga")
    assert olga.get("/search").codes() == olga.get("/search?q=%20").codes() == {("q", "no_words")}
    assert olga.get("/search?q=a&limit=101").codes() == {("limit", "bad_limit")}
    assert olga.get("/search?q=a&objects=nothing").codes() == {("objects", "unknown_object")}
    assert olga.get("/search?q=a&objects=roles,contacts").status in (200, 400)
    assert olga.get("/search?q=a&object=contacts").codes() == {("object", "unknown_parameter")}
    assert api("anonymous").get("/search?q=a").status == 401
    assert api("noah").get("/search?q=CNR&objects=contacts").codes() == {("objects", "unknown_object")}


@pytest.mark.parametrize("who", ["stella", "noah", "hugo", "rita", "olga_contacts"])
def test_neither_search_nor_duplicates_leak(api, world, who: str) -> None:
    hidden = ("last_name", "emails", "phones", "job_title")
    mask_role({f"contacts.{name}": "hidden" for name in hidden})
    caller, ctx = api(who), world.ctx(who)
    secret = [one for one in world.canaries if not _sees(ctx, world, one, hidden if who == "hugo" else ())]
    assert secret
    for one in [each for each in secret if ctx.schema[each.object].search]:
        word = str(one.needle)
        found = caller.get(f"/search?q={word}&limit=100")
        assert not leaks(found.bytes.decode(), [each for each in secret if each.needle != word]), (who, one)
        assert str(world.records[one.object, one.owner]) not in found.bytes.decode() or _reads(ctx, world, one)
        alike = caller.post(f"/{one.object}/duplicates", {one.field: one.wire})
        assert alike.status in (200, 403, 404, 422)
        if alike.status == 200:
            assert str(world.records[one.object, one.owner]) not in alike.bytes.decode(), (who, one)


def _reads(ctx: Context, world, one) -> bool:
    from kith.kernel.records import read

    return bool(read.ids(ctx, ctx.schema[one.object], [world.records[one.object, one.owner]]))


def _sees(ctx: Context, world, one, hidden: tuple[str, ...]) -> bool:
    from kith.kernel.policy import mask

    shown = mask.readable(ctx, ctx.schema[one.object])
    return _reads(ctx, world, one) and one.field in shown


@words_at_once
def test_a_hidden_field_does_not_find_its_record(api, world) -> None:
    ctx = world.ctx("olga")
    id = change(ctx, ctx.schema["contacts"], None, {"last_name": "Shown", "job_title": "Zephyrologist"}).id
    assert api("tim").get("/search?q=zephyrologist").ids == [str(id)]
    mask_role({"contacts.job_title": "hidden"})
    assert api("hugo").get("/search?q=zephyrologist").ids == []
    assert api("hugo").get("/search?q=shown").ids == [str(id)]
    mask_role({"contacts.last_name": "hidden"})
    assert api("hugo").get("/search?q=shown").ids == api("hugo").get("/search?q=shwon").ids == []


def test_duplicates_by_address_and_by_name(api) -> None:
    olga = api("olga")
    id = olga.post("/contacts", {"first_name": "Mara", "last_name": "Kettle", "email": "mara@kettle.example"}).json[
        "id"
    ]
    by_address = olga.post("/contacts/duplicates", {"email": "MARA@kettle.example"}).json["items"]
    assert [(one["id"], one["score"]) for one in by_address] == [(id, 100)] and "emails" in by_address[0]["fields"]
    by_name = olga.post("/contacts/duplicates", {"name": "Mara Kettel"}).json["items"]
    assert [one["id"] for one in by_name] == [id] and by_name[0]["score"] < 100
    by_parts = olga.post("/contacts/duplicates", {"first_name": "mara", "last_name": "kettle"}).json["items"]
    assert [(one["id"], one["score"], one["title"]) for one in by_parts] == [(id, 80, "Mara Kettle")]
    assert olga.post(f"/contacts/duplicates?besides={id}", {"name": "Mara Kettle"}).json["items"] == []
    assert olga.post("/contacts/duplicates", {"emails": [{"value": "x"}]}).status == 422
    assert olga.post("/contacts/duplicates", {"nothing": "x"}).codes() == {("nothing", "unknown_field")}
    assert olga.post("/contacts/duplicates?besides=x", {}).codes() == {("besides", "not_an_id")}
    assert olga.post("/contacts/duplicates", []).status == 400
    assert api("stella").post("/contacts/duplicates", {"email": "mara@kettle.example"}).json["items"] == []
    assert api("olga_reads").post("/contacts/duplicates", {"email": "mara@kettle.example"}).ids == [id]


def test_what_changed_since(api) -> None:
    olga = api("olga")
    start = olga.get("/contacts?changed_after=0").json
    assert start["items"] and not start["more"] and all(one["record"]["id"] == one["id"] for one in start["items"])
    made = olga.post("/contacts", {"last_name": "Synced"}).json
    gone = olga.post("/contacts", {"last_name": "Dropped"}).json
    olga.delete(f"/contacts/{gone['id']}")
    after = olga.get(f"/contacts?changed_after={start['next']}&fields=last_name").json
    told = {one["id"]: (one["deleted"], one["record"]) for one in after["items"]}
    assert told == {
        made["id"]: (False, {"id": made["id"], "version": 1, "last_name": "Synced"}),
        gone["id"]: (True, None),
    }
    assert after["reach"] == start["reach"]
    first = olga.get("/contacts?changed_after=0&limit=1").json
    assert first["more"] and first["next"] < after["next"]
    assert made["id"] not in api("stella").get("/contacts?changed_after=0").bytes.decode()
    assert api("noah").get("/contacts?changed_after=0").status == 404


def test_what_changed_since_goes_with_few_others(api) -> None:
    olga = api("olga")
    for other in ("filter=x", "q=x", "sort=name", "after=x", "count=true", "deleted=true"):
        found = olga.get(f"/contacts?changed_after=0&{other}")
        assert found.codes() == {(other.partition("=")[0], "not_together")}
    for wrong in ("x", "-1", "", "9" * 30):
        assert olga.get(f"/contacts?changed_after={wrong}").codes() == {("changed_after", "not_a_number")}
