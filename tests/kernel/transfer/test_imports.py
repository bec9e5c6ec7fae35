"""An import does what it says: every row is accounted for, a second run changes nothing, an undo brings all back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import Forbidden, Invalid, NotFound, change, delete, read
from kith.kernel.events.models import Event
from kith.kernel.jobs.progress import Progress, Stopping
from kith.kernel.policy.models import Role
from kith.kernel.records.read import Query
from kith.kernel.schema import load
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import ledger, store
from kith.kernel.transfer.models import Import, ImportChunk, Outcome
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.world import forget

HEAD = ["First name", "Last name", "Email", "Phone", "Company", "City"]


def people(count: int, start: int = 0) -> list[list[str]]:
    return [
        [f"Ada{at}", f"Byron{at}", f"ada{at}@example.com", f"+49 30 {100000 + at}", f"Firm {at % 3}", "Berlin"]
        for at in range(start, start + count)
    ]


def contact(world: Any, email: str) -> Any:
    ctx = world.ctx("system")
    from kith.kernel.query.tree import from_json

    where = from_json({"field": "email", "op": "eq", "value": email})
    page = read.rows(ctx, ctx.schema["contacts"], Query(where))
    return page.rows[0] if page.rows else None


def sums(counts: dict[str, Any]) -> bool:
    parts = ("created", "updated", "unchanged", "skipped", "failed")
    return bool(counts.get("rows", 0) == sum(counts.get(one, 0) for one in parts))


# --- the whole way --------------------------------------------------------------------------------------------------


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


def test_the_report_is_the_database(bench: Bench, world: Any, tmp_path: Path) -> None:
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


# --- modes and keys -------------------------------------------------------------------------------------------------


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


# --- references, owners, choices ------------------------------------------------------------------------------------


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
        for line in _mapping(bench)["lines"]
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


def _mapping(bench: Bench, file: int = 0) -> dict[str, Any]:
    return dict(store.held(bench.world.ctx("system"), bench.id).files.order_by("position")[file].mapping)


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
    choices = next(line["choices"] for line in _mapping(bench)["lines"] if line["field"] == "lifecycle_stage")
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


# --- rows that need a person ----------------------------------------------------------------------------------------


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


# --- rights ---------------------------------------------------------------------------------------------------------


def test_nobody_imports_beyond_their_rights(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", table([HEAD, *people(2)]))
    with pytest.raises(Forbidden):
        bench.begin("rita", path)
    with pytest.raises(Forbidden):
        bench.begin("noah", path)
    users = put(
        tmp_path, "users.csv", table([["name", "email", "roles"], ["Eve", "eve@kith.example", "administrator"]])
    )
    assert bench.begin("olga", users, object="users")["files"][0]["refused"] == "You may not import Users"
    with pytest.raises(Invalid):
        imports.carry_out(world.ctx("olga"), bench.id)


def test_rights_are_those_of_the_moment(bench: Bench, world: Any, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", table([HEAD, *people(2)]))
    bench.begin("olga", path)
    Role.objects.filter(key="member").update(rights={"*": {"read": "team"}})
    load.bump()
    forget()
    with pytest.raises(Forbidden):
        imports.carry_out(world.ctx("olga"), bench.id)


def test_a_record_out_of_sight_is_never_matched(bench: Bench, world: Any, tmp_path: Path) -> None:
    stella = world.ctx("stella")
    hidden = change(
        stella,
        stella.schema["contacts"],
        None,
        {"last_name": "Hers", "email": "x@example.com", "external_ids": {"hubspot": "5"}},
    )
    rows = [
        ["Record ID", "Last Name", "Email", "Lifecycle Stage"],
        ["5", "Mine", "x@example.com", "Lead"],
        ["6", "Other", "x@example.com", "Lead"],
    ]
    report = bench.run("olga", put(tmp_path, "a.csv", table(rows)))
    assert (report["counts"]["created"], report["counts"]["failed"]) == (1, 1)  # the key is taken, the address is not
    row = read.one(world.ctx("system"), stella.schema["contacts"], hidden.id).rows[0]
    assert row["last_name"] == "Hers"


def test_an_import_is_its_owners_and_the_administrators(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.run("olga", put(tmp_path, "a.csv", table([HEAD, *people(1)])))
    assert imports.show(world.ctx("ada"), bench.id)["state"] == "done"
    for name in ("tim", "stella", "noah", "anonymous"):
        with pytest.raises(NotFound):
            imports.show(world.ctx(name), bench.id)
    assert [one.pk for one in imports.mine(world.ctx("olga"))] == [bench.id]
    assert imports.mine(world.ctx("tim")) == []


# --- interruptions --------------------------------------------------------------------------------------------------


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
    assert living("contacts") == held + 500
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
    assert bench.report("olga")["files"][0]["done"] == 500
    with pytest.raises(Invalid):
        imports.configure(ctx, bench.id, bench.report("olga")["files"][0]["id"], _mapping(bench))
    imports.cancel(ctx, bench.id)
    assert bench.report("olga")["state"] == "cancelled"
    with pytest.raises(Invalid):
        imports.carry_out(ctx, bench.id)
    assert imports.take_back(ctx, bench.id).state == "undone"


def test_a_chunk_is_whole_or_not_there(
    bench: Bench, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, living: Callable[[str], int]
) -> None:
    bench.begin("olga", put(tmp_path, "a.csv", table([HEAD, *people(900)])))
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
    assert (living("contacts"), Import.objects.get(pk=bench.id).state) == (held + 500, "failed")
    monkeypatch.undo()
    imports.carry_out(world.ctx("olga"), bench.id)
    assert living("contacts") == held + 900
    assert bench.report("olga")["counts"]["created"] == 900


# --- undo -----------------------------------------------------------------------------------------------------------


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


# --- what is refused ------------------------------------------------------------------------------------------------


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
    held = _mapping(bench)
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
        found.append(len([one for one in seen.captured_queries if not one["sql"].startswith("INSERT")]))
    assert abs(found[0] - found[1]) <= 3, found
