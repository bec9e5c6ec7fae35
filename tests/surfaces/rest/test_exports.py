"""Exports over REST: what the list shows, for whom it shows it."""

from __future__ import annotations

import io
import zipfile

import pytest

from kith.kernel.kit import json
from tests.surfaces.rest.conftest import ROOT
from tests.surfaces.rest.desk import count, read_csv, streamed
from tests.world import mask_role


def test_an_export_is_what_the_list_shows(api, world) -> None:
    mara = api("mara")
    query = "filter=owner:me&fields=name,email,company"
    listed = mara.get(f"/contacts?{query}").json["items"]
    found = mara.client.get(f"{ROOT}/contacts/export?format=csv&{query}")
    assert found.status_code == 200 and found.streaming
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert found.headers["Content-Disposition"].startswith('attachment; filename="Contacts-')
    rows = read_csv(streamed(found))
    assert [one["id"] for one in rows] == [one["id"] for one in listed] and rows
    assert list(rows[0]) == ["id", "name", "email", "company", "company.id"]
    lines = streamed(mara.client.get(f"{ROOT}/contacts/export?format=jsonl&{query}")).splitlines()
    assert [json.loads(one)["id"] for one in lines] == [one["id"] for one in listed]
    book = mara.client.get(f"{ROOT}/contacts/export?format=xlsx&{query}")
    assert book.headers["Content-Type"].endswith("spreadsheetml.sheet")
    from openpyxl import load_workbook

    sheet = list(load_workbook(io.BytesIO(streamed(book))).active.iter_rows(values_only=True))
    assert [one[0] for one in sheet[1:]] == [one["id"] for one in listed]


def test_the_name_of_the_file_is_in_the_language_of_the_caller(api) -> None:
    found = api("mara").client.get(f"{ROOT}/contacts/export", headers={"Accept-Language": "zh-hans"})
    assert found.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%")
    streamed(found)


def test_order_and_the_bin(api, world) -> None:
    ada = api("ada")
    for name in ("Zed", "Amy"):
        ada.post("/contacts", {"name": f"{name} Exporter"})
    down = read_csv(streamed(ada.client.get(f"{ROOT}/contacts/export?filter=name~exporter&sort=-name&fields=name")))
    assert [one["name"] for one in down] == ["Zed Exporter", "Amy Exporter"]
    ada.delete(f"/contacts/{down[0]['id']}")
    binned = read_csv(streamed(ada.client.get(f"{ROOT}/contacts/export?filter=name~exporter&deleted=true&fields=name")))
    assert [one["name"] for one in binned] == ["Zed Exporter"]


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("format=pdf", 400, "format"), ("filter=no_such:1", 400, ""), ("sort=no_such", 400, ""),
        ("fields=no_such", 400, ""), ("fields=,", 400, "fields"), ("limit=5", 400, "limit"),
        ("colour=1", 400, "colour"),
    ],
)  # fmt: skip
def test_a_wrong_export_is_refused_before_it_begins(api, query, status, named) -> None:
    found = api("ada").get(f"/contacts/export?{query}")
    assert found.status == status and found.headers["Content-Type"] == "application/problem+json"
    assert not named or [one["field"] for one in found.json["errors"]] == [named]


def test_a_head_has_the_headers_and_no_body(api) -> None:
    found = api("ada").call("HEAD", "/contacts/export")
    assert (found.status, found.bytes) == (200, b"") and "attachment" in found.headers["Content-Disposition"]


def test_who_may_export(api, world) -> None:
    for who, status in (("olga", 403), ("rita", 403), ("noah", 404), ("anonymous", 401), ("olga_reads", 403)):
        assert api(who).get("/contacts/export").status == status, who
    assert api("ada").get("/nothings/export").status == 404
    mine = streamed(api("mara").client.get(f"{ROOT}/contacts/export")).decode()
    assert str(world.records["contacts", "olga"]) in mine and str(world.records["contacts", "stella"]) not in mine


def test_a_hidden_field_is_in_no_export(api, world) -> None:
    from kith.kernel.policy.models import Role
    from kith.kernel.schema import load
    from tests.world import forget

    Role.objects.filter(key="masked").update(rights={"*": {"read": "all", "export": "all"}})
    mask_role({"contacts.email": "hidden", "contacts.emails": "hidden"})
    load.bump()
    forget()
    hugo = api("hugo")
    for form in ("csv", "jsonl"):
        text = streamed(hugo.client.get(f"{ROOT}/contacts/export?format={form}")).decode()
        assert not [
            one for one in world.of("contacts", "olga") if one.field in ("email", "emails") and one.needle in text
        ]
        assert str(world.records["contacts", "olga"]) in text
    assert hugo.get("/contacts/export?fields=email").status == 400


def test_everything_is_for_administrators(api, world) -> None:
    for who, status in (("mara", 403), ("olga", 403), ("noah", 403), ("anonymous", 401), ("olga_reads", 403)):
        assert api(who).get("/export").status == status, who
    found = api("ada").client.get(f"{ROOT}/export?history=1")
    assert found.streaming and found.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(streamed(found))) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("manifest.json"))["objects"]
        lines = archive.read("contacts.jsonl").splitlines()
        assert len(lines) == told["contacts"]["records"] == count(world, "contacts")
        assert "history/contacts.jsonl" in archive.namelist()
