"""Numbers that Kith gives: one after the other, each once, a new count for each prefix."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kith.api import Invalid, Item, change_many
from kith.kernel.fields.auto_number import number_in, prefix, written
from kith.kernel.records.models import Sequence
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import field

YEAR = timezone.now().year


def numbers(desk: Desk, name: str = "number") -> list[Any]:
    return sorted(row[name] for row in desk.rows())


def test_written() -> None:
    one = field("auto_number", options={"prefix": "Q-{year}-", "padding": 4})
    assert written(one, 7, 2026) == "Q-2026-0007"
    assert written(one, 12345, 2026) == "Q-2026-12345"
    assert number_in(one, "Q-2026-0042", 2026) == 42
    assert number_in(one, "Q-2025-0042", 2026) == 0
    bare = field("auto_number", options={})
    assert written(bare, 7, 2026) == "0007"
    assert prefix(field("auto_number", options={"prefix": "x" * 99}), 2026) == "x" * 30


def test_each_new_record_has_the_next_one(desk: Desk) -> None:
    first = desk.save({"notes": "a"})
    assert first.diff["number"] == (None, f"S-{YEAR}-001")
    change_many(desk.ctx, desk.spec, [Item({"notes": "b"}, verb="create"), Item({"notes": "c"}, verb="create")])
    assert numbers(desk) == [f"S-{YEAR}-001", f"S-{YEAR}-002", f"S-{YEAR}-003"]
    assert numbers(desk, "x_auto_number") == [f"Q-{YEAR}-0001", f"Q-{YEAR}-0002", f"Q-{YEAR}-0003"]
    assert "number" not in desk.save({"notes": "d"}, first.id).diff
    assert sorted(Sequence.objects.values_list("field", "prefix", "last")) == [
        ("number", f"S-{YEAR}-", 3),
        ("x_auto_number", f"Q-{YEAR}-", 3),
    ]


def test_a_record_dated_back_counts_in_its_own_year(desk: Desk) -> None:
    change_many(
        desk.ctx,
        desk.spec,
        [
            Item({"notes": "old"}, verb="create", at=datetime(2019, 5, 1, tzinfo=UTC)),
            Item({"notes": "new"}, verb="create"),
        ],
    )
    assert numbers(desk) == ["S-2019-001", f"S-{YEAR}-001"]


def test_a_refused_record_takes_no_number(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.save({"site": "javascript:1"})
    found = change_many(
        desk.ctx,
        desk.spec,
        [Item({"share": "900"}, verb="create"), Item({"notes": "good"}, verb="create")],
        partial=True,
    )
    assert found[0].complaints.found
    assert numbers(desk) == [f"S-{YEAR}-001"]


def test_nobody_writes_it(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.save({"number": "S-1"})


def test_a_number_that_is_brought_is_not_given_again(desk: Desk) -> None:
    """An import brings the numbers of the other system; ours go on behind them."""
    desk.save({"x_auto_number": f"Q-{YEAR}-0041"})
    desk.save({"x_auto_number": "OLD-7"})
    desk.save({"notes": "new"})
    assert numbers(desk, "x_auto_number") == ["OLD-7", f"Q-{YEAR}-0041", f"Q-{YEAR}-0042"]


def test_a_sequence_is_there_once(desk: Desk) -> None:
    desk.save({"notes": "a"})
    with pytest.raises(IntegrityError), transaction.atomic():
        Sequence.objects.create(object="sheets", field="number", prefix=f"S-{YEAR}-")
