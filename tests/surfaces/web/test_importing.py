"""Imports on the web, page by page without script; exports of a list, of what is ticked in it, and of everything."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kith.kernel.jobs import acting
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Failed, Progress
from kith.kernel.jobs.task import find
from kith.kernel.records.change import change
from kith.kernel.records.sight import living
from kith.kernel.transfer.models import Import, ImportFile, ImportRow
from tests.world import World, leaks, mask_role

PEOPLE = (
    "Email,First name,Last name,Company,Lifecycle stage,Birthday\n"
    "lin@a.example,Lin,Yue,Pine Ltd,customer,13/04/1990\n"
    "no address,Bo,Ek,Pine Ltd,hot one,14/05/1991\n"
)
FIRMS = "Company name,Website\nPine Ltd,https://pine.example\n"


class Desk:
    """Somebody at the pages of an import."""

    def __init__(self, client: Any) -> None:
        self.client, self.id, self.page = client, "", ""

    def send(self, *files: tuple[str, str | bytes], **more: str) -> Any:
        held = [SimpleUploadedFile(name, one.encode() if isinstance(one, str) else one) for name, one in files]
        found = self.client.post("/import", {"file": held, **more})
        if found.status_code == 302:
            self.id = found.url.rsplit("/", 1)[1]
            self.open()
        return found

    def open(self, query: str = "") -> str:
        found = self.client.get(f"/import/{self.id}{query}")
        assert found.status_code == 200, found.content
        self.page = found.content.decode()
        return self.page

    def do(self, deed: str, status: int = 302, **more: str) -> str:
        found = self.client.post(f"/import/{self.id}/{deed}", more)
        assert found.status_code == status, found.content
        work()
        return self.open()

    def form(self, file: int = 0) -> dict[str, Any]:
        """What a browser would send of the form of a file: read off the page."""
        section = self.page.split('class="k-imp-file"')[file + 1]
        made: dict[str, Any] = {}
        for name, inside in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', section, re.DOTALL):
            values = re.findall(r'<option value="([^"]*)"( selected)?', inside)
            made[name] = next((value for value, on in values if on), values[0][0] if values else "")
        for tag in re.findall(r"<input[^>]*>", section):
            kind, name = (re.search(rf'{one}="([^"]*)"', tag) for one in ("type", "name"))
            value = re.search(r'value="([^"]*)"', tag)
            if kind and name and (kind[1] == "hidden" or " checked" in tag) and name[1] not in ("read",):
                made.setdefault(name[1], []).append(value[1] if value else "")
        for name in ("object", "profile", "encoding", "delimiter", "header", "csrfmiddlewaretoken"):
            made.pop(name, None)
        return made

    def save(self, values: dict[str, Any], file: int = 0, status: int = 302, **headers: str) -> Any:
        ids = list(ImportFile.objects.filter(job=self.id).order_by("position").values_list("pk", flat=True))
        found = self.client.post(f"/import/{self.id}/files/{ids[file]}", values, headers=headers)
        assert found.status_code == status, found.content
        return found


def work() -> None:
    """Do the jobs that wait, as a worker does: with a fresh context from who asked."""
    for one in Job.objects.filter(state="ready", task__startswith="imports.").order_by("id"):
        task = find(one.task)
        assert task is not None
        with suppress(Failed):
            task(acting.context(one.actor), Progress(), **one.args)
        Job.objects.filter(pk=one.pk).update(state="done", unique_key=None)


@pytest.fixture
def desk(client_as: Callable[[str], Any], settings: Any, tmp_path: Path) -> Callable[[str], Desk]:
    settings.KITH_DATA = tmp_path / "data"
    return lambda name: Desk(client_as(name))


def count(world: World, object: str) -> int:
    return int(living(world.ctx("system").schema[object]).count())


def streamed(found: Any) -> bytes:
    return b"".join(found.streaming_content)


def test_the_whole_way_without_script(desk, world) -> None:
    olga, before = desk("olga"), (count(world, "contacts"), count(world, "companies"))
    assert olga.send(("people.csv", PEOPLE)).status_code == 302
    assert "people.csv" in olga.page and "2 rows" in olga.page and "lin@a.example" in olga.page
    form = olga.form()
    assert (form["to-0"], form["to-1"], form["to-3"]) == ("emails", "first_name", "company")
    assert (form["order-5"], form["mode"], form["match"]) == ("dmy", ["upsert"], ["external_id", "email"])
    page = olga.do("check")
    assert "This is what would happen" in page and "Made on the way: 1 company" in page
    assert "Import 1 record" in page and (count(world, "contacts"), count(world, "companies")) == before

    row = ImportRow.objects.get(file__job=olga.id, run=False, outcome="f")
    assert f"row-{row.pk}" in page and "no address" in page and "Row 3" in page
    assert olga.client.post(f"/import/{olga.id}/rows/{row.pk}", {"cell:Email": "bo@a.example"}).status_code == 302
    assert "Mended" in olga.open()
    page = olga.do("check")
    assert "Refused rows" not in page and "Import 2 records" in page

    page = olga.do("run")
    assert "The import is done" in page and "Show the added contacts" in page
    shown = re.search(r'href="(/contacts\?filter=[^"]+)"', page)
    assert shown is not None
    listed = olga.client.get(shown[1].replace("&amp;", "&")).content.decode()
    assert "lin@a.example" in listed and "bo@a.example" in listed and "CNR-contacts" not in listed
    assert (count(world, "contacts"), count(world, "companies")) == (before[0] + 2, before[1] + 1)

    page = olga.do("undo")
    assert "The import is undone" in page
    assert (count(world, "contacts"), count(world, "companies")) == before
    mine = olga.client.get("/import").content.decode()
    assert f"/import/{olga.id}" in mine and "Undone" in mine


def test_fields_values_dates_and_ways_are_chosen(desk, world) -> None:
    olga = desk("olga")
    olga.send(("people.csv", PEOPLE.replace("13/04", "03/04").replace("14/05", "04/05")))
    form = olga.form()
    places = [one for one in form if one.startswith("choice-4-")]
    assert [form[one] for one in places] == ["customer", ""], "the most frequent first, then by name"
    assert "1 value without a choice" in olga.page
    olga.save({**form, "to-2": "department", places[1]: "lead", "order-5": "mdy", "mode": "create", "match": ["email"]})
    page = olga.open("?step=fields")
    assert "Match key" in page and "2 values, all known" in page
    saved = ImportFile.objects.get(job=olga.id).mapping
    assert (saved["mode"], saved["match"], saved["create"]) == ("create", ["email"], ["company"])
    olga.do("run")
    api = world.ctx("olga")
    from kith.kernel.query.tree import Is
    from kith.kernel.records import read

    spec = api.schema["contacts"]
    fields = ("department", "birthday", "lifecycle_stage")
    (row,) = read.rows(api, spec, read.Query(Is("email", "eq", "lin@a.example"), fields=fields)).rows
    assert (row["department"], str(row["birthday"]), row["lifecycle_stage"]) == ("Yue", "1990-03-04", "customer")


def test_with_script_the_file_comes_back_as_it_is_now(desk) -> None:
    olga = desk("olga")
    olga.send(("people.csv", PEOPLE))
    form = olga.form()
    found = olga.save({**form, "to-0": ""}, status=200, **{"HX-Request": "true"})
    assert "5 of 6 are filled in" in found.content.decode()
    wrong = olga.save({**form, "to-0": "no_such"}, status=422, **{"HX-Request": "true"})
    assert "no field “no_such”" in wrong.content.decode()


def test_reading_otherwise_leaving_out_and_throwing_away(desk) -> None:
    olga = desk("olga")
    olga.send(("people.csv", PEOPLE), ("firms.csv", FIRMS))
    olga.save({"read": "1", "object": "companies"})
    assert ImportFile.objects.filter(job=olga.id, name="people.csv").get().mapping["object"] == "companies"
    refused = olga.save({"read": "1", "object": "contacts", "delimiter": ";"}, status=422)
    assert "No column of this file looks like a field of Contacts" in refused.content.decode()
    olga.save({"leave_out": "1"}, file=1)
    assert ImportFile.objects.filter(job=olga.id).count() == 1
    assert "The import was stopped" in olga.do("cancel")
    assert olga.client.post(f"/import/{olga.id}/run").status_code == 422


def test_another_encoding_stays_when_the_object_changes(desk) -> None:
    olga = desk("olga")
    olga.send(("people.csv", "Name,City\nLin,Berlin\nBo,Kiel\n"), object="contacts")
    olga.save({"read": "1", "object": "contacts", "encoding": "gb18030", "delimiter": ",", "header": "1"})
    olga.save({"read": "1", "object": "companies", "encoding": "gb18030", "delimiter": ",", "header": "1"})
    file = ImportFile.objects.get(job=olga.id)
    assert (file.mapping["object"], file.layout["encoding"]) == ("companies", "gb18030")


def test_an_administrator_makes_a_field_on_the_way(desk) -> None:
    text = "Email,Tea or coffee\n" + "".join(f"p{at}@a.example,{'tea' if at % 2 else 'coffee'}\n" for at in range(12))
    ada, olga = desk("ada"), desk("olga")
    ada.send(("people.csv", text), object="contacts")
    assert 'name="make" value="1"' in ada.page
    ada.save({**ada.form(), "make": "1"})
    assert ada.open() and ada.form()["to-1"] == "x_tea_or_coffee" and "2 values, all known" in ada.page
    olga.send(("people.csv", text.replace("Tea", "Milk")), object="contacts")
    assert 'name="make"' not in olga.page
    olga.save({**olga.form(), "make": "1"}, status=403)


def test_errors_name_the_row_and_how_to_go_on(desk) -> None:
    olga = desk("olga")
    empty = olga.client.post("/import", {})
    assert empty.status_code == 422 and "Choose a file first" in empty.content.decode()
    olga.send(("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))))
    assert "This is not a text file" in olga.page and "Check all rows" not in olga.page
    assert "refused" not in olga.page and olga.client.post(f"/import/{olga.id}/check").status_code == 422
    olga.send(("people.csv", PEOPLE))
    page = olga.do("run")
    assert "Row 3" in page and "Expected an address" in page and "try again" in page
    file = olga.client.get(f"/import/{olga.id}/refused.csv")
    (line,) = csv.DictReader(io.StringIO(streamed(file).decode("utf-8-sig")))
    assert (line["Email"], line["Row"]) == ("no address", "3") and "Email" in line["Reason"]
    row = ImportRow.objects.get(file__job=olga.id, run=True, outcome="f")
    path = f"/import/{olga.id}/rows/{row.pk}"
    part = olga.client.post(path, {"cell:Email": "bo@a.example"}, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<li") and "Mended" in part and "Expected an address" not in part
    left = olga.client.post(path, {"leave": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert "Left out" in left and "Take it back in" in left
    olga.client.post(path, {"keep": "1"})
    page = olga.do("mend")
    assert "Refused rows" not in page and "2 of 2 rows" in page


def test_too_much_at_once(desk, settings) -> None:
    settings.KITH_MAX_BODY = 50
    olga = desk("olga")
    found = olga.send(("people.csv", PEOPLE))
    assert found.status_code == 422 and "All files together" in found.content.decode() and not Import.objects.exists()


def test_who_may_import_and_whose(desk, world) -> None:
    olga = desk("olga")
    olga.send(("people.csv", PEOPLE))
    olga.do("check")
    row = ImportRow.objects.get(file__job=olga.id, outcome="f")
    file = ImportFile.objects.get(job=olga.id)
    gets = ["", "?step=fields", "/rows", "/refused.csv"]
    posts = [f"/files/{file.pk}", f"/rows/{row.pk}", "/check", "/run", "/cancel", "/undo", "/mend", "/pause", "/resume"]
    for who in ("tim", "mara", "stella", "rita", "noah"):
        other = desk(who)
        for path in gets:
            found = other.client.get(f"/import/{olga.id}{path}")
            assert found.status_code == 404 and "lin@a" not in found.content.decode(), (who, path)
        for path in posts:
            assert other.client.post(f"/import/{olga.id}{path}").status_code == 404, (who, path)
    for who in ("rita", "noah"):
        assert desk(who).client.get("/import").status_code == 403
        assert desk(who).send(("people.csv", PEOPLE)).status_code == 403
    assert desk("anonymous").client.get("/import").status_code == 302
    assert "people.csv" not in desk("tim").client.get("/import").content.decode()
    ada = desk("ada").client.get("/import").content.decode()
    assert "people.csv" in ada and "Olga" in ada
    assert 'href="/import?object=contacts"' in olga.client.get("/contacts").content.decode()
    assert "/import?" not in desk("rita").client.get("/contacts").content.decode()


def test_hidden_fields_are_nowhere(desk, world) -> None:
    mask_role({"contacts.department": "hidden"})
    ada = world.ctx("ada")
    tims = world.records["contacts", "tim"]
    change(ada, ada.schema["contacts"], tims, {"department": "HIDDEN-OLD", "email": "tim@a.example"})
    hugo = desk("hugo")
    hugo.send(("people.csv", "Email,Department,Job title\ntim@a.example,Kitchen,Cook\n"), object="contacts")
    assert 'value="department"' not in hugo.page
    hugo.save({**hugo.form(), "to-1": "department"}, status=422)
    page = hugo.do("check")
    assert "Cook" in page and "HIDDEN-OLD" not in page
    hidden = [one for one in world.of("contacts", "tim") if one.field == "department"]
    assert not leaks(page, hidden)


# --- exports ----------------------------------------------------------------------------------------------------------


def test_an_export_is_what_the_list_shows(client_as, world) -> None:
    mara = client_as("mara")
    page = mara.get("/contacts?view=mine&columns=name,email").content.decode()
    assert "/contacts/export?format=csv&amp;view=mine" in page
    found = mara.get("/contacts/export?format=csv&view=mine&columns=name,email")
    rows = list(csv.DictReader(io.StringIO(streamed(found).decode("utf-8-sig"))))
    assert [one["id"] for one in rows] == [str(world.records["contacts", "mara"])]
    assert list(rows[0]) == ["id", "name", "email"]
    every = mara.get("/contacts/export?format=csv&view=mine&fields=all")
    assert "job_title" in streamed(every).decode().splitlines()[0]
    picked = [str(world.records["contacts", one]) for one in ("tim", "olga")]
    sent = mara.post("/contacts/export?columns=name", {"format": "jsonl", "ids": ",".join(picked)})
    assert re.findall(r'"id":"([^"]+)"', streamed(sent).decode()) == picked
    book = streamed(mara.post("/contacts/export", {"format": "xlsx", "ids": picked[0]}))
    assert book[:2] == b"PK"
    beyond = mara.post("/contacts/export", {"format": "csv", "ids": str(world.records["contacts", "stella"])})
    assert streamed(beyond).decode().count("\n") == 1, "the head alone"


def test_who_may_export_from_the_list(client_as, world) -> None:
    assert client_as("mara").post("/contacts/export", {"format": "csv"}).status_code == 422
    assert client_as("mara").get("/contacts/export?format=pdf").status_code == 400
    for who in ("olga", "rita"):
        assert client_as(who).get("/contacts/export").status_code == 403
        assert "export-menu" not in client_as(who).get("/contacts").content.decode()
    assert client_as("noah").get("/contacts/export").status_code == 404


def test_everything_for_administrators(client_as, world) -> None:
    from kith.kernel.events.models import Event

    for who in ("mara", "olga"):
        assert client_as(who).get("/settings/export").status_code == 403
        assert client_as(who).get("/settings/export/everything").status_code == 403
    ada = client_as("ada")
    assert "/settings/export/everything" in ada.get("/settings/export").content.decode()
    with zipfile.ZipFile(io.BytesIO(streamed(ada.get("/settings/export/everything")))) as archive:
        assert archive.testzip() is None and "contacts.jsonl" in archive.namelist()
    assert Event.objects.get(object="export", verb="downloaded").actor == world.people["ada"]


def test_the_palette_leads_to_the_import(client_as) -> None:
    assert 'href="/import"' in client_as("olga").get("/palette?q=import").content.decode()
    assert 'href="/import"' not in client_as("rita").get("/palette?q=import").content.decode()


def test_a_real_export_of_google(desk, world) -> None:
    if "KITH_CORPORA" not in os.environ:
        pytest.skip("KITH_CORPORA is not set")
    path = Path(os.environ["KITH_CORPORA"]) / "csv" / "contacts_google_new_utf8.csv"
    olga, before = desk("olga"), count(world, "contacts")
    olga.send((path.name, path.read_bytes()))
    assert "Looks like" in olga.page and "Google" in olga.page
    assert "The import is done" in olga.do("run")
    assert count(world, "contacts") > before
