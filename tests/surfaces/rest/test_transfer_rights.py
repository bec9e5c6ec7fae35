"""Whose imports: nobody sees those of another, nor in their own what is hidden from them."""

from __future__ import annotations

from typing import Any

from kith.kernel.records.change import change
from tests.surfaces.rest.desk import FIRMS, PEOPLE, count, work
from tests.world import mask_role


def test_nobody_sees_the_import_of_another(desk, world) -> None:
    olga = desk("olga")
    (file,) = olga.send(("people.csv", PEOPLE)).json["files"]
    olga.do("check")
    (row,) = olga.rows()
    paths = [
        ("GET", ""), ("PATCH", ""), ("GET", "/rows"), ("GET", "/refused.csv"), ("PATCH", f"/rows/{row['id']}"),
        ("GET", f"/files/{file['id']}/preview"), ("POST", f"/files/{file['id']}/fields"), ("POST", "/mend"),
        *(("POST", f"/{deed}") for deed in ("check", "run", "resume", "undo", "pause", "cancel")),
    ]  # fmt: skip
    for who in ("tim", "stella", "mara", "rita", "noah"):
        other = desk(who)
        assert other.api.get("/imports").json["items"] == []
        for method, path in paths:
            body = {"files": []} if path == "" else {"columns": ["x"]} if "/fields" in path else {"cells": {}}
            bare = method == "GET" or path.count("/") == 1
            found = other.api.call(method, f"/imports/{olga.id}{path}", None if bare else body)
            assert found.status == 404, (who, method, path, found.bytes)
            assert "lin@a" not in found.bytes.decode()
    for method, path in paths:
        assert desk("anonymous").api.call(method, f"/imports/{olga.id}{path}").status == 401
    assert desk("ada").api.get(f"/imports/{olga.id}").status == 200, "who administers, answers for all"
    assert olga.show()["state"] == "checked"


def test_a_read_only_person_and_token_import_nothing(desk, world) -> None:
    assert desk("rita").send(("people.csv", PEOPLE)).status == 403
    assert desk("noah").send(("people.csv", PEOPLE)).status == 403
    assert desk("anonymous").send(("people.csv", PEOPLE)).status == 401
    olga, reads = desk("olga"), desk("olga_reads")
    assert reads.send(("people.csv", PEOPLE)).status == 403
    (file,) = olga.send(("people.csv", PEOPLE)).json["files"]
    reads.id = olga.id
    assert reads.api.get(f"/imports/{olga.id}").status == 200, "it reads what its user reads"
    for deed in ("check", "run", "cancel"):
        assert reads.api.post(f"/imports/{olga.id}/{deed}").status == 403, deed
    assert reads.change({"id": file["id"], "mode": "create"}).status == 403
    assert work() == 0 and olga.show()["state"] == "mapped"


def test_a_token_for_contacts_knows_no_imports_of_companies(desk, world) -> None:
    olga, scoped = desk("olga"), desk("olga_contacts")
    olga.send(("people.csv", PEOPLE), ("firms.csv", FIRMS))
    assert scoped.api.get(f"/imports/{olga.id}").status == 404
    assert scoped.api.get("/imports").json["items"] == []
    assert scoped.send(("firms.csv", FIRMS), object="companies").status == 404
    before = count(world, "companies")
    made = scoped.send(("people.csv", PEOPLE.replace("no address", "bo@a.example")))
    assert made.status == 201 and made.json["files"][0]["object"] == "contacts"
    assert scoped.change({"id": made.json["files"][0]["id"], "object": "companies"}).status == 404
    scoped.do("run")
    assert count(world, "companies") == before, "it makes no company on the way"


def test_hidden_fields_are_in_no_preview_error_or_report(desk, world) -> None:
    mask_role({"contacts.phone": "hidden", "contacts.phones": "hidden", "contacts.department": "hidden"})
    hugo = desk("hugo")
    tims = world.records["contacts", "tim"]
    ada = world.ctx("ada")
    change(ada, ada.schema["contacts"], tims, {"department": "HIDDEN-OLD", "email": "tim@a.example"})
    text = "Email,Department,Job title\ntim@a.example,HIDDEN-NEW,Cook\n"
    (file,) = hugo.send(("people.csv", text), object="contacts").json["files"]
    assert {one["column"]: one["field"] for one in file["lines"]}["Department"] == ""
    wish = {"id": file["id"], "lines": [{"column": "Department", "field": "department"}]}
    assert hugo.change(wish).codes() == {("Department", "bad_mapping")}
    assert hugo.change({"id": file["id"], "match": ["phone"]}).status == 422
    hugo.do("check")
    preview = hugo.api.get(f"/imports/{hugo.id}/files/{file['id']}/preview")
    rows = hugo.api.get(f"/imports/{hugo.id}/rows")
    report = hugo.api.get(f"/imports/{hugo.id}")
    (told,) = report.json["files"][0]["checked"]["changes"]
    assert told["diff"].keys() == {"job_title"}
    for one in (preview, rows, report):
        assert b"HIDDEN-OLD" not in one.bytes


def test_what_became_hidden_since_is_told_no_more(desk, world) -> None:
    mask_role({})
    hugo = desk("hugo")
    ada = world.ctx("ada")
    change(
        ada,
        ada.schema["contacts"],
        world.records["contacts", "tim"],
        {"department": "HIDDEN-OLD", "email": "tim@a.example"},
    )
    hugo.send(("people.csv", "Email,Department\ntim@a.example,Kitchen\n"), object="contacts")
    hugo.do("check")
    assert "HIDDEN-OLD" in str(hugo.show())
    mask_role({"contacts.department": "hidden"})
    assert "HIDDEN-OLD" not in str(hugo.show())


def test_answers_are_as_the_document_says(desk) -> None:
    import jsonschema_rs

    olga = desk("olga")
    document = olga.api.get("/openapi.json").json
    types = document["components"]["schemas"]

    def holds(name: str, value: Any) -> None:
        jsonschema_rs.validate({**types[name], "components": document["components"]}, value)

    made = olga.send(("people.csv", PEOPLE), ("firms.csv", FIRMS)).json
    holds("Import", made)
    holds("ImportChange", {"files": [{"id": made["files"][0]["id"], "lines": made["files"][0]["lines"]}]})
    assert olga.change({"id": made["files"][0]["id"], "lines": made["files"][0]["lines"]}).status == 200
    holds("Import", olga.api.post(f"/imports/{olga.id}/check").json)
    work()
    holds("Import", olga.show())
    for row in olga.rows():
        holds("ImportRow", row)
    assert [one["id"] for one in olga.api.get("/imports").json["items"]] == [olga.id]
    paths = set(document["paths"])
    assert "/imports/{id}/undo" in paths and "/export" not in paths and "/contacts/export" not in paths
    assert {"/export", "/contacts/export"} <= set(desk("ada").api.get("/openapi.json").json["paths"])
    assert not [one for one in desk("rita").api.get("/openapi.json").json["paths"] if "import" in one]
