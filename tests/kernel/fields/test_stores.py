"""Every type in both kinds of store: what is saved comes back, is found and sorts, on the database of the run."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from kith.kernel.fields.base import type_named
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Json, JsonKey
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.sheets import STORED

COLUMNS = (
    "name",
    "address",
    "amount",
    "tags",
    "channels",
    "body",
    "notes",
    "site",
    "share",
    "took",
    "logo",
    "raw",
    "emails",
    "phones",
)


def several(desk: Desk, name: str, count: int = 4) -> list[Any]:
    """So many different values of the field."""
    one, source = desk.spec.fields[name], random.Random(name)
    found: list[Any] = []
    for _turn in range(300):
        value = one.type.sample(one, source)
        if value not in found and not one.type.empty(value):
            found.append(value)
        if len(found) == count:
            break
    return found


@pytest.mark.parametrize("name", [*COLUMNS, *(f"x_{name}" for name in STORED)])
def test_kept_found_and_sorted(desk: Desk, name: str) -> None:
    one = desk.spec.fields[name]
    values = several(desk, name)
    held = {desk.save({name: one.type.dump(one, value)}).id: value for value in values}
    nothing = desk.save({"billing_city": "nothing"}).id
    if one.type.name == "auto_number":
        held[nothing] = desk.rows(fields=(name,))[-1][name]
        nothing = None

    assert {row.id: row[name] for row in desk.rows() if not one.type.empty(row[name])} == held
    assert desk.ids(name, "empty") == ({nothing} if nothing else set())
    assert desk.ids(name, "empty", False) == set(held)

    if "eq" in one.operators:
        for id, value in held.items():
            wire = one.type.dump(one, value)
            assert desk.ids(name, "eq", wire) == {id}, f"{name} = {wire!r}"
    if "has" in one.operators:
        first = next(iter(held.values()))[0]
        assert desk.ids(name, "has", first) == {id for id, value in held.items() if first in value}
    if one.type.kind is Kind.NUMBER or one.type.name == "money":
        ordered = sorted(held, key=lambda id: number(held[id]))
        middle = one.type.dump(one, held[ordered[1]])
        assert desk.ids(name, "gt", middle) == {id for id in held if number(held[id]) > number(held[ordered[1]])}
        assert desk.ids(name, "lte", middle) == {id for id in held if number(held[id]) <= number(held[ordered[1]])}

    key = one.type.sort_expr(one)
    if key is None:
        return
    up = [row[name] for row in desk.rows(sort=name, fields=(name,), limit=2)]
    down = [row[name] for row in desk.rows(sort=f"-{name}", fields=(name,), limit=2)]
    assert len(up) == len(down) == len(desk.rows())
    ranks = [rank(one)(value) for value in up if not one.type.empty(value)]
    assert ranks == sorted(ranks)
    assert [rank(one)(value) for value in down if not one.type.empty(value)] == ranks[::-1]


def number(value: Any) -> Any:
    return getattr(value, "amount", value)


def rank(one: Any) -> Any:
    """How the database should order the values."""
    if one.type.name == "choice":
        keys = [choice.key for choice in one.choices]
        return keys.index
    if one.type.name == "address":
        return lambda value: value.city.lower()
    if one.name == "name":
        from kith.kernel.kit.text import title_key

        return lambda value: title_key(value, name=True)
    return lambda value: number(value).lower() if isinstance(value, str) else number(value)


@pytest.mark.parametrize(
    ("name", "part", "hit", "miss"),
    [
        ("amount", "amount", "12.50", "13"),
        ("amount", "currency", "eur", "usd"),
        ("amount", "base", 12.5, 13),
        ("x_money", "amount", "12.5", "13"),
        ("x_money", "currency", "EUR", "USD"),
        ("x_money", "base", "12.5", "13"),
        ("address", "city", "Köln", "Bonn"),
        ("billing", "postal_code", "50667", "50668"),
        ("x_address", "city", "Köln", "Bonn"),
        ("x_address", "country", "Germany", "Berlin"),
    ],
)
def test_parts_of_composites(desk: Desk, name: str, part: str, hit: Any, miss: Any) -> None:
    money = part in ("amount", "currency", "base")
    wire = {"amount": "12.50", "currency": "EUR"} if money else "Domkloster 4\n50667 Köln\nGermany"
    id = desk.save({name: wire}).id
    desk.save({"notes": "another"})
    assert desk.ids(f"{name}.{part}", "eq", hit) == {id}
    assert desk.ids(f"{name}.{part}", "eq", miss) == set()
    assert id not in desk.ids(f"{name}.{part}", "ne", hit)
    with pytest.raises(Unreadable):
        desk.ids(f"{name}.{part}", "eq", {"a": 1})
    with pytest.raises(Unreadable):
        desk.ids(f"{name}.nothing", "eq", hit)


@pytest.mark.parametrize("key", ["f1'", "f1.x", "f1 ", "", "ключ", "f1$", 'f"1', "f1[0]"])
def test_a_path_is_never_more_than_a_name(key: str) -> None:
    with pytest.raises(ValueError, match="stored key"):
        JsonKey("custom", key, Kind.TEXT)
    if key:
        with pytest.raises(ValueError, match="stored key"):
            JsonKey("custom", "f1", Kind.TEXT, key)


def test_an_absent_value_leaves_no_key(desk: Desk) -> None:
    id = desk.save({"x_money": "5 EUR", "x_tags": "a, b", "x_rating": 3}).id
    desk.save({"x_money": None, "x_tags": [], "x_rating": ""}, id)
    held = desk.spec.model._default_manager.get(pk=id).custom
    assert list(held) == [desk.spec.fields["x_auto_number"].store.key]  # type: ignore[attr-defined]


def test_money_in_json_keeps_its_last_digit(desk: Desk) -> None:
    one = desk.spec.fields["x_money"]
    assert isinstance(one.store, Json)
    amounts = ["900719925474099.1234", "0.0001", "-12.50", "922337203685477.5807"]
    for amount in amounts:
        desk.save({name: {"amount": amount, "currency": "EUR"} for name in ("x_money", "amount")})
    found = {one.type.dump(one, row["x_money"])["amount"] for row in desk.rows()}
    assert found == set(amounts)
    assert all(row["amount"] == row["x_money"] for row in desk.rows())


def test_types_that_cannot_be_sorted_say_so(desk: Desk) -> None:
    for name, sort in itertools.product(
        ("tags", "channels", "body", "logo", "raw", "emails", "x_tags", "x_json", "x_file"), ("", "-")
    ):
        with pytest.raises(Unreadable):
            desk.rows(sort=sort + name)


def test_every_json_store_is_of_a_known_type() -> None:
    assert {"money", "tags", "person_name", "address", "rating", "percent", "duration", "url", "long_text"} <= set(
        STORED
    )
    assert all(type_named(name) for name in STORED)
