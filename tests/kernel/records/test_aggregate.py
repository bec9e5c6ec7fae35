"""Grouped numbers are what one gets by adding up the rows that the actor sees."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kith.kernel.accounts.context import ANONYMOUS, Context
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.money import Money
from kith.kernel.query.tree import ALL, BadFilter, Is, Tree
from kith.kernel.records import read
from kith.kernel.records.aggregate import aggregate, board, footer
from kith.kernel.records.change import change
from kith.kernel.records.errors import Forbidden
from tests.kernel.query import conftest, plenty

_made, made = conftest._made, conftest.made  # the same samples
ACTORS = ("system", "olga", "stella")
Row = dict[str, Any]


def asked(ctx: Context, *group: str, measures: tuple[str, ...] = ("count",), where: Tree = ALL) -> list[Row]:
    return aggregate(ctx, ctx.schema["samples"], where, group, measures)


def by_hand(rows: list[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def seen(made: plenty.Plenty, name: str) -> list[Row]:
    return list(made.rows(name, "samples").values())


def quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


STRETCH: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": quarter,
    "year": lambda day: day.replace(month=1, day=1),
}


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize(
    "field", ["stage", "active", "length", "word", "city", "x_my_choice", "x_my_bool", "x_my_text", "x_my_number"]
)
def test_groups_of_plain_values(made: plenty.Plenty, name: str, field: str) -> None:
    ctx = made.ctx(name)
    spec = ctx.schema["samples"]
    hand = by_hand(seen(made, name), lambda row: row[field] if row[field] != "" else None)
    found = asked(ctx, field, measures=("count", "sum:ratio", "filled:day"))
    assert {item[field]: item["count"] for item in found} == {key: len(rows) for key, rows in hand.items()}
    for item in found:
        rows = hand[item[field]]
        ratios = [row["ratio"] for row in rows if row["ratio"] is not None]
        assert item["sum:ratio"] == (sum(ratios) if ratios else None)
        assert item["filled:day"] == sum(row["day"] is not None for row in rows)
    if spec.fields[field].choices:
        order = [*(one.key for one in spec.fields[field].choices), None]
        assert [item[field] for item in found] == [key for key in order if key in hand]
    elif field not in ("length", "x_my_number"):
        assert [item["count"] for item in found] == sorted((item["count"] for item in found), reverse=True)


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize("field", ["company", "owner", "team"])
def test_groups_of_references_have_titles(made: plenty.Plenty, name: str, field: str) -> None:
    ctx = made.ctx(name)
    target = ctx.schema["samples"].fields[field].target
    hand = by_hand(seen(made, name), lambda row: row[field])
    titles = {id: row["name"] for id, row in made.rows(name, target).items()}
    found = asked(ctx, field)
    assert {item[field] and item[field]["id"]: item["count"] for item in found} == {
        str(key) if key else None: len(rows) for key, rows in hand.items()
    }
    for item in found:
        if held := item[field]:
            shown = {str(id): title for id, title in titles.items()}
            assert held == {"object": target, "id": held["id"], "title": shown.get(held["id"], "")}


@pytest.mark.parametrize("stretch", STRETCH)
@pytest.mark.parametrize("field", ["day", "moment", "x_my_date", "x_my_datetime"])
def test_groups_of_days(made: plenty.Plenty, field: str, stretch: str) -> None:
    ctx = made.ctx("system")
    if field.startswith("x_") and stretch == "week":
        with pytest.raises(BadFilter):
            asked(ctx, f"{field}:{stretch}")
        return

    def key(row: Row) -> Any:
        value = row[field]
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
        return STRETCH[stretch](day).isoformat() if day else None

    hand = by_hand(seen(made, "system"), key)
    found = asked(ctx, f"{field}:{stretch}")
    assert {item[f"{field}:{stretch}"]: item["count"] for item in found} == {
        one: len(rows) for one, rows in hand.items()
    }
    days = [item[f"{field}:{stretch}"] for item in found if item[f"{field}:{stretch}"]]
    assert days == sorted(days)


def test_moments_are_grouped_by_the_days_of_the_reader(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    change(ctx, ctx.schema["samples"], None, {"title": "late", "moment": "2026-06-30T23:30:00Z"})
    berlin = replace(ctx, locale=Locale(time_zone="Europe/Berlin"), notes={})
    where = Is("title", "eq", "late")
    assert asked(ctx, "moment:month", where=where)[0]["moment:month"] == "2026-06-01"
    assert asked(berlin, "moment:month", where=where)[0]["moment:month"] == "2026-07-01"
    change(ctx, ctx.schema["samples"], None, {"title": "winter", "moment": "2026-10-31T23:30:00Z"})
    change(ctx, ctx.schema["samples"], None, {"title": "winter", "moment": "2026-10-31T22:30:00Z"})
    winter = asked(berlin, "moment:month", where=Is("title", "eq", "winter"))
    assert [(one["moment:month"], one["count"]) for one in winter] == [("2026-10-01", 1), ("2026-11-01", 1)]


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize("field", ["count", "ratio", "share", "length", "x_my_number"])
def test_measures_of_numbers(made: plenty.Plenty, name: str, field: str) -> None:
    rows = seen(made, name)
    held = [row[field] for row in rows if row[field] is not None]
    names = [f"{what}:{field}" for what in ("sum", "avg", "min", "max", "median", "filled", "empty", "unique")]
    (item,) = asked(made.ctx(name), measures=("count", *names))
    found = {key.partition(":")[0]: value for key, value in item.items()}
    exact = {"sum": sum(held), "min": min(held), "max": max(held), "filled": len(held), "empty": len(rows) - len(held)}
    assert {key: found[key] for key in exact} == exact
    assert found["unique"] == len(set(held)) and found["count"] == len(rows)
    assert abs(Decimal(found["avg"]) - sum(map(Decimal, held)) / len(held)) < Decimal("0.001")
    assert abs(Decimal(found["median"]) - statistics.median(map(Decimal, held))) < Decimal("0.001")
    assert not any(isinstance(value, float) for value in found.values()), "a binary float is not exact"


@pytest.mark.parametrize("name", ACTORS)
def test_medians_of_groups(made: plenty.Plenty, name: str) -> None:
    hand = by_hand(seen(made, name), lambda row: (row["stage"] or None, row["active"]))
    found = asked(made.ctx(name), "stage", "active", measures=("median:count",))
    assert len(found) == len(hand)
    for item in found:
        held = [row["count"] for row in hand[item["stage"], item["active"]] if row["count"] is not None]
        assert item["median:count"] == (statistics.median(held) if held else None)


def test_money_is_added_up_in_its_own_currency_or_in_ours(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    rows = [row["price"] for row in seen(made, "system") if row["price"]]
    euros = sum(one.amount for one in rows if one.currency == "EUR")
    dollars = sum(one.amount for one in rows if one.currency == "USD")
    only = {code: Is("price.currency", "eq", code) for code in ("EUR", "USD")}

    def total(where: Tree, field: str = "price", what: str = "sum") -> Any:
        return asked(ctx, measures=(f"{what}:{field}",), where=where)[0][f"{what}:{field}"]

    assert total(only["EUR"]) == {"amount": f"{euros:.2f}", "currency": "EUR"}
    assert total(only["USD"]) == {"amount": f"{dollars:.2f}", "currency": "USD"}
    assert total(ALL) == {"amount": f"{euros:.2f}", "currency": "EUR"}, "dollars without a rate are not in it"
    assert total(only["EUR"], what="max")["amount"] == "99.00"
    own = [row["x_my_money"] for row in seen(made, "system") if row["x_my_money"]]
    dollars = sum(one.amount for one in own if one.currency == "USD")
    assert total(Is("x_my_money.currency", "eq", "usd"), "x_my_money") == {
        "amount": f"{dollars:.2f}",
        "currency": "USD",
    }
    assert total(ALL, "x_my_money") is None, "two currencies without rates have no sum"


def test_days_have_a_first_and_a_last(made: plenty.Plenty) -> None:
    rows = seen(made, "system")
    for field in ("day", "moment", "x_my_date", "x_my_datetime"):
        held = [row[field] for row in rows if row[field]]
        found = footer(made.ctx("system"), made.ctx("system").schema["samples"], ALL, {field: "min"})
        assert found == {field: min(held)}
        (item,) = asked(made.ctx("system"), measures=(f"max:{field}",))
        spec = made.ctx("system").schema["samples"]
        assert item[f"max:{field}"] == spec.fields[field].type.dump(spec.fields[field], max(held))


@pytest.mark.parametrize(
    "field", ["emails", "helpers", "topics", "company", "word", "extra", "x_my_references", "address"]
)
def test_anything_can_be_filled(made: plenty.Plenty, field: str) -> None:
    rows = seen(made, "olga")
    (item,) = asked(made.ctx("olga"), measures=(f"filled:{field}", f"empty:{field}"))
    if field == "address":  # sent only when asked for by name
        filled = sum(bool(row["city"] or row["street"]) for row in rows)
    else:
        filled = sum(row[field] not in (None, "", (), {}) for row in rows)
    assert item == {f"filled:{field}": filled, f"empty:{field}": len(rows) - filled}


# --- footer and board ------------------------------------------------------------------------------------------------


def test_a_footer_is_one_query(made: plenty.Plenty) -> None:
    ctx = made.ctx("olga")
    spec = ctx.schema["samples"]
    rows = [row for row in seen(made, "olga") if row["active"]]
    wanted = {
        "count": "sum",
        "ratio": "avg",
        "day": "max",
        "word": "unique",
        "company": "filled",
        "emails": "empty",
        "title": "count",
    }
    footer(ctx, spec, ALL, {"title": "count"})  # who the actor is, is remembered from here on
    with CaptureQueriesContext(connection) as queries:
        found = footer(ctx, spec, Is("active", "eq", True), wanted)
    assert len(queries) == 1
    assert found["count"] == sum(row["count"] or 0 for row in rows)
    assert found["day"] == max(row["day"] for row in rows if row["day"])
    assert found["company"] == sum(row["company"] is not None for row in rows) / len(rows)
    assert found["emails"] == sum(not row["emails"] for row in rows)
    assert found["title"] == len(rows)
    nothing = footer(ctx, spec, Is("title", "eq", "nothing of the kind"), wanted)
    assert nothing == dict.fromkeys(wanted) | {"word": 0, "emails": 0, "title": 0}


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize(
    ("by", "total"),
    [("stage", "price"), ("active", "count"), ("company", "ratio"), ("x_my_choice", "x_my_number"), ("owner", "")],
)
def test_a_board_is_one_query_for_all_columns(made: plenty.Plenty, name: str, by: str, total: str) -> None:
    ctx = made.ctx(name)
    spec = ctx.schema["samples"]
    hand = by_hand(seen(made, name), lambda row: row[by] if row[by] != "" else None)
    whole = board(ctx, spec, read.Query(), by, total)
    with CaptureQueriesContext(connection) as queries:
        found = board(ctx, spec, read.Query(), by, total, columns=[one.key for one in whole])
    assert len(queries) == 1 and found == whole and whole[-1].key is None
    for column in whole:
        rows = hand.get(column.key, [])
        assert column.count == read.Count(len(rows), True)
        held = [row[total] for row in rows if total and row[total] is not None]
        if held and isinstance(held[0], Money):
            euros = [one.amount for one in held if one.currency == "EUR"]
            assert column.sum == Money(sum(euros), "EUR") or len({one.currency for one in held}) == 1
        else:
            assert column.sum == (sum(held) if held else None)


def test_a_board_stops_counting_at_the_cap(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    hand = by_hand(seen(made, "system"), lambda row: row["active"])
    for column in board(ctx, spec, read.Query(), "active", "count", cap=3):
        rows = len(hand.get(column.key, []))
        assert column.count == read.Count(min(rows, 3), rows <= 3)
        assert (column.sum is None) == (rows > 3 or not rows)
    assert [one.count.value for one in board(ctx, spec, read.Query(Is("title", "in", [])), "stage")] == [0, 0, 0, 0]


# --- rights and refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "measures"),
    [
        (("salary",), ("count",)),
        (("nothing",), ("count",)),
        (("topics",), ("count",)),
        (("emails",), ("count",)),
        (("helpers",), ("count",)),
        (("stage:month",), ("count",)),
        (("day:decade",), ("count",)),
        (("price",), ("count",)),
        ((), ("sum:salary",)),
        ((), ("filled:salary",)),
        ((), ("sum:title",)),
        ((), ("sum:day",)),
        ((), ("median:x_my_money",)),
        ((), ("unique:emails",)),
        ((), ("mode:count",)),
        ((), ("sum",)),
        ((), ("sum:",)),
        ((), ("count:title",)),
    ],
)
def test_what_cannot_be_measured_is_a_bad_filter(
    made: plenty.Plenty, group: tuple[str, ...], measures: tuple[str, ...]
) -> None:
    with pytest.raises(BadFilter) as caught:
        asked(made.ctx("olga"), *group, measures=measures)
    assert str(caught.value)


def test_nobody_adds_up_what_they_may_not_read(made: plenty.Plenty) -> None:
    nobody = Context(ANONYMOUS, "test", made.ctx("system").schema)
    spec = nobody.schema["samples"]
    for run in (
        lambda: aggregate(nobody, spec, ALL),
        lambda: footer(nobody, spec, ALL, {"title": "count"}),
        lambda: board(nobody, spec, read.Query(), "stage"),
    ):
        with pytest.raises(Forbidden):
            run()


def test_groups_are_capped(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    every = aggregate(ctx, spec, ALL, ("word",))
    assert aggregate(ctx, spec, ALL, ("word",), limit=2) == every[:2]
