"""Tokens that people make for themselves, and the browsers in which they are signed in."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from kith.kernel.accounts import sessions, tokens
from kith.kernel.accounts.models import Session, Token, User
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.people import care, keys
from kith.kernel.records.errors import Forbidden, Invalid
from kith.kernel.records.history import history
from tests.world import World


def test_a_token_is_shown_once_and_told_without_its_secret(world: World) -> None:
    expires = timezone.now() + timedelta(days=30)
    made = keys.make(world.ctx("olga"), " Website form ", "write", ["contacts"], expires)
    held = Token.objects.get(pk=made.token.pk)
    assert (held.name, held.scope, held.objects_allowed) == ("Website form", "write", "contacts")
    assert held.digest == tokens.digest(made.secret) and made.secret.startswith("kith_") and len(made.secret) > 45
    event = Event.objects.get(object="tokens", record=held.pk)
    assert (event.verb, event.actor, event.actor_name) == ("created", world.people["olga"], "Olga")
    told = payload_of(event)
    assert told["diff"]["name"] == [None, "Website form"] and told["diff"]["scope"] == [None, "write"]
    assert made.secret not in repr(told) and held.digest not in repr(told)
    ctx = world.ctx("olga")
    (entry,) = history(ctx, ctx.schema["tokens"], held.pk)
    assert entry.diff["objects_allowed"] == (None, "contacts")


@pytest.mark.parametrize("who", ["olga_reads", "olga_contacts", "anonymous", "system"])
def test_a_token_makes_no_token(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        keys.make(world.ctx(who), "x")


@pytest.mark.parametrize(
    ("who", "more", "field"),
    [
        ("olga", {"scope": "admin"}, "scope"),
        ("mara", {"scope": "admin"}, "scope"),
        ("olga", {"scope": "root"}, "scope"),
        ("olga", {"objects": ["nothing"]}, "objects"),
        ("olga", {"objects": ["invitations"]}, "objects"),
        ("olga", {"name": "  "}, "name"),
        ("olga", {"expires": timezone.now() - timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_a_token_cannot_do_more_than_its_maker(world: World, who: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        keys.make(world.ctx(who), **{"name": "x", **more})
    assert [one.field for one in refused.value.complaints] == [field]


def test_an_administrator_may_make_one_that_administers(world: World) -> None:
    assert keys.make(world.ctx("ada"), "Deploy", "admin").token.scope == "admin"


# --- sessions --------------------------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Edg/140"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML) Version/18 Safari/604"


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, ("Firefox", "Windows")),
        (EDGE, ("Edge", "Windows")),
        (PHONE, ("Safari", "iPhone")),
        ("curl/8", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_device_by_its_agent(agent: str, device: tuple[str, str]) -> None:
    assert sessions.device(agent) == device


def signed_in(user: User, agent: str = FIREFOX) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    held = import_module(settings.SESSION_ENGINE).SessionStore()
    held[SESSION_KEY], held[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    held[HASH_SESSION_KEY] = user.get_session_auth_hash()
    held.save()
    sessions.begin(user, held.session_key, agent, "192.0.2.1")
    return str(held.session_key)


def test_sessions_are_listed_and_ended_by_their_owner_alone(world: World) -> None:
    olga, tim = (User.objects.get(pk=world.people[name]) for name in ("olga", "tim"))
    first, second, his = signed_in(olga), signed_in(olga, PHONE), signed_in(tim)
    rows = sessions.of(olga)
    assert {row.key for row in rows} == {first, second}
    assert sessions.end(tim, [row.pk for row in rows]) == 0
    assert sessions.end_others(olga, first) == 1
    assert [row.key for row in sessions.of(olga)] == [first]
    assert [row.key for row in sessions.of(tim)] == [his]
    store = import_module(settings.SESSION_ENGINE).SessionStore
    assert store().exists(first) and not store().exists(second)


def test_a_new_password_ends_all_sessions(world: World) -> None:
    olga = User.objects.get(pk=world.people["olga"])
    signed_in(olga)
    care.set_password(world.ctx("system"), olga, "Harbour-lantern-82")
    olga.refresh_from_db()
    assert sessions.of(olga) == [] and not Session.objects.filter(user=olga).exists()


def test_being_seen_is_written_once_a_minute(world: World, django_assert_num_queries: Any) -> None:
    sessions.forget()
    olga = User.objects.get(pk=world.people["olga"])
    key = signed_in(olga)
    sessions.seen(olga.pk, key, PHONE, "192.0.2.9")
    row = Session.objects.get(key=key)
    assert (row.agent, row.address) == (PHONE, "192.0.2.9")
    with django_assert_num_queries(0):
        sessions.seen(olga.pk, key, PHONE, "192.0.2.9")
