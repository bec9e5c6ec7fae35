"""Roles as a table of objects and verbs, what else a role holds, and who can see what, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from kith.kernel.policy.models import Role
from tests.world import World, forget

Client = Callable[[str], Any]


def test_a_cell_is_chosen_and_undone(world: World, client_as: Client) -> None:
    client, member = client_as("ada"), Role.objects.get(key="member")
    menu = client.get(f"/settings/roles/{member.pk}/menu?object=contacts&verb=read").content.decode()
    assert [one in menu for one in ('value="none"', 'value="own"', 'value="team"', 'value="all"')] == [True] * 4
    shared = client.get(f"/settings/roles/{member.pk}/menu?object=users&verb=read").content.decode()
    assert 'value="own"' not in shared
    answer = client.post(
        f"/settings/roles/{member.pk}/choose", {"object": "contacts", "verb": "read", "reach": "own"}, follow=True
    )
    forget()
    held = Role.objects.get(key="member")
    assert held.rights["contacts"] == {**held.rights["*"], "read": "own"}
    undo = re.search(r'data-undo="(/undo/[^"]+)"', answer.content.decode())
    assert undo
    client.post(undo[1])
    forget()
    assert Role.objects.get(key="member").rights == member.rights


def test_a_cell_like_all_others_follows_them_again(world: World, client_as: Client) -> None:
    client, member = client_as("ada"), Role.objects.get(key="member")
    for reach in ("own", "team"):
        client.post(f"/settings/roles/{member.pk}/choose", {"object": "contacts", "verb": "read", "reach": reach})
        forget()
    assert Role.objects.get(key="member").rights == member.rights


@pytest.mark.parametrize(
    "values",
    [
        {"object": "contacts", "verb": "read", "reach": "galaxy"},
        {"object": "contacts", "verb": "fly", "reach": "all"},
        {"object": "nothing", "verb": "read", "reach": "all"},
        {"object": "users", "verb": "read", "reach": "own"},
        {},
    ],
)
def test_what_is_no_cell_is_refused(client_as: Client, values: dict[str, str]) -> None:
    member = Role.objects.get(key="member")
    assert client_as("ada").post(f"/settings/roles/{member.pk}/choose", values).status_code == 404
    assert Role.objects.get(key="member").rights == member.rights


def test_the_administrators_role_is_shown_and_not_changed(client_as: Client) -> None:
    client, role = client_as("ada"), Role.objects.get(key="administrator")
    page = client.get(f"/settings/roles/{role.pk}").content.decode()
    assert "data-pop" not in page and "/fields" not in page
    answer = client.post(f"/settings/roles/{role.pk}/choose", {"object": "contacts", "verb": "read", "reach": "none"})
    assert answer.status_code == 422


def test_masks_conditions_and_named_rights(world: World, client_as: Client) -> None:
    client, role = client_as("ada"), Role.objects.get(key="masked")
    address = f"/settings/roles/{role.pk}"
    assert client.post(f"{address}/fields", {"field": "contacts.phone", "kind": "hidden"}).status_code == 302
    forget()
    assert (
        client.post(f"{address}/condition", {"object": "contacts", "verb": "read", "filter": "city:Berlin"}).status_code
        == 302
    )
    forget()
    assert client.post(f"{address}/rights", {"extra": ["*", "made.up"]}).status_code == 302
    forget()
    role.refresh_from_db()
    assert role.masks == {"contacts.phone": "hidden"} and role.extra == ["*"]
    assert set(role.conditions["contacts"]) == {"read"}
    page = client.get(address).content.decode()
    assert "city:Berlin" in page
    for wrong in ("nofield:x", "city:"):
        bad = client.post(f"{address}/condition", {"object": "contacts", "verb": "read", "filter": wrong})
        assert bad.status_code in (302, 422)
    client.post(f"{address}/condition", {"object": "contacts", "verb": "read", "filter": ""})
    client.post(f"{address}/fields", {"field": "contacts.phone"})
    forget()
    role.refresh_from_db()
    assert role.conditions == {} and role.masks == {}


def test_a_role_is_added_and_deleted(client_as: Client) -> None:
    client = client_as("ada")
    answer = client.post("/settings/roles", {"name": "Partner", "like": "member"})
    role = Role.objects.get(name="Partner")
    assert answer["Location"].endswith(str(role.pk)) and role.rights == Role.objects.get(key="member").rights
    assert "workspace.administer" not in role.extra
    forget()
    assert client.post(f"/settings/roles/{role.pk}/delete").status_code == 302
    used = Role.objects.get(key="member")
    answer = client.post(f"/settings/roles/{used.pk}/delete")
    assert answer.status_code == 422 and "people have this role" in answer.content.decode()


# --- who can see this, and why ---------------------------------------------------------------------------------------


def test_who_sees_a_record_and_why(world: World, client_as: Client) -> None:
    id = world.records["contacts", "olga"]
    page = client_as("olga").get(f"/contacts/{id}/access")
    text = page.content.decode()
    assert page.status_code == 200
    rows = dict(re.findall(r'<span class="k-cut">(\w+)</span></span></td>.*?class="why"><p>(.*?)</p>', text, re.S))
    assert set(rows) == {"Ada", "Hugo", "Mara", "Olga", "Rita", "Tim"}
    assert rows["Ada"] == "Administrator: all records" and rows["Olga"] == "Member: records they own"
    assert rows["Tim"] == "Member: records of the team North" and rows["Mara"].startswith(
        "Manager: records of the team"
    )


@pytest.mark.parametrize("who", ["stella", "noah"])
def test_not_for_those_who_cannot_see_it_themselves(world: World, client_as: Client, who: str) -> None:
    assert client_as(who).get(f"/contacts/{world.records['contacts', 'olga']}/access").status_code == 404


def test_what_a_person_sees_and_why(world: World, client_as: Client) -> None:
    from tests.world import mask_role

    mask_role({"contacts.phone": "hidden", "companies.name": "read"})
    text = client_as("ada").get(f"/settings/users/{world.people['hugo']}/access").content.decode()
    assert "Masked: records they own" in text and "Hidden: Phone" in text and "Read only: Name" in text
    assert client_as("ada").get(f"/settings/users/{world.people['noah']}/access").status_code == 200
    assert client_as("mara").get(f"/settings/users/{world.people['hugo']}/access").status_code == 403
