"""What an import does to records that are there: create, update, fill, and by which key they are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import change
from kith.kernel.transfer import job as imports
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import HEAD, contact, people, sums


@pytest.mark.parametrize(
    ("mode", "counts", "city", "job_title"),
    [
        ("create", {"created": 1, "skipped": 1}, "Berlin", ""),
        ("update", {"updated": 1, "skipped": 1}, "Rome", "CTO"),
        ("upsert", {"created": 1, "updated": 1}, "Rome", "CTO"),
        ("fill", {"created": 1, "updated": 1}, "Berlin", "CTO"),
    ],
)
def test_modes(
    bench: Bench, world: Any, tmp_path: Path, mode: str, counts: dict[str, int], city: str, job_title: str
) -> None:
    bench.run("olga", put(tmp_path, "first.csv", table([HEAD, *people(1)])))
    rows = [
        ["Email", "City", "Job title", "Last name"],
        ["ada0@example.com", "Rome", "CTO", "Byron0"],
        ["new@example.com", "Oslo", "", "New"],
    ]
    report = bench.run("olga", put(tmp_path, "second.csv", table(rows)), mode=mode, object="contacts")
    assert {key: value for key, value in report["counts"].items() if value and key != "rows"} == counts
    row = contact(world, "ada0@example.com")
    assert (row["city"], row["job_title"]) == (city, job_title)


def test_lists_add_up_and_blank_cells_say_nothing(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.run(
        "olga",
        put(tmp_path, "a.csv", table([["Email", "Last name", "Tags", "City"], ["a@example.com", "A", "x", "Bonn"]])),
    )
    second = [["Email", "Last name", "Tags", "City", "Mobile"], ["a@example.com", "A", "y; x", "", "+49 170 1234567"]]
    bench.run("olga", put(tmp_path, "b.csv", table(second)))
    row = contact(world, "a@example.com")
    assert (row["tags"], row["city"]) == (("x", "y"), "Bonn")
    assert [one.value for one in row["phones"]] == ["+49 170 1234567"]


def test_two_people_of_one_source_may_share_an_address(bench: Bench, tmp_path: Path) -> None:
    rows = [["Record ID", "First Name", "Last Name", "Email", "Lifecycle Stage"]]
    rows += [["1", "Ann", "A", "info@example.com", "Lead"], ["2", "Ben", "B", "info@example.com", "Lead"]]
    path = put(tmp_path, "hubspot.csv", table(rows))
    report = bench.run("olga", path)
    assert (report["files"][0]["vendor"], report["counts"]["created"]) == ("hubspot", 2)
    assert bench.run("olga", path)["counts"]["unchanged"] == 2


@pytest.mark.parametrize(("doubles", "counts"), [("skip", (1, 0, 2)), ("update", (1, 2, 0)), ("create", (3, 0, 0))])
def test_doubles_within_a_file(bench: Bench, world: Any, tmp_path: Path, doubles: str, counts: tuple[int, ...]) -> None:
    rows = [
        ["Email", "Last name", "City"],
        ["a@example.com", "A", "Bonn"],
        ["A@example.com", "A", "Rome"],
        ["a@example.com", "A", "Oslo"],
    ]
    path = put(tmp_path, "a.csv", table(rows))
    for turn in range(2):
        bench.begin("olga", path)
        bench.remap("olga", doubles=doubles)
        imports.carry_out(world.ctx("olga"), bench.id)
        found = bench.report("olga")["counts"]
        assert sums(found)
        if not turn:
            assert (found["created"], found["updated"], found["skipped"]) == counts
        else:
            assert found["created"] == 0
            assert doubles == "update" or found["updated"] == 0  # the last row wins over and over


def test_a_row_that_could_be_two_records_is_refused(bench: Bench, world: Any, tmp_path: Path) -> None:
    ctx = world.ctx("olga")
    for name in ("One", "Two"):
        change(ctx, ctx.schema["contacts"], None, {"last_name": name, "email": "both@example.com"})
    report = bench.run("olga", put(tmp_path, "a.csv", table([["Email", "Last name"], ["both@example.com", "X"]])))
    assert report["counts"]["failed"] == 1
    assert bench.rows("olga")[0]["problems"][0]["code"] == "ambiguous"


def test_what_lies_in_the_bin_comes_back(
    bench: Bench, world: Any, tmp_path: Path, living: Callable[[str], int]
) -> None:
    path = put(tmp_path, "a.csv", table([HEAD, *people(3)]))
    bench.run("ada", path)
    held = living("contacts")
    imports.take_back(world.ctx("ada"), bench.id)
    report = bench.run("ada", path)
    assert (report["counts"]["created"], report["counts"]["restored"], living("contacts")) == (3, 3, held)
    assert sums(report["counts"])
    imports.take_back(world.ctx("ada"), bench.id)
    assert living("contacts") == held - 3
