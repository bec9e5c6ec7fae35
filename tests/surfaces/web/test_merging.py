"""The page that merges: what it shows, what it does, and that one undo takes it back."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.world import World, leaks, mask_role

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pair(world: World) -> list[uuid.UUID]:
    """The second says more, and has a need."""
    ctx = world.ctx("olga")
    one = change(ctx, ctx.schema["contacts"], None, {"last_name": "Lin", "email": "lin@a.example", "language": "zh"}).id
    two = change(
        ctx,
        ctx.schema["contacts"],
        None,
        {"last_name": "Lin Yue", "email": "lin@b.example", "job_title": "Chef", "language": "zh"},
    ).id
    change(ctx, ctx.schema["needs"], None, {"title": "Oat base", "contact": two})
    return [one, two]


def address(ids: list[uuid.UUID]) -> str:
    return f"/contacts/merge?ids={','.join(str(one) for one in ids)}"


def checked(body: str, name: str) -> list[str]:
    return re.findall(rf'<input [^>]*name="{name}" value="([^"]*)"[^>]* checked', body)


def test_the_fullest_stays_and_the_result_is_chosen(client_as: Any, pair: list[uuid.UUID]) -> None:
    olga, (one, two) = client_as("olga"), pair
    body = olga.get(address(pair)).content.decode()
    assert checked(body, "survivor") == [str(two)] and checked(body, "take-job_title") == [str(two)]
    assert checked(body, "take-name") == [str(two)] and checked(body, "take-emails") == [""], "both addresses"
    assert "Language" in body and "take-language" not in body, "what they agree on is not asked"
    assert "1 contact goes to the bin" in body and "1 need" not in body, "the one with the need stays"
    body = olga.get(f"{address(pair)}&survivor={one}").content.decode()
    assert checked(body, "survivor") == [str(one)] and checked(body, "take-name") == [str(one)]
    assert checked(body, "take-job_title") == [str(two)], "the one that stays has none"
    assert "<b>1 need</b>" in body


def test_merging_and_undoing(client_as: Any, world: World, pair: list[uuid.UUID]) -> None:
    olga, (one, two) = client_as("olga"), pair
    values = {"survivor": str(one), "take-name": str(two), "take-emails": "", "take-job_title": str(two)}
    done = olga.post(address(pair), values)
    assert done.status_code == 302 and f"/contacts/{one}?merged=" in done["Location"]
    page = olga.get(done["Location"]).content.decode()
    assert "Merged" in page and "/undo/" in page
    ctx = world.ctx("olga")
    row = read.one(ctx, ctx.schema["contacts"], one, ("name", "emails", "job_title")).rows[0]
    assert (str(row["name"]), row["job_title"], len(row["emails"])) == ("Lin Yue", "Chef", 2)
    assert olga.get(address(pair)).status_code == 404
    event = done["Location"].partition("merged=")[2]
    assert olga.post(f"/undo/{event}", headers=HTMX).status_code == 204
    assert read.ids(world.ctx("olga"), ctx.schema["contacts"], pair) == set(pair)
    (need,) = read.rows(world.ctx("olga"), ctx.schema["needs"], read.Query(fields=("contact", "title"))).rows[:1]
    assert read.one(world.ctx("olga"), ctx.schema["contacts"], one, ("job_title",)).rows[0]["job_title"] in (None, "")
    assert need is not None


def test_what_an_address_says_is_typed_by_anybody(client_as: Any, pair: list[uuid.UUID]) -> None:
    olga, (one, two) = client_as("olga"), pair
    for wrong in ("", "?ids=", f"?ids={one}", f"?ids={one},{one}", "?ids=x,y", f"?ids={one},{uuid.uuid4()}"):
        assert olga.get(f"/contacts/merge{wrong}").status_code in (404, 422), wrong
    assert olga.get(f"/contacts/{one}?merged=x&made=y").status_code == 200
    assert olga.get("/contacts/new?made=x").status_code == 200
    assert olga.post(address(pair), {"survivor": str(uuid.uuid4())}).status_code == 200, "asked again"
    kept = olga.post(address(pair), {"survivor": str(one), "take-created_at": str(two)})
    assert kept.status_code == 422 and "cannot be chosen" in kept.content.decode()
    assert olga.get(f"/contacts/{two}").status_code == 200


def test_who_may_merge(client_as: Any, world: World, pair: list[uuid.UUID]) -> None:
    found = {name: client_as(name).get(address(pair)) for name in ("olga", "tim", "rita", "stella", "noah")}
    assert {name: one.status_code for name, one in found.items()} == {
        "olga": 200,
        "tim": 403,
        "rita": 403,
        "stella": 404,
        "noah": 404,
    }
    mine = world.ctx("tim")
    own = change(mine, mine.schema["contacts"], None, {"last_name": "His"}).id
    both = client_as("tim").get(address([own, pair[1]])).content.decode()
    assert checked(both, "survivor") == [str(pair[1])], "he may delete his own only, so the other one stays"
    for name in ("rita", "stella", "noah"):
        assert client_as(name).post(address(pair), {"survivor": str(pair[0])}).status_code in (403, 404)
        assert "Lin" not in found[name].content.decode()
    theirs = [world.records["contacts", "stella"], world.records["contacts", "olga"]]
    refused = client_as("stella").get(address(theirs))
    assert refused.status_code == 404 and not leaks(refused.content.decode(), world.of("contacts", "olga"))
    assert "data-merge" in client_as("olga").get("/contacts").content.decode()
    assert "data-merge" not in client_as("rita").get("/contacts").content.decode()


def test_hidden_fields_are_not_on_the_page(client_as: Any, world: World) -> None:
    mask_role({"contacts.job_title": "hidden", "needs": "hidden"})
    ada = world.ctx("ada")
    mine = {"owner": str(world.people["hugo"]), "team": str(world.teams["North"])}
    ids = [
        change(
            ada, ada.schema["contacts"], None, {"last_name": f"Twin {word}", "job_title": f"SECRET-{word}", **mine}
        ).id
        for word in ("one", "two")
    ]
    south = {"owner": str(world.people["stella"]), "team": str(world.teams["South"])}
    change(ada, ada.schema["needs"], None, {"title": "Hers", "contact": ids[1], **south})
    body = client_as("hugo").get(f"{address(ids)}&survivor={ids[0]}").content.decode()
    assert "Twin two" in body and "SECRET" not in body and "take-job_title" not in body and "1 need" not in body
