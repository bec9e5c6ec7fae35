"""Customers: consents with the strictest rule, companies with several domains, their tree and its numbers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.api import Invalid, Item, NotFound, change, change_many, now, read, undo
from kith.kernel.records import duplicates, merge, tree
from tests.world import World

YEAR = timedelta(days=365)


def make(ctx: Any, object: str, **values: Any) -> uuid.UUID:
    return change(ctx, ctx.schema[object], None, values).id


def row(ctx: Any, object: str, id: uuid.UUID) -> Any:
    return read.one(ctx, ctx.schema[object], id).rows[0]


def codes(error: Any) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in error.value.complaints]


@pytest.fixture
def olga(world: World) -> Any:
    return world.ctx("olga")


# --- consents ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def piet(olga: Any) -> uuid.UUID:
    return make(olga, "contacts", name="Piet Post", emails=["piet@post.example"])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"status": "given"}, "given_at"),
        ({"status": "withdrawn", "given_at": now() - YEAR}, "withdrawn_at"),
        ({"status": "given", "given_at": now() - YEAR, "withdrawn_at": now()}, "status"),
        ({"status": "withdrawn", "given_at": now(), "withdrawn_at": now() - YEAR}, "withdrawn_at"),
        ({"status": "given", "given_at": now() + YEAR}, "given_at"),
        ({"status": "given", "given_at": now(), "expires_on": (now() - YEAR).date()}, "expires_on"),
        ({"status": "given", "given_at": now(), "contact": None}, "contact"),
    ],
)
def test_a_consent_that_cannot_be_is_refused(olga: Any, piet: uuid.UUID, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        make(olga, "consents", **{"contact": str(piet), **values})
    assert codes(error)[0][0] == field


def test_withdrawing_is_one_step(olga: Any, piet: uuid.UUID) -> None:
    from kith.kernel.records.act import act, offered

    spec = olga.schema["consents"]
    id = make(olga, "consents", contact=str(piet), given_at=now() - YEAR)
    assert [one.name for one in offered(olga, spec, id)] == ["withdraw"]
    act(olga, spec, id, "withdraw")
    held = row(olga, "consents", id)
    assert held["status"] == "withdrawn" and held["withdrawn_at"] is not None and held["given_at"] is not None
    assert offered(olga, spec, id) == []


@pytest.mark.parametrize("stricter", ["survivor", "loser"])
def test_merging_two_people_keeps_the_strictest(olga: Any, piet: uuid.UUID, stricter: str) -> None:
    other = make(olga, "contacts", name="P. Post")
    said = {
        "given": {"status": "given", "given_at": now() - YEAR, "source": "Trade fair"},
        "withdrawn": {"status": "withdrawn", "withdrawn_at": now() - 2 * YEAR, "source": "Reply"},
    }
    mine, theirs = ("withdrawn", "given") if stricter == "survivor" else ("given", "withdrawn")
    kept = make(olga, "consents", contact=str(piet), **said[mine])
    lost = make(olga, "consents", contact=str(other), **said[theirs])
    alone = make(olga, "consents", contact=str(other), channel="phone", given_at=now())
    done = merge.merge(olga, olga.schema["contacts"], piet, [other])
    held = row(olga, "consents", kept)
    assert (held["status"], held["source"], held["contact"]) == ("withdrawn", "Reply", piet)
    assert held["given_at"] is None, "the day of another statement is no part of this one"
    assert row(olga, "consents", alone)["contact"] == piet
    with pytest.raises(NotFound):
        row(olga, "consents", lost)
    assert done.event is not None
    undo(olga, done.event)
    assert row(olga, "consents", kept)["status"] == mine and row(olga, "consents", lost)["status"] == theirs
    assert row(olga, "consents", lost)["contact"] == row(olga, "consents", alone)["contact"] == other


def test_two_of_the_losers_unite_as_well(olga: Any, piet: uuid.UUID) -> None:
    others = [make(olga, "contacts", name=f"Piet {number}") for number in range(2)]
    make(olga, "consents", contact=str(others[0]), given_at=now(), expires_on=(now() + YEAR).date())
    make(olga, "consents", contact=str(others[1]), given_at=now(), expires_on=(now() + 2 * YEAR).date())
    merge.merge(olga, olga.schema["contacts"], piet, others)
    where = read.Query(fields=("expires_on", "contact"))
    held = [one for one in read.rows(olga, olga.schema["consents"], where).rows if one["contact"] == piet]
    assert [one["expires_on"] for one in held] == [(now() + YEAR).date()]


# --- domains ----------------------------------------------------------------------------------------------------------


def test_a_company_has_several_domains(olga: Any) -> None:
    id = make(olga, "companies", name="Lotus", domains=["https://www.Lotus.example/about", "info@lotus-bay.example"])
    held = row(olga, "companies", id)
    assert held["domain"] == "lotus.example"
    assert [one.value for one in held["domains"]] == ["lotus.example", "lotus-bay.example"]
    change(olga, olga.schema["companies"], id, {"domain": "lotus.example.net"})
    assert [one.value for one in row(olga, "companies", id)["domains"]] == ["lotus.example.net", "lotus-bay.example"]
    for bad in ("lotus", "lotus bay.example", "http://", "-lotus.example"):
        with pytest.raises(Invalid) as error:
            make(olga, "companies", name="Lotus", domain=bad)
        assert codes(error) == [("domain", "not_a_domain")]


def test_any_of_its_domains_tells_that_it_is_the_same(olga: Any) -> None:
    spec = olga.schema["companies"]
    id = make(olga, "companies", name="Lotus", domains=["lotus.example", "lotus-bay.example"])
    values, wrong = duplicates.typed(olga, spec, {"domain": "www.lotus-bay.example"})
    assert not wrong and [one.id for one in duplicates.like(olga, spec, values)] == [id]
    other = make(olga, "companies", name="Lotus Bay", domain="lotus-bay.example.net")
    merge.merge(olga, spec, id, [other])
    assert len(row(olga, "companies", id)["domains"]) == 3


# --- the tree ---------------------------------------------------------------------------------------------------------


def chain(ctx: Any, count: int) -> list[uuid.UUID]:
    ids: list[uuid.UUID] = []
    for number in range(count):
        ids.append(make(ctx, "companies", name=f"House {number}", parent=str(ids[-1]) if ids else None))
    return ids


def test_no_company_lies_below_itself(olga: Any) -> None:
    spec = olga.schema["companies"]
    top, middle, low = chain(olga, 3)
    for id, parent in ((top, top), (top, middle), (top, low), (middle, low)):
        with pytest.raises(Invalid) as error:
            change(olga, spec, id, {"parent": str(parent)})
        assert codes(error) == [("parent", "loop")]
    change(olga, spec, low, {"parent": str(top)})
    change(olga, spec, middle, {"parent": str(low)})


def test_nor_does_it_by_what_changes_in_the_same_go(olga: Any) -> None:
    spec = olga.schema["companies"]
    one, other, third = (make(olga, "companies", name=name) for name in "ABC")
    items = [Item({"parent": str(other)}, one), Item({"parent": str(one)}, other), Item({"parent": str(one)}, third)]
    with pytest.raises(Invalid) as error:
        change_many(olga, spec, items)
    assert [(each.row, each.field) for each in error.value.complaints] == [(0, "parent"), (1, "parent")]
    made = change_many(olga, spec, items, partial=True)
    assert [bool(each.event) for each in made] == [False, False, True]


def test_a_branch_is_what_its_reader_sees(world: World, olga: Any) -> None:
    ada = world.ctx("ada")
    spec = ada.schema["companies"]
    top = make(ada, "companies", name="Top", employees=1000)
    mine = make(olga, "companies", name="Mine", employees=10)
    change(ada, spec, mine, {"parent": str(top)})
    below = make(olga, "companies", name="Below", employees=5, parent=str(mine))
    hidden = make(ada, "companies", name="Hidden", employees=700, parent=str(mine))
    under = make(olga, "companies", name="Under the hidden one", employees=3)
    change(ada, spec, under, {"parent": str(hidden)})
    make(olga, "contacts", name="Piet", company=str(below))
    make(olga, "needs", title="Oats", company=str(mine), budget={"amount": "100", "currency": "EUR"})
    make(olga, "needs", title="Met", company=str(mine), status="met", budget={"amount": "9", "currency": "EUR"})
    seen = tree.branch(olga, spec, mine)
    assert [one.title for one in seen.above] == []
    assert [one.title for one in seen.here.below] == ["Below"] and seen.exact
    assert seen.totals["employees"] == 15 and seen.totals["contacts"] == 1 and seen.totals["open_needs"] == 1
    assert seen.totals["open_budget"] == {"amount": "100.00", "currency": "EUR"}
    whole = tree.branch(ada, spec, below)
    assert [one.title for one in whole.above] == ["Top", "Mine"]
    assert tree.branch(ada, spec, top).totals["employees"] == 1718
    with pytest.raises(NotFound):
        tree.branch(world.ctx("stella"), spec, mine)


def test_a_branch_costs_the_same_however_large(world: World, olga: Any) -> None:
    spec = olga.schema["companies"]
    top = make(olga, "companies", name="Top")

    def costs() -> int:
        with CaptureQueriesContext(connection) as seen:
            tree.branch(world.ctx("olga"), spec, top)
        return len(seen)

    make(olga, "companies", name="First", parent=str(top))
    costs()
    few = costs()
    ids = chain(olga, 8)
    change(olga, spec, ids[0], {"parent": str(top)})
    change_many(olga, spec, [Item({"name": f"House {n}", "parent": str(top)}, verb="create") for n in range(60)])
    assert costs() == few
    assert tree.branch(olga, spec, top).here.count == 69


def test_a_larger_branch_says_more_than(olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST", 5)
    top = make(olga, "companies", name="Top", employees=1)
    spec = olga.schema["companies"]
    change_many(
        olga, spec, [Item({"name": f"House {n}", "employees": 1, "parent": str(top)}, verb="create") for n in range(9)]
    )
    found = tree.branch(olga, spec, top)
    assert not found.exact and found.totals["employees"] == 5


def test_the_tree_over_rest_and_on_the_page(client_as: Any, world: World, olga: Any) -> None:
    top, middle, low = chain(olga, 3)
    client = client_as("olga")
    body = client.get(f"/api/v1/companies/{middle}/tree").json()
    assert [one["id"] for one in body["above"]] == [str(top)]
    assert [one["title"] for one in body["below"]] == ["House 2"] and body["exact"] is True
    assert set(body["totals"]) == {"contacts", "open_needs", "open_budget", "employees"}
    assert client.get(f"/api/v1/contacts/{world.records['contacts', 'olga']}/tree").status_code == 404
    assert client_as("stella").get(f"/api/v1/companies/{middle}/tree").status_code == 404
    page = client.get(f"/companies/{middle}/tree").content.decode()
    assert page.index("House 0") < page.index("House 1") < page.index("House 2") and "Open needs" in page
    alone = make(olga, "companies", name="Alone")
    assert "k-tree" not in client.get(f"/companies/{alone}/tree").content.decode()
    assert f"/companies/{middle}/tree" in client.get(f"/companies/{middle}").content.decode()
    posted = client.post(
        f"/companies/{top}/cell/parent?in=record", {"parent": str(low)}, headers={"HX-Request": "true"}
    )
    assert posted.status_code == 422 and "cannot lie below itself" in posted.content.decode()


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_contact_has_several_addresses(olga: Any, client_as: Any) -> None:
    home = {"kind": "home", "street": "Kaistraße 3", "city": "Hamburg", "postal_code": "20457", "country": "DE"}
    id = make(olga, "contacts", name="Piet", city="Berlin", addresses=[home, home, {"kind": "billing"}])
    spec = olga.schema["contacts"]
    held = row(olga, "contacts", id)
    assert spec.fields["addresses"].type.dump(spec.fields["addresses"], held["addresses"]) == [home]
    assert held["city"] == "Berlin", "the main one stands beside them"
    client = client_as("olga")
    editor = client.get(f"/contacts/{id}/cell/addresses?in=record", headers={"HX-Request": "true"}).content.decode()
    assert 'name="addresses-0-city"' in editor and 'value="Hamburg"' in editor and 'value="home" selected' in editor
    posted = {
        "addresses-rows": "1",
        "addresses-0-kind": "home",
        "addresses-0-city": "Lyon",
        "addresses-1-kind": "billing",
        "addresses-1-street": "Quai 4",
        "addresses-2-kind": "other",
    }
    saved = client.post(f"/contacts/{id}/cell/addresses?in=record", posted, headers={"HX-Request": "true"})
    assert saved.status_code == 200 and "Lyon" in saved.content.decode() and "Billing" in saved.content.decode()
    body = client.get(f"/api/v1/contacts/{id}").json()
    assert body["addresses"] == [{"kind": "home", "city": "Lyon"}, {"kind": "billing", "street": "Quai 4"}]
    refused = client.patch(
        f"/api/v1/contacts/{id}", '{"addresses": [{"town": "Lyon"}]}', content_type="application/json"
    )
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "addresses"
    other = make(olga, "contacts", name="Piet P.", addresses=[{"street": "Quai 4"}, {"street": "Rue 5"}])
    merge.merge(olga, spec, id, [other])
    assert [one.address.street for one in row(olga, "contacts", id)["addresses"]] == ["", "Quai 4", "Rue 5"]
