"""Roles as they are saved from anywhere: what the policy would not understand is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kith.api import Role
from tests.world import World, forget


def patch(client: Any, role: Role, values: dict[str, Any]) -> tuple[int, str]:
    forget()
    found = client.patch(f"/api/v1/roles/{role.pk}", data=json.dumps(values), content_type="application/json")
    return found.status_code, " ".join(one["message"] for one in found.json().get("errors", []))


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ({"field": "no_such_field", "op": "eq", "value": "x"}, "no_such_field"),
        ({"field": "last_name", "op": "within", "value": "30d"}, "last_name"),
        ({"field": "birthday", "op": "gt", "value": "soon-ish"}, "birthday"),
        ({"field": "tags", "op": "has", "value": ["vip"]}, "tags"),
        ({"and": [{"field": "company.no_such", "op": "eq", "value": "x"}]}, "company.no_such"),
    ],
)
def test_a_condition_that_cannot_be_compiled(world: World, client_as: Any, condition: Any, named: str) -> None:
    role = Role.objects.get(key="masked")
    status, said = patch(client_as("ada"), role, {"conditions": {"contacts": {"read": condition}}})
    assert status == 422
    assert named in said and "contacts" in said and "read" in said
    role.refresh_from_db()
    assert role.conditions == {}


def test_what_is_no_verb(world: World, client_as: Any) -> None:
    good = {"field": "city", "op": "eq", "value": "Berlin"}
    role = Role.objects.get(key="masked")
    status, said = patch(client_as("ada"), role, {"conditions": {"contacts": {"raed": good}}})
    assert (status, "read" in said) == (422, True)
    assert patch(client_as("ada"), role, {"conditions": {"contacts": {"*": good}}})[0] == 200


def test_one_whose_field_has_gone_does_not_keep_the_rest_from_being_saved(world: World, client_as: Any) -> None:
    old = {"contacts": {"read": {"field": "x_gone", "op": "eq", "value": "x"}}}
    Role.objects.filter(key="masked").update(conditions=old)
    role = Role.objects.get(key="masked")
    assert patch(client_as("ada"), role, {"description": "Narrow"})[0] == 200
    more = {"contacts": {**old["contacts"], "update": {"field": "city", "op": "eq", "value": "Berlin"}}}
    assert patch(client_as("ada"), role, {"conditions": more})[0] == 200
