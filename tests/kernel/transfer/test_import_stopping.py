"""Imports that are stopped, paused and undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import Invalid, NotFound, change, delete
from kith.kernel.jobs.progress import Progress, Stopping
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import ledger
from kith.kernel.transfer.engine import CHUNK
from kith.kernel.transfer.models import Import
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import HEAD, contact, mapping, people


class Stops(Progress):
    """Ends the run after so many steps, as a worker that goes down."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def step(self, done: int, total: int | None = None, message: Any = "") -> None:
        super().step(done, total, message)
        self.left -= 1
        if not self.left:
            raise Stopping


def test_a_stopped_import_goes_on_where_it_was(
    bench: Bench, world: Any, tmp_path: Path, living: Callable[[str], int]
) -> None:
    path = put(tmp_path, "a.csv", table([HEAD, *people(1200), *people(3)]))
    held = living("contacts")
    bench.begin("olga", path)
    with pytest.raises(Stopping):
        imports.carry_out(world.ctx("olga"), bench.id, Stops(1))
    assert living("contacts") == held + CHUNK
    imports.carry_out(world.ctx("olga"), bench.id)
    found = bench.report("olga")["counts"]
    assert (found["created"], found["skipped"], found["rows"]) == (
        1200,
        3,
        1203,
    )  # doubles of rows before the stop, too
    assert bench.rows("olga")[0]["reason"] == "The same as row 2"
    assert living("contacts") == held + 1200


def test_an_undo_that_was_stopped_goes_on(bench: Bench, world: Any, tmp_path: Path, picture: Callable[[], str]) -> None:
    before = picture()
    bench.run("olga", put(tmp_path, "a.csv", table([HEAD, *people(700)])))
    with pytest.raises(Stopping):
        imports.take_back(world.ctx("olga"), bench.id, Stops(1))
    imports.take_back(world.ctx("olga"), bench.id)
    assert picture() == before


def test_pause_go_on_and_cancel(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.begin("olga", put(tmp_path, "a.csv", table([HEAD, *people(1100)])))
    ctx = world.ctx("olga")

    class Asks(Progress):
        def step(self, done: int, total: int | None = None, message: Any = "") -> None:
            imports.pause(ctx, bench.id)

    assert imports.carry_out(ctx, bench.id, Asks()).state == "paused"
    assert bench.report("olga")["files"][0]["done"] == CHUNK
    with pytest.raises(Invalid):
        imports.configure(ctx, bench.id, bench.report("olga")["files"][0]["id"], mapping(bench))
    imports.cancel(ctx, bench.id)
    assert bench.report("olga")["state"] == "cancelled"
    with pytest.raises(Invalid):
        imports.carry_out(ctx, bench.id)
    assert imports.take_back(ctx, bench.id).state == "undone"


def test_a_chunk_is_whole_or_not_there(
    bench: Bench, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, living: Callable[[str], int]
) -> None:
    bench.begin("olga", put(tmp_path, "a.csv", table([HEAD, *people(CHUNK + 400)])))
    held = living("contacts")
    real, calls = ledger.pack, []

    def fails(results: Any) -> bytes:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the disk is full")
        return real(results)

    monkeypatch.setattr(ledger, "pack", fails)
    with pytest.raises(RuntimeError):
        imports.carry_out(world.ctx("olga"), bench.id)
    assert (living("contacts"), Import.objects.get(pk=bench.id).state) == (held + CHUNK, "failed")
    monkeypatch.undo()
    imports.carry_out(world.ctx("olga"), bench.id)
    assert living("contacts") == held + CHUNK + 400
    assert bench.report("olga")["counts"]["created"] == CHUNK + 400


def test_undo_gives_changed_values_back_and_leaves_what_people_touched(
    bench: Bench, world: Any, tmp_path: Path
) -> None:
    bench.run("olga", put(tmp_path, "a.csv", table([HEAD, *people(4)])))
    rows = [[*row[:5], "Rome"] for row in people(6)]
    report = bench.run("olga", put(tmp_path, "b.csv", table([HEAD, *rows])))
    assert (report["counts"]["updated"], report["counts"]["created"]) == (4, 2)
    ctx = world.ctx("olga")
    touched, new = contact(world, "ada1@example.com"), contact(world, "ada5@example.com")
    change(ctx, ctx.schema["contacts"], touched.id, {"city": "Oslo"})
    change(ctx, ctx.schema["contacts"], new.id, {"city": "Oslo"})
    imports.take_back(world.ctx("olga"), bench.id)
    cities = {at: row["city"] for at in range(6) if (row := contact(world, f"ada{at}@example.com")) is not None}
    assert cities == {0: "Berlin", 1: "Oslo", 2: "Berlin", 3: "Berlin", 5: "Oslo"}
    after = bench.report("olga")
    assert after["kept"] == 2
    assert {one["id"] for one in after["kept_records"]} == {str(touched.id), str(new.id)}


def test_undo_takes_the_rights_of_whoever_undoes(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.run("olga", put(tmp_path, "a.csv", table([HEAD, *people(1)])))
    with pytest.raises(NotFound):
        imports.take_back(world.ctx("tim"), bench.id)
    row = contact(world, "ada0@example.com")
    delete(world.ctx("olga"), world.ctx("olga").schema["contacts"], row.id)
    assert imports.take_back(world.ctx("olga"), bench.id).kept >= 1  # somebody deleted it since: that is not undone
