"""Writes: entity tags, conflicts, idempotency keys, complaints."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from kith.kernel.accounts.models import Token
from kith.kernel.policy.models import Role
from kith.kernel.records.change import change, delete
from kith.kernel.schema import load
from kith.surfaces.rest.models import IdempotentReply
from tests.words import words_at_once
from tests.world import forget, mask_role


@pytest.fixture
def mine(api, world):
    return f"/contacts/{world.records['contacts', 'olga']}"


def test_create_answers_with_address_and_tag(api) -> None:
    made = api("olga").post("/contacts", {"last_name": "New", "email": "new@b.example"})
    assert made.status == 201 and made.headers["Location"] == f"/api/v1/contacts/{made.json['id']}"
    assert made.etag == '"1"' and made.json["version"] == 1
    assert api("olga").get(made.headers["Location"].removeprefix("/api/v1")).json == made.json


def test_every_complaint_at_once(api) -> None:
    refused = api("olga").post(
        "/companies", {"name": "", "employees": "many", "nothing": 1, "email": "bad", "version": 3}
    )
    assert refused.status == 422
    assert refused.codes() >= {
        ("nothing", "unknown_field"),
        ("employees", "not_a_number"),
        ("version", "read_only"),
        ("email", "not_an_email"),
    }


def test_if_match(api, mine) -> None:
    olga = api("olga")
    tag = olga.get(mine).etag
    saved = olga.patch(mine, {"job_title": "First"}, If_Match=tag)
    assert saved.status == 200 and saved.etag != tag
    stale = api("tim").patch(mine, {"job_title": "Second"}, If_Match=tag)
    assert stale.status == 412 and stale.etag == saved.etag and stale.json["version"] == saved.json["version"]
    (conflict,) = stale.json["errors"]
    assert (conflict["field"], conflict["code"], conflict["current"], conflict["yours"]) == (
        "job_title",
        "conflict",
        "First",
        "Second",
    )
    assert stale.json["changed_by"] == "Olga"
    assert olga.get(mine).json["job_title"] == "First"
    assert olga.delete(mine, If_Match=tag).status == 412
    for turn, right in enumerate(("{}", "*", '"77", {}', '{},"x"')):
        assert olga.patch(mine, {"source": f"turn {turn}"}, If_Match=right.format(saved.etag)).status == 200, right
        saved = olga.get(mine)
    assert olga.patch(mine, {"source": "other"}, If_Match='"nonsense"').status == 412
    assert olga.delete(mine, If_Match=saved.etag).status == 204


@pytest.mark.parametrize("tag", ['W/"1"', '"1", W/"2"', "1", '"1', '"1" "2"', ","])
def test_a_tag_that_guards_nothing_is_refused(api, mine, tag: str) -> None:
    refused = api("olga").patch(mine, {"job_title": "X"}, If_Match=tag)
    assert refused.status == 400 and refused.json["errors"][0]["field"] == "If-Match"


def test_if_none_match(api, mine) -> None:
    olga = api("olga")
    tag = olga.get(mine).etag
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = olga.get(mine, If_None_Match=given)
        assert (same.status, same.bytes, same.etag) == (304, b"", tag)
    assert olga.get(mine, If_None_Match='"other"').status == 200


@words_at_once
def test_idempotency(api) -> None:
    olga, key, body = api("olga"), uuid.uuid4().hex, {"last_name": "Once"}
    first = olga.post("/contacts", body, Idempotency_Key=key)
    again = olga.post("/contacts", body, Idempotency_Key=key)
    assert first.status == again.status == 201 and first.bytes == again.bytes
    assert again.headers["Idempotency-Replayed"] == "true" and again.headers["Location"] == first.headers["Location"]
    assert again.etag == first.etag
    other = olga.post("/contacts", {"last_name": "Twice"}, Idempotency_Key=key)
    assert other.status == 422 and other.codes() == {("Idempotency-Key", "key_reused")}
    assert olga.post("/companies", {"name": "Other address"}, Idempotency_Key=key).status == 422
    theirs = api("tim").post("/contacts", body, Idempotency_Key=key)  # keys are each caller's own
    assert theirs.status == 201 and theirs.json["id"] != first.json["id"]
    assert len(olga.get("/contacts?q=Once").ids) == 2


def test_an_answer_does_not_outlive_the_rights_of_its_caller(api, world) -> None:
    """Masked, narrowed, given away: the stored answer is not told again. What was refused is tried anew."""
    hugo, key, body = api("hugo"), uuid.uuid4().hex, {"last_name": "Once", "phone": "+49 30 5550196"}
    first = hugo.post("/contacts", body, Idempotency_Key=key)
    assert hugo.post("/contacts", body, Idempotency_Key=key).bytes == first.bytes
    mask_role({"contacts.phone": "hidden", "contacts.phones": "hidden"})
    again = hugo.post("/contacts", body, Idempotency_Key=key)
    assert again.status == 403 and b"5550196" not in again.bytes
    mask_role({})
    assert hugo.post("/contacts", body, Idempotency_Key=key).bytes == first.bytes

    away = {"owner": str(world.people["stella"]), "team": str(world.teams["South"])}
    root = world.ctx("system")
    change(root, root.schema["contacts"], uuid.UUID(first.json["id"]), away)
    assert hugo.post("/contacts", body, Idempotency_Key=key).status == 404
    kept = hugo.post("/contacts", {"last_name": "Binned"}, Idempotency_Key="binned")
    delete(root, root.schema["contacts"], uuid.UUID(kept.json["id"]))
    assert hugo.post("/contacts", {"last_name": "Binned"}, Idempotency_Key="binned").bytes == kept.bytes

    Role.objects.filter(key="masked").update(rights={})
    mask_role({})
    assert hugo.post("/contacts", body, Idempotency_Key=key).status == 403
    refused = hugo.post("/companies", {"name": "Later"}, Idempotency_Key="later")
    assert refused.status in (403, 404)
    Role.objects.filter(key="masked").update(rights={"*": {"create": "all", "read": "all"}})
    mask_role({})
    assert hugo.post("/companies", {"name": "Later"}, Idempotency_Key="later").status == 201


def test_a_narrowed_token_gets_no_old_answers(api, world) -> None:
    token, key, body = api("olga_contacts"), uuid.uuid4().hex, {"last_name": "Once"}
    assert token.post("/contacts", body, Idempotency_Key=key).status == 201
    Token.objects.filter(pk=world.tokens["olga_contacts"][0]).update(scope="read")
    load.bump()
    forget()
    again = token.post("/contacts", body, Idempotency_Key=key)
    assert again.status == 403 and b"Once" not in again.bytes


def test_an_idempotent_refusal_is_repeated_too(api) -> None:
    olga, key = api("olga"), uuid.uuid4().hex
    first = olga.post("/companies", {"name": ""}, Idempotency_Key=key)
    again = olga.post("/companies", {"name": ""}, Idempotency_Key=key)
    assert first.status == again.status == 422 and first.bytes == again.bytes
    assert again.headers["Content-Type"] == "application/problem+json"


def test_a_call_that_runs_is_not_run_again(api, world) -> None:
    olga, key, body = api("olga"), uuid.uuid4().hex, {"last_name": "Once"}
    olga.post("/contacts", body, Idempotency_Key=key)
    row = IdempotentReply.objects.filter(key=key)
    row.update(done=False)
    running = olga.post("/contacts", body, Idempotency_Key=key)
    assert running.status == 409 and running.headers["Retry-After"]
    row.update(claimed_at=timezone.now() - timedelta(hours=1))  # its process died
    assert olga.post("/contacts", body, Idempotency_Key=key).status == 201
    assert row.get().done


def test_a_key_is_forgotten_after_a_day(api) -> None:
    olga, key = api("olga"), uuid.uuid4().hex
    first = olga.post("/contacts", {"last_name": "Once"}, Idempotency_Key=key).json
    IdempotentReply.objects.filter(key=key).update(expires_at=timezone.now())
    assert olga.post("/contacts", {"last_name": "Twice"}, Idempotency_Key=key).json["id"] != first["id"]


@words_at_once
def test_effect_and_answer_stand_or_fall_together(api, monkeypatch) -> None:
    from kith.surfaces.rest import once

    olga, key, body = api("olga"), uuid.uuid4().hex, {"last_name": "Torn"}

    def torn(row, answer):
        raise RuntimeError("the process died here")

    with monkeypatch.context() as patch:
        patch.setattr(once, "_settle", torn)
        with pytest.raises(RuntimeError):
            olga.post("/contacts", body, Idempotency_Key=key)
    assert olga.get("/contacts?q=Torn").ids == []
    assert olga.post("/contacts", body, Idempotency_Key=key).status == 201
    assert len(olga.get("/contacts?q=Torn").ids) == 1


def test_a_claim_that_was_taken_over_settles_nothing(api, monkeypatch) -> None:
    from kith.surfaces.rest import views

    olga, key = api("olga"), uuid.uuid4().hex
    create = views.change.change

    def slow(*args, **more):
        made = create(*args, **more)
        IdempotentReply.objects.filter(key=key).update(claim=uuid.uuid4())
        return made

    monkeypatch.setattr(views.change, "change", slow)
    assert olga.post("/contacts", {"last_name": "Late"}, Idempotency_Key=key).status == 409
    assert olga.get("/contacts?q=Late").ids == []


@pytest.mark.parametrize("key", ["", " ", "é", "k" * 201, " k"])
def test_keys_that_are_none(api, key: str) -> None:
    refused = api("olga").post("/contacts", {"last_name": "X"}, Idempotency_Key=key)
    assert refused.status == 400 and refused.json["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"last_name": "\xff"}', "application/json", 400),
        (b'{"last_name": "\\ud800"}', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"n": 1e999999}', "application/json", 400),
        (b"last_name=X", "application/x-www-form-urlencoded", 415),
        (b'{"last_name": "X"}', "text/plain", 415),
        (b'{"last_name": "X"}', "application/json; charset=latin-1", 415),
        (b'{"last_name": "X"}', "multipart/form-data; boundary=x", 415),
        (b'{"last_name": "X"}', "application/json; charset=UTF-8", 201),
    ],
)
def test_bodies(api, raw: bytes, kind: str, status: int) -> None:
    found = api("olga").call("POST", "/contacts", raw=raw, content_type=kind)
    assert found.status == status
    if status >= 400:
        assert found.headers["Content-Type"] == "application/problem+json" and found.json["status"] == status


def test_a_body_too_large(api, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert api("olga").post("/contacts", {"last_name": "X" * 2000}).status == 413


def test_problems_speak_the_callers_language(api) -> None:
    from django.utils import translation

    with translation.override("zh-hans"):
        there = translation.gettext("Not found")
    assert api("olga").get("/contacts/none", Accept_Language="zh-hans").json["title"] == there
