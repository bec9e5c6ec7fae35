"""The life of links: invitations, and passwords that somebody chooses. Once, for a while, and not after anything
changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone

from kith.kernel.accounts import invites, passwords
from kith.kernel.accounts.models import Invitation, User
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.people import care, joining
from kith.kernel.records.change import change, delete
from kith.kernel.records.errors import Forbidden, Invalid
from tests.world import PASSWORD, World, forget


def invited(world: World, email: str = "neo@firm.example", **more: Any) -> tuple[Invitation, str]:
    """An invitation by Ada, and the token of its link."""
    ctx = world.ctx("ada")
    values = {"email": email, "name": "Neo", "roles": ["member"], "team": str(world.teams["South"]), **more}
    held = Invitation.objects.get(pk=change(ctx, ctx.schema["invitations"], None, values).id)
    return held, joining.link(ctx, held).rpartition("/")[2]


def test_who_accepts_is_a_user_with_team_and_role(world: World) -> None:
    held, token = invited(world)
    user = joining.accept(token, "Neo Wang", "Harbour-lantern-78", "zh-hans")
    forget()
    assert (user.email, user.name, user.roles, user.team_id) == (
        held.email,
        "Neo Wang",
        ["member"],
        world.teams["South"],
    )
    assert User.objects.get(pk=user.pk).check_password("Harbour-lantern-78")
    created = Event.objects.get(object="users", record=user.pk, verb="created")
    assert (created.actor_name, created.source) == ("Neo Wang", "invitation")
    assert payload_of(created)["diff"]["roles"] == [None, ["member"]]
    assert Event.objects.filter(object="invitations", record=held.pk, verb="accepted").exists()


def test_looking_uses_nothing_up_and_accepting_does(world: World) -> None:
    _held, token = invited(world)
    assert all(invites.find(token) for _look in range(3))
    joining.accept(token, "Neo", "Harbour-lantern-78")
    assert invites.find(token) is None
    with pytest.raises(joining.LinkDead):
        joining.accept(token, "Neo", "Harbour-lantern-79")


def _late(world: World, held: Invitation) -> Any:
    return time_machine.travel(timezone.now() + timedelta(days=7, seconds=1), tick=False)


DEATHS: dict[str, Callable[[World, Invitation], Any]] = {
    "a newer link": lambda world, held: joining.link(world.ctx("ada"), held),
    "another address": lambda world, held: _change(world, held, email="other@firm.example"),
    "withdrawn": lambda world, held: delete(world.ctx("ada"), world.ctx("ada").schema["invitations"], held.pk),
    "somebody has the address": lambda world, held: User.objects.create_user("Neo@firm.example", PASSWORD, name="Neo"),
    "too late": _late,
}


def _change(world: World, held: Invitation, **values: Any) -> None:
    ctx = world.ctx("ada")
    change(ctx, ctx.schema["invitations"], held.pk, values)


@pytest.mark.parametrize("death", DEATHS)
def test_a_dead_link_opens_nothing(world: World, death: str) -> None:
    held, token = invited(world)
    shift = DEATHS[death](world, held)
    if death == "too late":
        with shift:
            assert invites.find(token) is None
        return
    forget()
    assert invites.find(token) is None


@pytest.mark.parametrize(
    "token", ["", "-", "x-y", "0" * 32, f"{'0' * 32}-", f"{'0' * 32}-{'a' * 43}", "é-ü", "a" * 5000]
)
def test_an_invented_link_opens_nothing(world: World, token: str) -> None:
    assert invites.find(token) is None


def test_a_link_without_one_made_opens_nothing(world: World) -> None:
    """The digest of an invitation that has no link yet is empty; no secret digests to that."""
    held, _token = invited(world)
    Invitation.objects.filter(pk=held.pk).update(digest="")
    assert invites.find(f"{held.pk.hex}-") is None


def test_the_secret_stands_nowhere(world: World) -> None:
    held, token = invited(world)
    secret = token.partition("-")[2]
    assert len(secret) >= 43 and token.startswith(held.pk.hex)
    kept = repr(list(Invitation.objects.values())) + repr([payload_of(one) for one in Event.objects.all()])
    assert secret not in kept


def test_the_link_is_of_the_configured_address(world: World) -> None:
    held, _token = invited(world)
    assert joining.link(world.ctx("ada"), held).startswith(f"{settings.KITH_BASE_URL}/join/")


def test_a_weak_password_makes_nobody_and_uses_nothing_up(world: World) -> None:
    _held, token = invited(world)
    before = User.objects.count()
    with pytest.raises(Invalid) as refused:
        joining.accept(token, "", "password1")
    assert {one.field for one in refused.value.complaints} == {"name", "password"}
    assert User.objects.count() == before and invites.find(token)


def test_a_role_that_went_away_is_left_out(world: World) -> None:
    ctx = world.ctx("ada")
    role = change(ctx, ctx.schema["roles"], None, {"name": "Guest"})
    key = role.record.key
    forget()
    _held, token = invited(world, roles=["member", key])
    delete(world.ctx("ada"), world.ctx("ada").schema["roles"], role.id)
    forget()
    assert joining.accept(token, "Neo", "Harbour-lantern-78").roles == ["member"]


@pytest.mark.parametrize("who", ["mara", "olga", "rita", "noah"])
def test_only_administrators_see_and_make_invitations(world: World, who: str) -> None:
    held, _token = invited(world)
    ctx = world.ctx(who)
    with pytest.raises(Exception) as refused:
        change(ctx, ctx.schema["invitations"], None, {"email": "x@firm.example", "roles": ["administrator"]})
    assert getattr(refused.value, "status", 0) in (403, 404)
    with pytest.raises(Forbidden):
        joining.link(ctx, held)


# --- passwords -------------------------------------------------------------------------------------------------------


def alive(link: str, user: User) -> bool:
    user.refresh_from_db()
    return passwords.Links().check_token(user, link.rstrip("/").rpartition("/")[2].partition("-")[2])


def test_a_password_link_lives_an_hour(world: World) -> None:
    user = User.objects.get(pk=world.people["olga"])
    link = care.password_link(world.ctx("ada"), user.pk)
    assert link.startswith(settings.KITH_BASE_URL) and alive(link, user)
    with time_machine.travel(timezone.now() + timedelta(minutes=59), tick=False):
        assert alive(link, user)
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert not alive(link, user)


ENDS: dict[str, Callable[[World, User], Any]] = {
    "a newer link": lambda world, user: care.password_link(world.ctx("ada"), user.pk),
    "another password": lambda world, user: care.set_password(world.ctx("system"), user, "Harbour-lantern-80"),
    "another address": lambda world, user: _user(world, user, email="olga.new@kith.example"),
    "deactivated": lambda world, user: _user(world, user, is_active=False),
    "deactivated and activated again": lambda world, user: (
        _user(world, user, is_active=False),
        forget(),
        _user(world, user, is_active=True),
    ),
    "in the bin": lambda world, user: delete(world.ctx("ada"), world.ctx("ada").schema["users"], user.pk),
}


def _user(world: World, user: User, **values: Any) -> None:
    ctx = world.ctx("ada")
    change(ctx, ctx.schema["users"], user.pk, values)


@pytest.mark.parametrize("end", ENDS)
def test_a_password_link_dies_with_any_change(world: World, end: str) -> None:
    user = User.objects.get(pk=world.people["olga"])
    link = care.password_link(world.ctx("ada"), user.pk)
    ENDS[end](world, user)
    forget()
    assert not alive(link, user)


@pytest.mark.parametrize("who", ["mara", "olga", "tim", "noah"])
def test_only_administrators_make_links_for_others(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        care.password_link(world.ctx(who), world.people["ada"])
    with pytest.raises(Forbidden):
        care.reset_factors(world.ctx(who), world.people["ada"])


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("a1b2c3d", False),
        ("Tür-und-Tor", True),
        ("password", False),
        ("qwertyuiop", False),
        ("Mara Vogt 1", False),
        ("x" * 120 + "Abc-12345", False),
        ("🐬 dolphins swim 🐬", True),
        ("x" * 100 + "Abc-12345", True),
    ],
)
def test_passwords(db: None, password: str, good: bool) -> None:
    assert (passwords.complaints(password, User(name="Mara Vogt", email="mara@firm.example")) == []) is good


def test_every_password_of_the_list_is_refused(db: None) -> None:
    """Django's list of the most common ones, 10,000 of them: none gets through, whatever its case."""
    from django.contrib.auth.password_validation import CommonPasswordValidator

    known = sorted(CommonPasswordValidator().passwords)
    assert len(known) >= 10_000
    for one in known[::97]:
        assert passwords.complaints(one.upper(), User(name="Zed", email="z@z.example"))


def test_two_long_passwords_that_differ_in_the_last_letter_are_two(world: World) -> None:
    user = User.objects.get(pk=world.people["olga"])
    first = "a lighthouse keeper counts " * 3 + "1"
    care.set_password(world.ctx("system"), user, first)
    assert authenticate(None, email=user.email, password=first) == user
    assert authenticate(None, email=user.email, password=first[:-1] + "2") is None
