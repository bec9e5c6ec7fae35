"""Amounts of a currency without a rate are compared with amounts of that currency, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.query.tree import BadFilter, Is
from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.world import World

AMOUNTS = {"n5": ("5", "NOK"), "n9": ("9", "NOK"), "k5": ("5", "ISK"), "own": ("5", ""), "none": None}


@pytest.fixture
def made(world: World) -> Any:
    ctx = world.ctx("ada")
    spec = ctx.schema["samples"]
    for title, price in AMOUNTS.items():
        value = None if price is None else {"amount": price[0], **({"currency": price[1]} if price[1] else {})}
        change(ctx, spec, None, {"title": title, "word": "priced", "price": value})
    return ctx


def found(ctx: Any, op: str, value: Any, *, without: bool = False) -> set[str]:
    from kith.kernel.query.tree import And, Not

    leaf: Any = Is("price", op, value)
    where = And((Is("word", "eq", "priced"), Not(leaf) if without else leaf))
    page = read.rows(ctx, ctx.schema["samples"], read.Query(fields=("title",), where=where, limit=50))
    return {row["title"] for row in page.rows}


def nok(amount: int) -> dict[str, Any]:
    return {"amount": str(amount), "currency": "NOK"}


def test_only_the_same_currency(made: Any) -> None:
    assert found(made, "eq", nok(5)) == {"n5"}
    assert found(made, "gt", nok(1)) == {"n5", "n9"}
    assert found(made, "lte", "NOK 5") == {"n5"}
    assert found(made, "between", [nok(6), nok(10)]) == {"n9"}
    assert found(made, "in", [nok(5), nok(9)]) == {"n5", "n9"}
    assert found(made, "gt", nok(1), without=True) == {"k5", "own", "none"}
    assert found(made, "ne", nok(5)) == {"n9", "k5", "own", "none"}
    assert found(made, "eq", 5) == {"own"}, "the own currency is compared as ever"


def test_two_currencies_at_once_need_a_rate(made: Any) -> None:
    for op in ("in", "between"):
        with pytest.raises(BadFilter, match=r"price: There is no exchange rate from (NOK|ISK)"):
            found(made, op, [nok(5), {"amount": "9", "currency": "ISK"}])
