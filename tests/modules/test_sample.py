"""The sample company: coherent, in two languages, known for what it is, gone with one click but for what is yours."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.api import Forbidden, change, read, undo
from kith.app import samples as adding
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Failed, Progress
from kith.kernel.records import samples
from kith.kernel.schema.load import current
from kith.modules.customers import seed
from tests.world import World

OBJECTS = {"users", "teams", "companies", "contacts", "needs", "consents", "notes", "views"}


@pytest.fixture
def sample(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Ada's context in a company of her own to which a small sample was added."""
    monkeypatch.setitem(seed.SIZES, "small", (24, 60))
    adding.fill()
    yield fresh(world)


def fresh(world: World) -> Any:
    return world.ctx("ada").with_(schema=current())


def ids(ctx: Any, object: str) -> set[uuid.UUID]:
    found = set()
    for page in read.every(ctx, ctx.schema[object], read.Query()):
        found |= {row.id for row in page.rows}
    return found


def test_it_is_coherent_and_in_two_languages(sample: Any) -> None:
    assert set(samples.here(sample.schema)) == samples.objects(sample.schema) == OBJECTS
    companies = [row for page in read.every(sample, sample.schema["companies"], read.Query()) for row in page.rows]
    of_it = samples.marked(sample.schema, sample.schema["companies"], [row.id for row in companies])
    mine = [row for row in companies if row.id in of_it]
    assert len(mine) == 24
    assert any("\u4e00" <= letter <= "\u9fff" for row in mine for letter in row["name"])
    assert any(row["name"].isascii() for row in mine)
    assert any(row["parent"] in of_it for row in mine) and any(len(row["domains"]) > 1 for row in mine)
    owners = {row["owner"] for row in mine}
    assert owners <= samples.people(), "nobody who was here already is given its customers"
    for object, field in (("contacts", "company"), ("needs", "company"), ("consents", "contact")):
        rows = [row for page in read.every(sample, sample.schema[object], read.Query()) for row in page.rows]
        marked = samples.marked(sample.schema, sample.schema[object], [row.id for row in rows])
        assert marked and all(row[field] for row in rows if row.id in marked)
    notes = [row for page in read.every(sample, sample.schema["notes"], read.Query()) for row in page.rows]
    about = {to.object for row in notes for to in row["about"]}
    assert about >= {"companies", "contacts", "needs"}


def test_a_badge_cannot_be_made(sample: Any, client_as: Any) -> None:
    spec = sample.schema["companies"]
    mine = change(sample, spec, None, {"name": "Mine", "tags": ["sample"], "source": "sample"}).id
    samples.mark()
    assert samples.marked(current(), spec, [mine]) == set()
    posted = client_as("ada").post(
        "/api/v1/companies", '{"name": "X", "sample": true}', content_type="application/json"
    )
    assert posted.status_code == 422


def test_the_badge_and_the_banner(sample: Any, client_as: Any, world: World) -> None:
    (first, *_rest) = sorted(samples.marked(sample.schema, sample.schema["companies"], ids(sample, "companies")))
    ada = client_as("ada")
    assert "k-of-sample" in ada.get("/companies").content.decode()
    page = ada.get(f"/companies/{first}").content.decode()
    assert "k-of-sample" in page and "This is sample data" in page
    mine = ada.get(f"/companies/{world.records['companies', 'olga']}").content.decode()
    assert "k-of-sample" not in mine
    assert "This is sample data" not in client_as("olga").get("/companies").content.decode()
    assert client_as("olga").post("/settings/sample/remove").status_code == 403


def test_a_list_costs_one_query_more(sample: Any, client_as: Any) -> None:
    ada = client_as("ada")

    def costs() -> list[str]:
        ada.get("/companies")
        with CaptureQueriesContext(connection) as seen:
            ada.get("/companies")
        return [one["sql"] for one in seen.captured_queries if "sample_mark" in one["sql"]]

    assert len(costs()) == 1


def test_one_click_takes_all_of_it_and_one_undo_brings_it_back(sample: Any, world: World) -> None:
    before = {object: ids(sample, object) for object in OBJECTS}
    own = {
        object: before[object] - samples.marked(sample.schema, sample.schema[object], before[object])
        for object in OBJECTS
    }
    told: list[tuple[int, int]] = []
    done = samples.remove(sample, told=lambda gone, total: told.append((gone, total)))
    assert done.left == [] and done.counts["companies"] == 24 and set(done.counts) == OBJECTS
    assert told[-1][0] == told[-1][1] == sum(done.counts.values())
    ctx = fresh(world)
    assert {object: ids(ctx, object) for object in OBJECTS} == own
    assert samples.here(ctx.schema) == {} and samples.objects(ctx.schema) == frozenset()
    assert done.event is not None
    undone = undo(ctx, done.event)
    assert undone.kept == ()
    samples.forget()
    assert {object: ids(fresh(world), object) for object in OBJECTS} == before


def test_what_is_yours_stays_and_says_why(sample: Any, world: World) -> None:
    spec = sample.schema["companies"]
    first, second, *_rest = sorted(samples.marked(sample.schema, spec, ids(sample, "companies")))
    note = change(sample, sample.schema["notes"], None, {"subject": "Mine", "about": [f"companies/{first}"]}).id
    change(sample, spec, second, {"industry": "My own line"})
    done = samples.remove(fresh(world))
    why = {one.id: one.why for one in done.left if one.object == "companies"}
    assert set(why) == {first, second}
    assert "leads to it" in why[first] and "changed" in why[second]
    ctx = fresh(world)
    assert note in ids(ctx, "notes") and {first, second} <= ids(ctx, "companies")
    users = {one.id for one in done.left if one.object == "users"}
    assert users and users <= ids(ctx, "users"), "whoever owns what stays, stays"
    again = samples.remove(ctx, everything=True)
    assert second not in ids(fresh(world), "companies") and first in {one.id for one in again.left}
    assert samples.keep(fresh(world)) > 0
    assert samples.here(current()) == {} and first in ids(fresh(world), "companies")


def test_what_it_changed_of_yours_goes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from kith.kernel.accounts.models import User

    monkeypatch.setitem(seed.SIZES, "small", (6, 6))
    boss = User.objects.order_by("created_at").first()
    assert boss is not None
    was = boss.team_id
    adding.fill()
    samples.remove(fresh(world))
    boss.refresh_from_db()
    assert boss.team_id == was


def test_adding_twice_is_refused_and_after_removing_it_comes_anew(sample: Any, world: World) -> None:
    with pytest.raises(Failed):
        adding.add(None, Progress())
    samples.remove(sample)
    made = adding.add(None, Progress())
    assert set(made) == OBJECTS and made["companies"] == 24
    assert len(samples.people()) == 6, "the same people, out of the bin"


def test_only_who_administers(sample: Any, world: World) -> None:
    for deed in (samples.remove, samples.keep):
        with pytest.raises(Forbidden):
            deed(world.ctx("mara"))


def test_the_page_asks_for_the_jobs(sample: Any, client_as: Any) -> None:
    ada = client_as("ada")
    assert "Remove the sample data" in ada.get("/settings/sample").content.decode()
    assert ada.post("/settings/sample/remove").status_code == 302
    job = Job.objects.get(task=samples.REMOVE)
    assert job.args == {"everything": False}
    assert "is being removed" in ada.get("/settings/sample").content.decode()
    assert ada.post("/settings/sample/nonsense").status_code == 404
    assert client_as("olga").get("/settings/sample").status_code == 403
