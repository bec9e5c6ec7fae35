"""Files in a field: brought by a form, a cell or a program, saved to disk, had by whoever may read the field."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kith.kernel.fields import file as file_type
from kith.kernel.query.tree import BadFilter
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.history import history
from kith.kernel.records.undo import undo
from kith.kernel.transfer.export import fields_of
from tests.world import World, mask_role

PAGE = b"<html><script>alert(1)</script></html>"
PDF = b"%PDF-1.7 harbour"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    place = tmp_path / "files"
    options = {"location": place}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return place


def held(world: World, id: Any) -> Any:
    ctx = world.ctx("ada")
    return read.one(ctx, ctx.schema["samples"], id, ("picture",)).rows[0]["picture"]


def at(id: Any, field: str = "picture") -> str:
    return f"/samples/{id}/file/{field}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_form_brings_it_and_takes_it_away(world: World, client_as: Any, folder: Path) -> None:
    olga = client_as("olga")
    form = olga.get("/samples/new").content.decode()
    assert 'type="file"' in form and 'enctype="multipart/form-data"' in form
    sent = {"title": "Offer", "picture": SimpleUploadedFile("Angebot 合同.pdf", PDF, "text/html")}
    to = olga.post("/samples/new", sent).headers["Location"]
    id = to.split("?")[0].rpartition("/")[2]
    found = held(world, id)
    assert (found.name, found.size, found.type) == ("Angebot 合同.pdf", len(PDF), "application/pdf")
    page = olga.get(f"/samples/{id}").content.decode()
    assert at(id) in page and "Angebot 合同.pdf" in page
    answer = olga.get(at(id))
    assert (answer.status_code, body(answer)) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Angebot")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    olga.post(f"/samples/{id}/edit", {"title": "Offer two"})
    assert held(world, id) == found, "no file chosen: it stays"
    olga.post(f"/samples/{id}/edit", {"title": "Offer", "picture-remove": "1"})
    assert held(world, id) is None
    assert olga.get(at(id)).status_code == 404


def test_a_cell_brings_it_and_an_undo_brings_the_one_before(world: World, client_as: Any) -> None:
    olga, id = client_as("olga"), world.records["samples", "olga"]
    assert 'hx-encoding="multipart/form-data"' in olga.get(f"/samples/{id}/cell/picture", headers=HTMX).content.decode()
    for word in (b"one", b"two"):
        sent = {"picture": SimpleUploadedFile("a.txt", word)}
        answer = olga.post(f"/samples/{id}/cell/picture", sent, headers=HTMX)
        assert answer.status_code == 200 and at(id) in answer.content.decode()
    ctx = world.ctx("olga")
    undo(ctx, history(ctx, ctx.schema["samples"], id, limit=1)[0].id)
    assert body(olga.get(at(id))) == b"one"


def test_a_page_is_never_a_page(world: World, client_as: Any) -> None:
    """Whatever a file says of itself, a browser saves it and runs nothing."""
    olga, id = client_as("olga"), world.records["samples", "olga"]
    olga.post(f"/samples/{id}/edit", {"picture": SimpleUploadedFile("x.html", PAGE, "text/html")})
    answer = olga.get(at(id))
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    olga.post(f"/samples/{id}/edit", {"picture": SimpleUploadedFile("../../etc/passwd", b"\x00\x01", "image/png")})
    found = held(world, id)
    assert "/" not in found.name and found.type == "application/octet-stream"


def test_one_that_is_too_large(world: World, client_as: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for module in ("kith.kernel.fields.file", "kith.surfaces.web.posted"):
        monkeypatch.setattr(f"{module}.LARGEST_NEW", 3_000_000)
    olga, id = client_as("olga"), world.records["samples", "olga"]
    before = held(world, id)
    answer = olga.post(f"/samples/{id}/edit", {"picture": SimpleUploadedFile("a.bin", bytes(3_000_001))})
    assert answer.status_code == 422 and "3 MB" in answer.content.decode()
    assert held(world, id) == before
    assert not folder.exists(), "nothing was stored"


def test_rights_and_masks(world: World, client_as: Any) -> None:
    id = world.records["samples", "olga"]
    client_as("olga").post(f"/samples/{id}/edit", {"picture": SimpleUploadedFile("a.pdf", PDF)})
    for who, status in (("tim", 200), ("stella", 404), ("noah", 404), ("ada", 200)):
        assert client_as(who).get(at(id)).status_code == status, who
    assert client_as("hugo").get(at(id)).status_code == 200
    mask_role({"samples.picture": "hidden"})
    assert client_as("hugo").get(at(id)).status_code == 404
    for field in ("title", "nothing"):
        assert client_as("ada").get(at(id, field)).status_code == 404
    ctx = world.ctx("ada")
    lost = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "lost.pdf"}
    change(ctx, ctx.schema["samples"], id, {"picture": lost})
    assert client_as("ada").get(at(id)).status_code == 404, "a reference to bytes that are not there"


def test_a_program_brings_it_in_base64(world: World, client_as: Any) -> None:
    id = world.records["samples", "olga"]
    api = f"/api/v1/samples/{id}"

    def patch(value: Any) -> Any:
        return client_as("olga").patch(api, json.dumps({"picture": value}), content_type="application/json")

    done = patch({"name": "a.pdf", "content": base64.b64encode(PDF).decode()})
    assert done.status_code == 200, done.content
    wire = done.json()["picture"]
    assert (wire["name"], wire["size"], wire["content_type"]) == ("a.pdf", len(PDF), "application/pdf")
    assert "content" not in wire
    answer = client_as("olga").get(f"{api}/files/picture")
    assert (answer.content, answer.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert client_as("stella").get(f"{api}/files/picture").status_code == 404
    assert client_as("olga").get(f"{api}/files/title").status_code == 404
    for wrong in ({"name": "a", "content": "***"}, {"content": "QQ=="}, {"name": "", "content": ""}, {"name": 3}):
        assert patch(wrong).status_code == 422, wrong
    assert patch(wire).json()["picture"] == wire, "what was read may be written back"


def test_exports_leave_it_out_in_words(world: World) -> None:
    ctx = world.ctx("ada")
    spec = ctx.schema["samples"]
    assert "picture" not in [one.name for one in fields_of(ctx, spec)]
    with pytest.raises(BadFilter, match=r"picture.*backup"):
        fields_of(ctx, spec, ("title", "picture"))
    assert file_type.LARGEST_NEW <= 25_000_000
