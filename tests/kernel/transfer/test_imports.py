"""An import from the file to the report: what it makes, what it says, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import Invalid
from kith.kernel.events.models import Event
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import ledger, run, store
from kith.kernel.transfer.models import ImportChunk, Outcome
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import HEAD, contact, mapping, people, sums


def test_the_whole_way(
    bench: Bench, world: Any, tmp_path: Path, living: Callable[[str], int], picture: Callable[[], str]
) -> None:
    path = put(tmp_path, "people.csv", table([HEAD, *people(7), ["", "", "not an address", "", "", ""]]))
    before, held = picture(), living("contacts")
    report = bench.run("olga", path)
    assert report["files"][0]["object"] == "contacts"
    assert (report["counts"]["created"], report["counts"]["failed"], report["state"]) == (7, 1, "done")
    assert report["also"] == {"companies": 3}
    assert sums(report["counts"])
    assert living("contacts") == held + 7

    row = contact(world, "ada3@example.com")
    assert (row["first_name"], row["city"], row["phone"]) == ("Ada3", "Berlin", "+49 30 100003")
    assert row["owner"] == world.people["olga"]
    problem = bench.rows("olga", outcome="failed")[0]
    assert (problem["row"], problem["problems"][0]["column"]) == (9, "Email")
    assert "not an address" in problem["problems"][0]["message"]

    again = bench.run("olga", path)
    assert (again["counts"]["created"], again["counts"]["updated"], again["counts"]["unchanged"]) == (0, 0, 7)
    assert (again["also"], living("contacts")) == ({}, held + 7)
    events = Event.objects.filter(batch=store.held(world.ctx("olga"), bench.id).batch)
    assert events.count() == 0  # nothing changed, so nothing was told

    imports.take_back(world.ctx("olga"), report["id"])
    assert picture() == before
    assert imports.show(world.ctx("olga"), report["id"])["state"] == "undone"


def test_the_dry_run_says_what_the_run_does(bench: Bench, tmp_path: Path, picture: Callable[[], str]) -> None:
    known = put(tmp_path, "first.csv", table([HEAD, *people(3)]))
    bench.run("olga", known)
    rows = [*people(5), ["Ada1", "Byron1", "ada1@example.com", "", "", "Paris"], ["", "", "", "", "", "Rome"]]
    rows[2][5] = "Hamburg"
    path = put(tmp_path, "second.csv", table([HEAD, *rows]))
    before = picture()
    checked = bench.check("olga", path)["files"][0]["checked"]
    assert picture() == before  # a dry run writes nothing
    notes = [(one["row"], one["outcome"]) for one in bench.rows("olga", run=False)]
    imports.carry_out(bench.world.ctx("olga"), bench.id)
    report = bench.report("olga")["files"][0]
    names = ("rows", "created", "updated", "unchanged", "skipped", "failed")
    assert {name: checked["counts"].get(name, 0) for name in names} == {
        name: report["counts"].get(name, 0) for name in names
    }
    assert checked["counts"]["also"] == report["counts"]["also"]
    assert [(one["row"], one["outcome"]) for one in bench.rows("olga")] == notes
    assert any(one["diff"].get("city") == ["Berlin", "Hamburg"] for one in checked["changes"])


def test_the_report_is_the_database(bench: Bench, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK", 500)
    path = put(tmp_path, "people.csv", table([HEAD, *people(600), *people(4)]))
    report = bench.run("olga", path)
    file = store.held(world.ctx("olga"), bench.id).files.get()
    entries = list(ledger.entries(file))
    assert [number for number, _outcome, _record in entries] == list(range(2, 606))
    assert (
        len({record for _number, outcome, record in entries if outcome is Outcome.CREATED})
        == report["counts"]["created"]
        == 600
    )
    assert ImportChunk.objects.filter(file=file).count() == 2
    assert report["counts"]["skipped"] == 4
    assert [one["reason"] for one in bench.rows("olga", outcome="skipped")] == [
        f"The same as row {at}" for at in range(2, 6)
    ]


def test_files_that_cannot_be_read_say_so_beside_those_that_can(bench: Bench, world: Any, tmp_path: Path) -> None:
    good = put(tmp_path, "good.csv", table([HEAD, *people(2)]))
    empty, odd = put(tmp_path, "empty.csv", b""), put(tmp_path, "odd.csv", "a,b\n1,2\n")
    report = bench.run("olga", good, empty, odd)
    assert [bool(one["refused"]) for one in report["files"]] == [False, True, True]
    assert report["files"][1]["refused"] == "This file is empty"
    assert report["counts"]["created"] == 2
    with pytest.raises(Invalid) as refused:
        bench.run("olga", empty)
    assert refused.value.complaints[0].message == "This file is empty"


def test_a_mapping_that_makes_no_sense_is_refused_in_words(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.begin("olga", put(tmp_path, "a.csv", table([HEAD, *people(1)])))
    held = mapping(bench)
    line = {**held["lines"][0], "field": "no_such_field", "steps": ["take (a+)+"]}
    with pytest.raises(Invalid) as refused:
        bench.remap("olga", lines=[line], mode="sideways", match=["shoe"])
    assert {one.field for one in refused.value.complaints} == {"First name", ""}
    assert len(refused.value.complaints) == 4


def test_unclear_columns_are_warned_of(bench: Bench, tmp_path: Path) -> None:
    rows = [["Last name", "Email", "Birthday", "Phone"], ["A", "a@example.com", "03/04/1980", "1.38E+10"]]
    report = bench.begin("olga", put(tmp_path, "a.csv", table(rows)))
    assert {one["code"] for one in report["files"][0]["warnings"]} == {"unclear_date", "damaged"}


def test_a_wrong_guess_is_corrected(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "姓名,公司\n陳大文,臺灣積體\n".encode("big5"))
    report = bench.begin("olga", path)
    imports.remap(world.ctx("olga"), bench.id, report["files"][0]["id"], object="contacts", layout={"encoding": "big5"})
    imports.carry_out(world.ctx("olga"), bench.id)
    assert bench.report("olga")["counts"]["created"] == 1
    assert bench.report("olga")["also"] == {"companies": 1}


def test_no_statement_for_each_row(bench: Bench, world: Any, tmp_path: Path) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    found = []
    for count in (20, 200):
        bench.begin("olga", put(tmp_path, f"{count}.csv", table([HEAD, *people(count, start=count * 10)])))
        with CaptureQueriesContext(connection) as seen:
            imports.carry_out(world.ctx("olga"), bench.id)
        found.append(len([one for one in seen.captured_queries if "INSERT" not in one["sql"]]))
    assert abs(found[0] - found[1]) <= 3, found
