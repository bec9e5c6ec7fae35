"""Who may import what, and into which records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kith.api import Forbidden, Invalid, NotFound, change, read
from kith.kernel.policy.models import Role
from kith.kernel.schema import load
from kith.kernel.transfer import job as imports
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table
from tests.kernel.transfer.people import HEAD, people
from tests.world import forget


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
