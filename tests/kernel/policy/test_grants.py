"""How far each verb reaches: the sum of the roles, narrowed by a token."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kith.kernel.accounts.context import ANONYMOUS, Actor
from kith.kernel.policy.grants import ADMINISTER, SHIPPED, Grants, Reach, RoleRights


def role(key: str, **more: Any) -> RoleRights:
    held = {"rights": {}, "conditions": {}, "masks": {}, "extra": frozenset[str](), **more}
    return RoleRights(key, **held)


def shipped(key: str) -> RoleRights:
    return role(key, rights=SHIPPED[key]["rights"], extra=frozenset(SHIPPED[key].get("extra", [])))


PERSON = Actor("user", roles=("a",))


@pytest.mark.parametrize(
    ("key", "verb", "reach"),
    [
        ("administrator", "delete", Reach.ALL),
        ("manager", "read", Reach.TEAM),
        ("manager", "delete", Reach.TEAM),
        ("member", "update", Reach.TEAM),
        ("member", "delete", Reach.OWN),
        ("member", "export", Reach.NONE),
        ("read_only", "read", Reach.TEAM),
        ("read_only", "create", Reach.NONE),
        ("read_only", "export", Reach.NONE),
    ],
)
def test_what_is_shipped(key: str, verb: str, reach: Reach) -> None:
    assert Grants(PERSON, (shipped(key),)).reach("contacts", verb) is reach


def test_the_widest_role_counts() -> None:
    held = Grants(PERSON, (role("a", rights={"*": {"read": "own"}}), role("b", rights={"contacts": {"read": "all"}})))
    assert held.reach("contacts", "read") is Reach.ALL
    assert held.reach("companies", "read") is Reach.OWN


def test_an_object_of_its_own_is_not_what_the_star_says() -> None:
    """Also where nothing is granted on it: rights fail closed."""
    for own in ({}, {"read": "none"}, {"update": "all"}):
        held = Grants(PERSON, (role("a", rights={"*": {"read": "all"}, "contacts": own}),))
        assert held.reach("contacts", "read") is Reach.NONE
        assert held.reach("companies", "read") is Reach.ALL


def test_nobody_and_unknown_roles_reach_nothing() -> None:
    assert Grants(ANONYMOUS, ()).reach("contacts", "read") is Reach.NONE
    assert not Grants(ANONYMOUS, ()).has("anything")


def test_a_token_only_narrows() -> None:
    administrator = shipped("administrator")
    token = Actor("token", roles=("administrator",), scope="read")
    held = Grants(token, (administrator,))
    assert held.reach("contacts", "read") is Reach.ALL
    assert held.reach("contacts", "export") is Reach.ALL
    assert all(held.reach("contacts", verb) is Reach.NONE for verb in ("create", "update", "delete", "import"))
    some = Grants(replace(token, scope="write", objects=frozenset({"contacts"})), (administrator,))
    assert some.reach("contacts", "delete") is Reach.ALL
    assert some.reach("companies", "read") is Reach.NONE
    reader = Grants(replace(token, scope="admin"), (shipped("read_only"),))
    assert reader.reach("contacts", "update") is Reach.NONE


def test_only_a_token_with_that_scope_administers() -> None:
    administrator = shipped("administrator")
    assert Grants(PERSON, (administrator,)).has(ADMINISTER)
    for scope, may in (("read", False), ("write", False), ("admin", True)):
        assert Grants(Actor("token", scope=scope), (administrator,)).has(ADMINISTER) is may  # type: ignore[arg-type]
    assert not Grants(PERSON, (shipped("manager"),)).has(ADMINISTER), "the star of managers is not that one"
    assert Grants(PERSON, (shipped("manager"),)).has("sales.see_amounts")


def test_the_mildest_mask_counts_of_roles_that_reach_the_object() -> None:
    reads = {"*": {"read": "team"}}
    hidden = role("a", rights=reads, masks={"contacts.phone": "hidden"})
    fixed = role("b", rights=reads, masks={"contacts.phone": "read"})
    elsewhere = role("c", rights={"companies": {"read": "all"}})
    assert Grants(PERSON, (hidden,)).mask("contacts", "phone") == "hidden"
    assert Grants(PERSON, (hidden, fixed)).mask("contacts", "phone") == "read"
    assert Grants(PERSON, (hidden, role("d", rights=reads))).mask("contacts", "phone") == ""
    assert Grants(PERSON, (hidden, elsewhere)).mask("contacts", "phone") == "hidden"
    assert Grants(PERSON, (hidden,)).mask("contacts", "email") == ""
