"""Rows of an import that need a person: mended before or after the run, or left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kith.api import NotFound
from kith.kernel.transfer import job as imports
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import contact


def test_a_bad_row_is_mended_before_the_run(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", table([["Email", "Last name"], ["nonsense", "A"], ["also nonsense", "B"]]))
    bench.check("olga", path)
    first, second = bench.rows("olga", run=False)
    ctx = world.ctx("olga")
    imports.edit(ctx, bench.id, first["id"], {"Email": "a@example.com"})
    imports.edit(ctx, bench.id, second["id"], leave_out=True)
    imports.check(ctx, bench.id)
    assert bench.report("olga")["files"][0]["checked"]["counts"]["created"] == 1
    imports.carry_out(ctx, bench.id)
    found = bench.report("olga")["counts"]
    assert (found["created"], found["skipped"], found["failed"]) == (1, 1, 0)
    assert contact(world, "a@example.com") is not None


def test_a_bad_row_is_mended_after_the_run(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(
        tmp_path, "a.csv", table([["Email", "Last name"], ["nonsense", "A"], ["b@example.com", "B"], ["nope", "C"]])
    )
    bench.run("olga", path)
    ctx = world.ctx("olga")
    imports.edit(ctx, bench.id, bench.rows("olga")[0]["id"], {"Email": "a@example.com"})
    imports.mend(ctx, bench.id)
    found = bench.report("olga")["counts"]
    assert (found["rows"], found["created"], found["failed"]) == (3, 2, 1)
    assert [one["row"] for one in bench.rows("olga")] == [4]
    imports.take_back(ctx, bench.id)  # the same batch, so the same undo
    assert contact(world, "a@example.com") is None


def test_with_bad_values_left_out_the_rest_of_the_row_is_in(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "a.csv",
        table([["Email", "Last name", "Birthday", "City"], ["a@example.com", "A", "soon", "x" * 500]]),
    )
    bench.begin("olga", path)
    bench.remap("olga", bad_values="value")
    imports.carry_out(world.ctx("olga"), bench.id)
    assert (bench.report("olga")["counts"]["created"], bench.report("olga")["counts"]["warned"]) == (1, 1)
    assert {one["field"] for one in bench.rows("olga")[0]["problems"]} == {"birthday", "city"}


def test_the_refused_rows_come_back_as_a_file(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", table([["Email", "Last name"], ["nonsense", "=1+1"], ["b@example.com", "B"]]))
    bench.run("olga", path)
    text = b"".join(imports.refused_csv(world.ctx("olga"), bench.id)).decode("utf-8-sig").splitlines()
    assert text[0] == "Email,Last name,File,Row,Reason"
    assert text[1].startswith("nonsense,'=1+1,a.csv,2,")
    assert len(text) == 2


def test_a_new_field_is_made_when_asked_for(bench: Bench, world: Any, tmp_path: Path) -> None:
    rows = [["Email", "Last name", "Shoe size"], ["a@example.com", "A", "41.5"], ["b@example.com", "B", "39"]]
    bench.begin("ada", put(tmp_path, "a.csv", table(rows)))
    file = bench.report("ada")["files"][0]
    assert file["not_imported"] == ["Shoe size"]
    assert next(one["type"] for one in file["columns"] if one["column"] == "Shoe size") == "number"
    with pytest.raises(NotFound):
        imports.make_fields(world.ctx("olga"), bench.id, file["id"], ["Shoe size"])
    imports.make_fields(world.ctx("ada"), bench.id, file["id"], ["Shoe size"])
    imports.carry_out(world.ctx("ada"), bench.id)
    assert str(contact(world, "a@example.com")["x_shoe_size"]) in ("41.5", "41.50")
