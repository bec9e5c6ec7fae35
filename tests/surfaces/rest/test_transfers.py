"""Imports over REST: real files in, a mapping, a dry run, a run, errors by row, and an undo."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.jobs.progress import Progress
from kith.kernel.transfer.models import Import
from tests.surfaces.rest.conftest import ROOT
from tests.surfaces.rest.desk import FIRMS, PEOPLE, count, read_csv, streamed, work


@pytest.fixture
def corpora() -> Path:
    held = os.environ.get("KITH_CORPORA")
    if not held:
        pytest.skip("KITH_CORPORA is not set")
    return Path(held)


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_from_file_to_undo(desk, world) -> None:
    olga = desk("olga")
    before = count(world, "contacts"), count(world, "companies")
    made = olga.send(("people.csv", PEOPLE))
    assert made.status == 201, made.bytes
    assert made.headers["Location"] == f"{ROOT}/imports/{olga.id}"
    (file,) = made.json["files"]
    assert (made.json["state"], file["object"], file["rows"]) == ("mapped", "contacts", 2)
    assert {one["column"]: one["field"] for one in file["lines"]} == {
        "Email": "emails", "First name": "first_name", "Last name": "last_name", "Company": "company",
    }  # fmt: skip
    assert set(made.json["can"]) == {"check", "run", "change", "cancel"}

    asked = olga.api.post(f"/imports/{olga.id}/check")
    assert (asked.status, asked.json["doing"]["deed"], asked.json["doing"]["waiting"]) == (202, "check", True)
    assert olga.api.post(f"/imports/{olga.id}/run").status == 409, "one thing at a time"
    work()
    checked = olga.show()
    assert checked["state"] == "checked" and checked["doing"] is None
    counts = checked["files"][0]["checked"]["counts"]
    assert (counts["created"], counts["failed"], counts["also"]) == (1, 1, {"companies": 1})
    assert (count(world, "contacts"), count(world, "companies")) == before, "nothing is written"

    (wrong,) = olga.rows("?outcome=failed")
    assert (wrong["name"], wrong["row"], wrong["problems"][0]["column"]) == ("people.csv", 3, "Email")
    assert wrong["cells"]["Email"] == "no address" and "address" in wrong["problems"][0]["message"]
    mended = olga.api.patch(f"/imports/{olga.id}/rows/{wrong['id']}", {"cells": {"Email": "bo@a.example"}})
    assert mended.status == 200 and mended.json["edits"] == {"Email": "bo@a.example"}

    done = olga.do("run")
    assert (done["state"], done["counts"]["created"], done["counts"]["failed"]) == ("done", 2, 0)
    assert count(world, "contacts") == before[0] + 2 and count(world, "companies") == before[1] + 1
    (found,) = olga.api.get("/contacts?filter=email:bo@a.example").json["items"]
    assert found["company"]["title"] == "Pine Ltd"

    undone = olga.do("undo")
    assert undone["state"] == "undone" and undone["kept"] == 0
    assert (count(world, "contacts"), count(world, "companies")) == before
    assert olga.api.post(f"/imports/{olga.id}/undo").status == 422, "there is nothing left to undo"


def test_several_files_in_one_job_join(desk, world) -> None:
    olga = desk("olga")
    made = olga.send(("people.csv", PEOPLE), ("firms.csv", FIRMS))
    assert [(one["name"], one["object"]) for one in made.json["files"]] == [
        ("people.csv", "contacts"), ("firms.csv", "companies"),
    ]  # fmt: skip
    done = olga.do("run")
    assert done["counts"]["created"] == 3 and done["also"] == {}, "the company of the other file is taken"
    (lin,) = olga.api.get("/contacts?filter=email:lin@a.example&fields=company.website").json["items"]
    assert lin["company.website"] == "https://pine.example"


@pytest.mark.parametrize(
    ("path", "vendor", "least"),
    [("csv/contacts_google_new_utf8.csv", "google", 3), ("csv/contacts_google_old_utf16le_bom.csv", "google", 3)],
)
def test_real_exports_of_google(desk, world, corpora, path, vendor, least) -> None:
    olga = desk("olga")
    before = count(world, "contacts")
    made = olga.send((Path(path).name, (corpora / path).read_bytes()))
    assert made.status == 201, made.bytes
    assert made.json["files"][0]["vendor"] == vendor
    done = olga.do("run")
    assert done["counts"]["created"] >= least, done["counts"]
    assert count(world, "contacts") == before + done["counts"]["created"]
    again = desk("olga")
    again.send((Path(path).name, (corpora / path).read_bytes()))
    assert again.do("run")["counts"]["created"] == 0, "the same file again makes nothing"
    olga.do("undo")
    assert count(world, "contacts") == before


def test_a_zip_of_a_vendor_is_sorted_and_joined(desk, world, corpora) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("Contacts.csv", "Accounts.csv"):
            lines = (corpora / "crm_export_zoho" / name).read_bytes().splitlines(keepends=True)
            archive.writestr(name, b"".join(lines[:40]))
    olga = desk("olga")
    made = olga.send(("zoho.zip", packed.getvalue()))
    assert {(one["name"], one["object"], one["vendor"]) for one in made.json["files"]} == {
        ("Contacts.csv", "contacts", "zoho"), ("Accounts.csv", "companies", "zoho"),
    }  # fmt: skip
    done = olga.do("run")
    assert done["state"] == "done" and done["counts"]["created"] > 40


# --- the mapping ------------------------------------------------------------------------------------------------------


def test_the_mapping_is_changed_column_by_column(desk) -> None:
    olga = desk("olga")
    (file,) = olga.send(("people.csv", PEOPLE)).json["files"]
    lines = [{"column": "Company", "field": "department"}, {"column": "Last name", "field": ""}]
    changed = olga.change({"id": file["id"], "mode": "create", "match": ["email"], "lines": lines})
    assert changed.status == 200, changed.bytes
    (now,) = changed.json["files"]
    assert (now["mode"], now["match"]) == ("create", ["email"])
    assert {one["column"]: one["field"] for one in now["lines"]}["Company"] == "department"
    assert now["not_imported"] == ["Last name"]
    (first, _second) = olga.api.get(f"/imports/{olga.id}/files/{file['id']}/preview").json["items"]
    assert first["values"]["department"] == "Pine Ltd" and first["row"] == 2
    olga.do("run")
    (made,) = olga.api.get("/contacts?filter=email:lin@a.example").json["items"]
    assert (made["department"], made["last_name"]) == ("Pine Ltd", None)


@pytest.mark.parametrize(
    ("wish", "status", "named"),
    [
        ({"lines": [{"column": "Nothing", "field": "email"}]}, 422, "files.0.lines.0.column"),
        ({"lines": [{"column": "Email", "field": "no_such"}]}, 422, "Email"),
        ({"lines": [{"column": "Email", "colour": "red"}]}, 400, "files.0.lines.0.colour"),
        ({"mode": "replace"}, 422, ""),
        ({"match": "email"}, 400, "files.0.match"),
        ({"object": "nothings"}, 404, None),
        ({"profile": "acme:people"}, 400, "files.0.profile"),
        ({"colour": "red"}, 400, "files.0.colour"),
        ({"layout": {"colour": "red"}}, 400, "files.0.layout.colour"),
        ({"lines": [{"column": "Email", "steps": ["cut (a+)+$"]}]}, 422, "Email"),
        ({"lines": [{"column": "Email", "field": 7}]}, 400, ""),
        ({"lines": [{"column": "Email", "order": "xyz"}]}, 422, "Email"),
        ({"lines": [{"column": "Email", "decimal": "zz"}]}, 422, "Email"),
        ({"lines": [{"column": "Email", "zone": "Mars/Phobos"}]}, 422, "Email"),
        ({"owner": "nobody"}, 422, ""),
        ({"owners": {"Tom": "nobody"}}, 422, ""),
        ({"owners": {"Tom": 3}}, 400, ""),
        ({"constants": {"no_such": 1}}, 422, ""),
        ({"layout": {"delimiter": "ab"}}, 422, "layout"),
        ({"layout": {"delimiter": 3}}, 422, "layout"),
        ({"layout": {"header": -4}}, 422, "layout"),
        ({"layout": {"encoding": "nonsense"}}, 422, ""),
        ({"id": "nonsense"}, 404, None),
        ({"id": 3}, 404, None),
    ],
)
def test_a_wrong_mapping_is_refused_whole(desk, wish, status, named) -> None:
    olga = desk("olga")
    made = olga.send(("people.csv", PEOPLE)).json
    found = olga.change({"id": made["files"][0]["id"], **wish})
    assert found.status == status, found.bytes
    if named is not None:
        assert [one["field"] for one in found.json["errors"]] == [named]
    assert olga.show() == made


def test_another_object_another_reading_and_a_file_left_out(desk) -> None:
    olga = desk("olga")
    people, firms = olga.send(("people.csv", PEOPLE), ("firms.csv", FIRMS)).json["files"]
    changed = olga.change({"id": firms["id"], "leave_out": True}, {"id": people["id"], "object": "companies"})
    assert [(one["name"], one["object"]) for one in changed.json["files"]] == [("people.csv", "companies")]
    broken = olga.change({"id": people["id"], "layout": {"delimiter": ";"}})
    assert broken.status == 422 and broken.json["errors"][0]["message"]
    assert olga.show()["files"][0]["object"] == "companies"


def test_an_administrator_makes_fields_for_columns(desk, world) -> None:
    text = "Email,Tea or coffee\n" + "".join(f"p{at}@a.example,{'tea' if at % 2 else 'coffee'}\n" for at in range(12))
    ada, olga = desk("ada"), desk("olga")
    (file,) = ada.send(("people.csv", text), object="contacts").json["files"]
    wish = {"columns": ["Tea or coffee"]}
    assert ada.api.post(f"/imports/{ada.id}/files/{file['id']}/fields", {"columns": ["None"]}).status == 422
    made = ada.api.post(f"/imports/{ada.id}/files/{file['id']}/fields", wish)
    assert made.status == 200, made.bytes
    assert {one["column"]: one["field"] for one in made.json["files"][0]["lines"]}["Tea or coffee"] == "x_tea_or_coffee"
    (mine,) = olga.send(("people.csv", text.replace("Tea or", "Milk or")), object="contacts").json["files"]
    refused = olga.api.post(f"/imports/{olga.id}/files/{mine['id']}/fields", {"columns": ["Milk or coffee"]})
    assert refused.status == 403


# --- rows that were refused -------------------------------------------------------------------------------------------


def test_refused_rows_are_told_mended_and_tried_again(desk, world) -> None:
    olga = desk("olga")
    olga.send(("people.csv", PEOPLE + "bad,Al,Od,\n"))
    done = olga.do("run")
    assert (done["counts"]["created"], done["counts"]["failed"]) == (1, 2)
    first = olga.api.get(f"/imports/{olga.id}/rows?outcome=failed&limit=1").json
    second = olga.api.get(f"/imports/{olga.id}/rows?outcome=failed&limit=1&after={first['next']}").json
    assert [first["items"][0]["row"], second["items"][0]["row"]] == [3, 4]
    refused = olga.api.client.get(f"{ROOT}/imports/{olga.id}/refused.csv")
    assert refused.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(one["Email"], one["Row"]) for one in read_csv(streamed(refused))] == [("no address", "3"), ("bad", "4")]
    path = f"/imports/{olga.id}/rows/{first['items'][0]['id']}"
    assert olga.api.patch(path, {"cells": {"Nope": "x"}}).codes() == {("Nope", "unknown_column")}
    assert olga.api.patch(path, {"cells": {"Email": 3}}).codes() == {("cells", "not_texts")}
    assert olga.api.patch(path, {"cells": {"Email": "bo@a.example"}}).status == 200
    assert olga.api.patch(f"/imports/{olga.id}/rows/nonsense", {"cells": {}}).status == 404
    mended = olga.do("mend")
    assert (mended["counts"]["created"], mended["counts"]["failed"]) == (2, 1)
    assert [one["row"] for one in olga.rows("?outcome=failed")] == [4]
    olga.do("undo")
    assert olga.api.get("/contacts?filter=email:bo@a.example").ids == []


def test_pause_and_resume(desk, world, monkeypatch) -> None:
    from kith.kernel.transfer import run

    monkeypatch.setattr(run, "CHUNK", 2)
    olga = desk("olga")
    olga.send(("people.csv", "Email,Last name\n" + "".join(f"p{at}@a.example,P{at}\n" for at in range(6))))
    step = Progress.step

    def pause(self: Progress, done: int, total: int | None = None, message: Any = "") -> None:
        if done == 2:
            assert olga.api.post(f"/imports/{olga.id}/pause").status == 202
        step(self, done, total, message)

    monkeypatch.setattr(Progress, "step", pause)
    paused = olga.do("run")
    assert (paused["state"], paused["files"][0]["done"]) == ("paused", 2)
    assert "resume" in paused["can"] and "undo" in paused["can"]
    assert olga.change({"id": paused["files"][0]["id"], "mode": "create"}).status == 422, "it has begun"
    done = olga.do("resume")
    assert (done["state"], done["counts"]["created"]) == ("done", 6)
    assert olga.api.post(f"/imports/{olga.id}/pause").status == 422


def test_cancel_before_and_in_the_queue(desk, world) -> None:
    olga, before = desk("olga"), count(world, "contacts")
    olga.send(("people.csv", PEOPLE))
    assert olga.api.post(f"/imports/{olga.id}/run").status == 202
    assert olga.api.post(f"/imports/{olga.id}/cancel").json["state"] == "cancelled"
    assert work() == 0 and count(world, "contacts") == before
    assert olga.api.post(f"/imports/{olga.id}/run").status == 422


def test_files_that_were_deleted_are_asked_for_again(desk, world) -> None:
    from kith.kernel.transfer import store

    olga = desk("olga")
    olga.send(("people.csv", PEOPLE))
    store.forget(store.held(world.ctx("olga"), olga.id))
    for deed in ("check", "run"):
        assert olga.api.post(f"/imports/{olga.id}/{deed}").codes() == {("", "files_gone")}
    assert olga.show()["state"] == "mapped"


def test_large_files_are_looked_at_by_a_job(desk, monkeypatch) -> None:
    from kith.surfaces.rest import transfers

    monkeypatch.setattr(transfers, "AT_ONCE", 10)
    olga = desk("olga")
    made = olga.send(("people.csv", PEOPLE), match="email")
    assert made.status == 201 and made.json["state"] == "uploaded" and made.json["doing"]["deed"] == "look"
    work()
    assert (olga.show()["state"], olga.show()["files"][0]["match"]) == ("mapped", ["email"])


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_is_sent_is_looked_at(desk, settings) -> None:
    olga = desk("olga")
    assert olga.send().codes() == {("file", "required")}
    assert olga.api.post("/imports", {"file": "x"}).status == 415
    assert olga.send(("a.csv", PEOPLE), colour="red").codes() == {("colour", "unknown_parameter")}
    assert olga.send(("a.csv", PEOPLE), profile="acme").codes() == {("profile", "unknown_profile")}
    assert olga.send(("a.csv", PEOPLE), mode="replace").codes() == {("mode", "bad_mode")}
    assert olga.send(("a.csv", PEOPLE), match="no_such").codes() == {("match", "unknown_field")}
    assert olga.send(("a.csv", PEOPLE), object="nothings").status == 404
    assert olga.api.get("/imports?colour=red").codes() == {("colour", "unknown_parameter")}
    raw = olga.api.call("POST", "/imports", raw=b"nothing", content_type="multipart/form-data; boundary=x")
    assert raw.status == 400, raw.bytes
    settings.KITH_MAX_BODY = 20
    assert olga.send(("a.csv", PEOPLE)).status == 413
    assert not Import.objects.exists()


def test_a_file_that_cannot_be_read_says_so(desk) -> None:
    olga = desk("olga")
    made = olga.send(("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20), ("people.csv", PEOPLE))
    photo, people = made.json["files"]
    assert photo["refused"] and not people["refused"]
    assert olga.do("run")["counts"]["created"] == 1, "the others are imported"
    alone = desk("olga")
    alone.send(("empty.csv", ""))
    refused = alone.api.post(f"/imports/{alone.id}/run")
    assert refused.status == 422 and refused.json["errors"][0]["field"] == "empty.csv"


def test_an_idempotency_key_makes_one_import(desk) -> None:
    olga, key = desk("olga"), {"Idempotency-Key": "again"}
    first = olga.send(("people.csv", PEOPLE), headers=key)
    second = olga.send(("people.csv", PEOPLE), headers=key)
    assert first.status == 201 and second.json == first.json and second.headers["Idempotency-Replayed"] == "true"
    other = olga.send(("people.csv", PEOPLE + "x@a.example,,,\n"), headers=key)
    assert other.status == 422 and other.codes() == {("Idempotency-Key", "key_reused")}
    assert Import.objects.count() == 1
