"""A file of people, and what became of them: what the tests of imports share beside their fixtures."""

from __future__ import annotations

from typing import Any

from kith.api import read
from kith.kernel.records.read import Query
from kith.kernel.transfer import store
from tests.kernel.transfer.conftest import Bench

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


def mapping(bench: Bench, file: int = 0) -> dict[str, Any]:
    """How a file of the import is read."""
    return dict(store.held(bench.world.ctx("system"), bench.id).files.order_by("position")[file].mapping)
