"""Values of an import that lead to other records: companies, parents, owners, choices, and times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kith.api import read
from kith.kernel.events.models import Event
from kith.kernel.records.read import Query
from kith.kernel.transfer import job as imports
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import contact, mapping


def test_files_of_one_job_find_each_other(bench: Bench, world: Any, tmp_path: Path) -> None:
    contacts = put(
        tmp_path,
        "Contacts.csv",
        table([["Contact ID", "Last name", "Email", "Company ID"], ["7", "Ada", "ada@example.com", "c2"]]),
    )
    companies = put(
        tmp_path,
        "Companies.csv",
        table([["Company ID", "Company name", "Website"], ["c1", "Acme", ""], ["c2", "Lotus", "lotus.example"]]),
    )
    bench.begin("olga", contacts, companies)
    lines = [
        {**line, **({"field": "company", "part": "key"} if line["column"] == "Company ID" else {})}
        for line in mapping(bench)["lines"]
    ]
    bench.remap("olga", 0, lines=lines)
    imports.check(world.ctx("olga"), bench.id)
    assert [one["checked"]["counts"].get("warned", 0) for one in bench.report("olga")["files"]] == [0, 0]
    imports.carry_out(world.ctx("olga"), bench.id)  # companies first, whatever the order of the files
    ctx = world.ctx("system")
    titles = dict(read.title_rows(ctx, ctx.schema["companies"], [contact(world, "ada@example.com")["company"]]))
    assert list(titles.values()) == ["Lotus"]


def test_a_parent_may_stand_further_down(bench: Bench, world: Any, tmp_path: Path) -> None:
    rows = [
        ["Company name", "Parent company", "City"],
        ["Child", "Mother", "Bonn"],
        ["Orphan", "Nobody", "Rome"],
        ["Mother", "", "Oslo"],
    ]
    path = put(tmp_path, "Companies.csv", table(rows))
    report = bench.run("olga", path)
    assert (report["counts"]["created"], report["counts"]["warned"]) == (3, 1)
    assert bench.rows("olga")[0]["row"] == 3
    ctx = world.ctx("olga")
    page = read.rows(ctx, ctx.schema["companies"], Query(sort=("name",)))
    held = {row["name"]: page.title(ctx.schema["companies"].fields["parent"], row["parent"]) for row in page.rows}
    assert held["Child"].text == "Mother"
    assert held["Orphan"] is None
    assert bench.run("olga", path)["counts"]["unchanged"] == 3
    imports.take_back(world.ctx("olga"), report["id"])
    assert imports.show(world.ctx("olga"), report["id"])["kept"] == 0


def test_a_company_is_made_once_or_not_at_all(
    bench: Bench, world: Any, tmp_path: Path, living: Callable[[str], int]
) -> None:
    held = living("companies")
    rows = [
        ["Email", "Last name", "Company"],
        ["a@example.com", "A", "Ünited"],
        ["b@example.com", "B", "united"],
        ["c@example.com", "C", "Nobody Ltd"],
    ]
    path = put(tmp_path, "a.csv", table(rows))
    bench.begin("olga", path)
    bench.remap("olga", create=[])
    imports.carry_out(world.ctx("olga"), bench.id)
    assert (bench.report("olga")["counts"]["warned"], living("companies")) == (3, held)
    assert bench.rows("olga")[0]["problems"][0]["code"] == "not_found"
    bench.run("olga", path)
    assert living("companies") == held + 2
    assert contact(world, "a@example.com")["company"] == contact(world, "b@example.com")["company"] is not None


def test_owners_by_address_and_by_name_else_the_chosen_one(bench: Bench, world: Any, tmp_path: Path) -> None:
    rows = [["Email", "Last name", "Owner"], ["a@example.com", "A", "mara@kith.example"], ["b@example.com", "B", "Tim"]]
    rows += [["c@example.com", "C", "Gone Person"], ["d@example.com", "D", "Gone Person"]]
    bench.begin("ada", put(tmp_path, "a.csv", table(rows)))
    bench.remap("ada", owner=str(world.people["stella"]))
    imports.carry_out(world.ctx("ada"), bench.id)
    owners = [contact(world, f"{letter}@example.com")["owner"] for letter in "abcd"]
    assert owners == [world.people[name] for name in ("mara", "tim", "stella", "stella")]
    assert [one["problems"][0]["code"] for one in bench.rows("ada")] == ["no_user"]  # told once, not by row


def test_values_without_a_choice_are_told(bench: Bench, world: Any, tmp_path: Path) -> None:
    rows = [
        ["Email", "Last name", "Lifecycle stage"],
        ["a@example.com", "A", "客户"],
        ["b@example.com", "B", "Customer"],
        ["c@example.com", "C", "Whale"],
    ]
    bench.begin("olga", put(tmp_path, "a.csv", table(rows)))
    choices = next(line["choices"] for line in mapping(bench)["lines"] if line["field"] == "lifecycle_stage")
    assert (choices["Customer"], choices["Whale"]) == ("customer", "")
    imports.carry_out(world.ctx("olga"), bench.id)
    assert contact(world, "c@example.com")["lifecycle_stage"] in (None, "")
    assert [(one["row"], one["problems"][0]["value"]) for one in bench.rows("olga")][-1] == (4, "Whale")


def test_times_of_the_source_are_kept_by_those_who_may(bench: Bench, world: Any, tmp_path: Path) -> None:
    rows = [
        ["Email", "Last name", "Created time", "Modified time"],
        ["a@example.com", "A", "2019-05-06 10:00:00", "2020-01-02 03:04:05"],
    ]
    path = put(tmp_path, "a.csv", table(rows))
    bench.run("ada", path)
    row = contact(world, "a@example.com")
    assert (row["created_at"].year, row["updated_at"].year) == (2019, 2020)
    event = Event.objects.filter(record=row.id).get()
    assert event.at.year >= 2025  # the event is of now
    again = put(tmp_path, "b.csv", table([[*rows[0]], ["b@example.com", "B", "2019-05-06 10:00:00", ""]]))
    bench.run("olga", again)  # a member has no such right
    assert contact(world, "b@example.com")["created_at"].year >= 2025


def test_opted_out_people_stay_opted_out(bench: Bench, world: Any, tmp_path: Path) -> None:
    head = ["Record ID", "Last Name", "Email", "Lifecycle Stage", "Unsubscribed from all email"]
    path = put(
        tmp_path,
        "a.csv",
        table([head, ["1", "A", "a@example.com", "Lead", "true"], ["2", "B", "b@example.com", "Lead", "false"]]),
    )
    bench.run("olga", path)
    other = put(tmp_path, "b.csv", table([["Email", "Last name"], ["a@example.com", "A"]]))
    bench.run("olga", other)
    assert [one.status for one in contact(world, "a@example.com")["emails"]] == ["opted_out"]
    assert [one.status for one in contact(world, "b@example.com")["emails"]] == [""]
