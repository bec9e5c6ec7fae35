"""Who comes in: tokens, sessions with their CSRF token, and nobody else; and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from kith.kernel.accounts.models import Token, User
from kith.kernel.schema.load import bump
from tests.surfaces.rest.conftest import Api
from tests.world import forget


def bearer(secret: str) -> Api:
    return Api(Client(headers={"authorization": secret}))


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic b2xnYTp4", "Bearer " + "x" * 5000, "token é"]
)
def test_no_way_in(world, given: str) -> None:
    refused = bearer(given).get("/contacts")
    assert refused.status == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_bad_token_is_not_mended_by_a_session(world, client_as) -> None:
    client = client_as("olga")
    assert Api(client).get("/contacts").status == 200
    assert Api(client).get("/contacts", authorization="Bearer nonsense").status == 401


def test_tokens_end(api, world) -> None:
    id, secret = world.tokens["olga_reads"]
    token = Token.objects.filter(id=id)
    assert bearer(f"bearer {secret}").get("/me").status == 200
    token.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api("olga_reads").get("/me").status == 401
    token.update(expires_at=timezone.now() + timedelta(hours=1))
    assert api("olga_reads").get("/me").status == 200
    token.update(deleted_at=timezone.now())
    assert api("olga_reads").get("/me").status == 401


@pytest.mark.parametrize("change", [{"is_active": False}, {"deleted_at": timezone.now()}])
def test_who_is_gone_has_no_token_and_no_session(api, world, change) -> None:
    User.objects.filter(id=world.people["olga"]).update(**change)
    assert api("olga_reads").get("/me").status == 401  # at once, whether or not the directory was told
    bump()
    forget()
    assert api("olga").get("/me").status == 401


def test_use_is_noted_once_a_minute(api, world) -> None:
    row = Token.objects.filter(id=world.tokens["olga_reads"][0])
    api("olga_reads").get("/me")
    first = row.get().last_used_at
    assert first is not None
    api("olga_reads").get("/me")
    assert row.get().last_used_at == first
    row.update(last_used_at=first - timedelta(minutes=2))
    api("olga_reads").get("/me")
    assert row.get().last_used_at > first - timedelta(minutes=2)


def test_a_write_by_session_needs_the_csrf_token(world) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[django_settings.SESSION_COOKIE_NAME] = world.sessions["olga"]
    olga = Api(client)
    assert olga.get("/me").status == 200
    refused = olga.post("/contacts", {"last_name": "X"})
    assert refused.status == 403 and refused.headers["Content-Type"] == "application/problem+json"
    token = "a" * 32
    client.cookies[django_settings.CSRF_COOKIE_NAME] = token
    assert olga.post("/contacts", {"last_name": "X"}).status == 403
    assert olga.post("/contacts", {"last_name": "X"}, X_CSRFToken=token).status == 201
    assert olga.delete("/contacts/none", X_CSRFToken=token).status == 404


def test_a_write_by_token_needs_none(world) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {world.tokens['olga_contacts'][1]}"})
    assert Api(client).post("/contacts", {"last_name": "X"}).status == 201


def test_events_name_the_token(api, world) -> None:
    made = api("olga_contacts").post("/contacts", {"last_name": "X"}).json
    (entry,) = api("olga").get(f"/contacts/{made['id']}/history").json["items"]
    assert entry["actor"] == {
        "kind": "token",
        "id": str(world.tokens["olga_contacts"][0]),
        "name": "Olga (olga_contacts)",
    }


def test_rate(api, settings) -> None:
    settings.KITH_RATE_LIMIT = 3
    assert [api("olga").get("/me").status for _ in range(3)] == [200] * 3
    refused = api("olga").get("/me")
    assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60
    assert api("tim").get("/me").status == 200  # each has their own
    assert api("olga_reads").get("/me").status == 200
    settings.KITH_RATE_LIMIT = 0
    assert api("olga").get("/me").status == 200


def test_private_answers_are_not_cached(api) -> None:
    for name in ("olga", "olga_reads"):
        assert "no-store" in api(name).get("/contacts").headers["Cache-Control"]
