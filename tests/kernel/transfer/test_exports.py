"""What is exported is what the actor may export, no program runs it, and our own import reads it back as it was."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import Forbidden, change
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy.models import Role
from kith.kernel.query.tree import BadFilter, from_json
from kith.kernel.records import read
from kith.kernel.records.read import Query
from kith.kernel.schema import load
from kith.kernel.transfer.everything import everything
from kith.kernel.transfer.export import FORMATS, export, write_xlsx
from kith.kernel.transfer.safe_csv import SIGNS
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import corpus
from tests.world import forget, leaks, make, mask_role

OBJECTS = ("companies", "contacts", "needs", "samples", "x_visits")


def written(ctx: Any, object: str, format: str, folder: Path, query: Query = Query()) -> Path:  # noqa: B008
    path = folder / f"{object}.{format}"
    spec = ctx.schema[object]
    if format == "xlsx":
        write_xlsx(ctx, spec, path, query)
    else:
        path.write_bytes(b"".join(export(ctx, spec, format, query)))
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


# --- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("object", OBJECTS)
@pytest.mark.parametrize("format", FORMATS)
def test_there_and_back_changes_nothing(
    bench: Bench, world: Any, tmp_path: Path, object: str, format: str, picture: Callable[[], str]
) -> None:
    ctx = world.ctx("system")
    for _count in range(3):
        make(ctx, ctx.schema[object])
    path = written(ctx, object, format, tmp_path)
    before, raw = picture(), path.read_bytes()
    report = bench.run("system", path)
    file, counts = report["files"][0], report["counts"]
    assert (file["vendor"], file["object"], file["refused"]) == ("kith", object, "")
    assert [one["problems"] for one in bench.rows("system")] == []
    assert (counts["unchanged"], counts["rows"]) == (counts["rows"], file["rows"])
    assert counts["rows"] >= 3
    assert picture() == before
    if format != "xlsx":
        assert written(world.ctx("system"), object, format, tmp_path).read_bytes() == raw


@pytest.mark.parametrize("format", FORMATS)
def test_naughty_strings_survive(bench: Bench, world: Any, tmp_path: Path, format: str) -> None:
    """Out, away with the records for good, and in again: every text is what it was."""
    ctx = world.ctx("system")
    spec = ctx.schema["companies"]
    kept: dict[str, tuple[str, str]] = {}
    for text in json.loads(corpus("security/blns/blns.json").read_text("utf-8")):
        try:
            done = change(ctx, spec, None, {"name": text[:200] or "-", "description": text, "industry": text[:120]})
        except (Exception, Unreadable):
            continue
        if format == "xlsx" and {"\ufffe", "\uffff"} & set(text):
            continue  # which XML cannot hold; the count of cut cells tells of it
        kept[str(done.id)] = (done.after["name"], done.after["description"] or "")
    assert len(kept) > 400
    path = written(ctx, "companies", format, tmp_path)
    spec.model._default_manager.all().delete()
    from kith.kernel.records.models import ContactPoint, ExternalKey

    ContactPoint.objects.all().delete()
    ExternalKey.objects.all().delete()
    bench.run("system", path)
    assert [one["problems"] for one in bench.rows("system", outcome="failed")] == []
    found: dict[str, tuple[str, str]] = {}
    fields = ("name", "description", "external_ids")
    for page in read.every(ctx, spec, Query(fields=fields)):
        for row in page.rows:
            found[dict(row["external_ids"])["kith"]] = (row["name"], row["description"] or "")
    assert {id: found[id] for id in kept} == kept


def test_no_cell_is_a_formula(world: Any, tmp_path: Path) -> None:
    ctx = world.ctx("system")
    for text in ("=1+1", "+1", "-1", "@x", "\u200b=1", "＝1", "|x", "%x", "'=1"):
        change(ctx, ctx.schema["companies"], None, {"name": f"{text} Ltd", "tags": [text], "description": f"  {text}"})
    for row in table(written(ctx, "companies", "csv", tmp_path)):
        for name in ("name", "description", "tags"):
            assert row[name][:1] not in SIGNS | {"＝", "\u200b"}, row[name]
    import openpyxl

    sheet = openpyxl.load_workbook(written(ctx, "companies", "xlsx", tmp_path)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b", "d"}  # no "f"


def test_a_long_text_in_a_sheet_is_cut_and_counted(world: Any, tmp_path: Path) -> None:
    ctx = world.ctx("system")
    change(ctx, ctx.schema["companies"], None, {"name": "Long", "description": "x" * 40_000})
    assert write_xlsx(ctx, ctx.schema["companies"], tmp_path / "a.xlsx") == 1


def test_chosen_fields_and_a_filter(world: Any, tmp_path: Path) -> None:
    ctx = world.ctx("ada")
    where = from_json({"field": "owner", "op": "eq", "value": str(world.people["olga"])})
    rows = table(written(ctx, "contacts", "csv", tmp_path, Query(where, fields=("last_name", "company"))))
    assert list(rows[0]) == ["id", "last_name", "company", "company.id"]
    assert len(rows) == 1
    with pytest.raises(BadFilter):
        export(ctx, ctx.schema["contacts"], "csv", Query(fields=("nothing",)))
    with pytest.raises(BadFilter):
        export(ctx, ctx.schema["contacts"], "doc")


# --- who may what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("object", ["companies", "contacts", "needs"])
def test_only_who_may_export_exports(world: Any, object: str) -> None:
    for name in ("olga", "tim", "rita", "noah", "anonymous", "olga_reads"):
        ctx = world.ctx(name)
        with pytest.raises(Forbidden):
            export(ctx, ctx.schema[object], "jsonl")


def test_an_export_holds_what_its_reader_sees_and_no_more(world: Any) -> None:
    """Mara exports what her teams have: nothing of Stella's, who is elsewhere."""
    ctx = world.ctx("mara")
    for object in ("companies", "contacts", "needs"):
        text = b"".join(export(ctx, ctx.schema[object], "jsonl")).decode()
        assert leaks(text, world.of(object, "stella")) == []
        assert leaks(text, world.of(object, "olga")) != []


def test_the_right_to_export_may_be_narrower_than_the_right_to_read(world: Any) -> None:
    Role.objects.filter(key="member").update(rights={"*": {"read": "team", "export": "own"}})
    load.bump()
    forget()
    ctx = world.ctx("olga")
    text = b"".join(export(ctx, ctx.schema["contacts"], "csv")).decode()
    assert leaks(text, world.of("contacts", "tim")) == []
    assert leaks(text, world.of("contacts", "olga")) != []
    assert leaks(b"".join(_jsonl(ctx)).decode(), world.of("contacts", "tim")) != []  # but read they may be


def _jsonl(ctx: Any) -> list[bytes]:
    page = read.rows(ctx, ctx.schema["contacts"], Query())
    return [json.dumps({name: str(value) for name, value in row.values.items()}).encode() for row in page.rows]


def test_hidden_fields_are_in_no_export(world: Any, tmp_path: Path) -> None:
    Role.objects.filter(key="masked").update(rights={"*": {"read": "all", "export": "all"}})
    mask_role({"contacts.phone": "hidden", "contacts.phones": "hidden", "companies.name": "hidden"})
    ctx = world.ctx("hugo")
    for object, names in (("contacts", {"phone", "phones"}), ("companies", {"name"})):
        for format in ("csv", "jsonl"):
            text = b"".join(export(ctx, ctx.schema[object], format)).decode()
            hidden = [one for one in world.canaries if one.object == object and one.field in names]
            assert leaks(text, hidden) == []
    everything(ctx, tmp_path / "all.zip", history=True)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert (
        leaks(
            text,
            [
                one
                for one in world.canaries
                if (one.object, one.field) in (("contacts", "phones"), ("companies", "name"))
            ],
        )
        == []
    )


# --- everything -----------------------------------------------------------------------------------------------------


def test_everything_goes_out_and_comes_back(
    bench: Bench, world: Any, tmp_path: Path, picture: Callable[[], str]
) -> None:
    ctx = world.ctx("ada")
    path = tmp_path / "all.zip"
    counts = everything(ctx, path, history=True)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        events = archive.read("history/contacts.jsonl").decode().splitlines()
        contacts = [json.loads(line) for line in archive.read("contacts.jsonl").decode().splitlines()]
        assert "tokens.jsonl" not in archive.namelist() or "digest" not in archive.read("tokens.jsonl").decode()
    assert manifest["objects"]["contacts"]["records"] == counts["contacts"] == len(contacts) >= 4
    assert {"emails", "phones", "external_ids", "companies", "tags"} <= set(contacts[0])
    assert len(events) >= counts["contacts"]
    before = picture()
    report = bench.run("ada", path)
    for file in report["files"]:
        if file["object"] in ("companies", "contacts", "needs", "x_visits"):
            assert (file["counts"].get("unchanged"), file["counts"]["rows"]) == (counts[file["object"]],) * 2
    assert picture() == before


def test_everything_of_somebody_who_may_export_nothing_is_empty(world: Any, tmp_path: Path) -> None:
    assert everything(world.ctx("olga"), tmp_path / "all.zip") == {}
