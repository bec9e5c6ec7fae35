"""The settings as their readers use them: who sees which page, what each form does, and what is refused in words."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from PIL import Image

from kith.kernel.accounts.models import Invitation, Organisation, Session, Team, Token, User
from kith.kernel.jobs.models import Job
from kith.kernel.outside import mail
from kith.kernel.policy.models import Role
from tests.world import World, forget

Client = Callable[[str], Any]

MINE = ("profile", "security", "sessions", "tokens")
ADMINISTERED = ("company", "mail", "users", "invitations", "teams", "roles")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_everybody_has_their_own_pages(client_as: Client, language: str) -> None:
    client = client_as("rita")
    client.cookies["kith_language"] = language
    for name in MINE:
        assert client.get(f"/settings/{name}").status_code == 200
    page = client.get("/settings").content.decode()
    without_role = client_as("noah").get("/settings").content.decode()
    assert 'href="/settings/tokens"' in page and 'href="/settings/tokens"' not in without_role
    for name in ADMINISTERED:
        assert f'href="/settings/{name}"' not in page


@pytest.mark.parametrize("name", ADMINISTERED)
def test_the_rest_is_for_administrators(client_as: Client, name: str) -> None:
    assert client_as("ada").get(f"/settings/{name}").status_code == 200
    for who in ("mara", "olga", "noah"):
        assert client_as(who).get(f"/settings/{name}").status_code == 403
    anonymous = client_as("anonymous").get(f"/settings/{name}")
    assert anonymous.status_code == 302 and "/accounts/login/" in anonymous["Location"]


def posts(world: World) -> dict[str, dict[str, Any]]:
    """Every address under /settings that changes something that is administered."""
    member = Role.objects.get(key="member")
    olga, north = world.people["olga"], world.teams["North"]
    invitation = world.records["invitations", "ada"]
    return {
        "/settings/company": {"name": "Evil"},
        "/settings/company/logo": {"remove": "1"},
        "/settings/mail": {},
        f"/settings/users/{olga}/password": {},
        f"/settings/users/{olga}/factors": {},
        f"/settings/users/{olga}/active": {"active": ""},
        "/settings/invitations": {"email": "eve@evil.example", "roles": "administrator"},
        f"/settings/invitations/{invitation}/link": {},
        f"/settings/invitations/{invitation}/withdraw": {},
        "/settings/teams": {"name": "Evil"},
        f"/settings/teams/{north}": {"name": "Evil"},
        f"/settings/teams/{north}/delete": {},
        "/settings/roles": {"name": "Evil", "like": "manager"},
        f"/settings/roles/{member.pk}": {"name": "Evil"},
        f"/settings/roles/{member.pk}/choose": {"object": "*", "verb": "read", "reach": "all"},
        f"/settings/roles/{member.pk}/fields": {"field": "contacts.phone", "kind": "hidden"},
        f"/settings/roles/{member.pk}/condition": {"object": "contacts", "verb": "read", "filter": "name:x"},
        f"/settings/roles/{member.pk}/rights": {"extra": "workspace.administer"},
        f"/settings/roles/{member.pk}/delete": {},
    }


def state() -> Any:
    return (
        list(User.objects.order_by("pk").values("email", "is_active", "roles", "links_made", "deleted_at")),
        list(Role.objects.order_by("pk").values("name", "rights", "masks", "conditions", "extra", "deleted_at")),
        list(Team.objects.order_by("pk").values("name", "parent_id", "deleted_at")),
        list(Invitation.objects.order_by("pk").values("email", "digest", "deleted_at")),
        list(Organisation.objects.values("name", "logo")),
    )


@pytest.mark.parametrize("who", ["mara", "olga", "noah"])
def test_nobody_else_changes_any_of_it(world: World, client_as: Client, who: str) -> None:
    client, before = client_as(who), state()
    through = [
        address
        for address, values in posts(world).items()
        if client.post(address, values).status_code not in (403, 404)
    ]
    assert through == [] and state() == before


def test_no_change_without_the_token_of_the_page_nor_by_get(world: World) -> None:
    from django.conf import settings
    from django.test import Client as Browser

    client = Browser(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions["ada"]
    before = state()
    for address, values in posts(world).items():
        assert client.post(address, values).status_code == 403, address
        client.get(address)
    assert state() == before


# --- mine ------------------------------------------------------------------------------------------------------------


def test_my_profile_and_nothing_else_of_me(world: World, client_as: Client) -> None:
    client = client_as("olga")
    values = {
        "name": "Olga Ode",
        "language": "zh-hans",
        "time_zone": "Asia/Shanghai",
        "theme": "dark",
        "density": "compact",
    }
    escalation = {"roles": "administrator", "is_active": "", "email": "x@x.example", "team": str(world.teams["Sales"])}
    assert client.post("/settings/profile", {**values, **escalation}).status_code == 302
    forget()
    user = User.objects.get(pk=world.people["olga"])
    assert (user.name, user.language, user.time_zone) == ("Olga Ode", "zh-hans", "Asia/Shanghai")
    assert (user.roles, user.email, user.is_active, user.team_id) == (
        ["member"],
        "olga@kith.example",
        True,
        world.teams["North"],
    )
    assert user.preferences["theme"] == "dark" and user.preferences["density"] == "compact"
    assert 'data-bs-theme="dark"' in client.get("/settings").content.decode()


def test_a_wrong_time_zone_is_said_at_its_field(client_as: Client) -> None:
    answer = client_as("olga").post("/settings/profile", {"name": "Olga", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422 and "Europe/Berlin" in answer.content.decode()


def test_a_token_is_shown_once(world: World, client_as: Client) -> None:
    client = client_as("olga")
    page = client.post("/settings/tokens", {"name": "Form", "scope": "write", "expires": "30", "objects": ["contacts"]})
    secret = re.search(r"kith_[\w-]{40,}", page.content.decode())
    assert secret and page["Cache-Control"] == "no-store"
    assert secret[0] not in client.get("/settings/tokens").content.decode()
    api = client_as("anonymous")
    assert api.get("/api/v1/me", headers={"authorization": f"Bearer {secret[0]}"}).status_code == 200
    token = Token.objects.get(name="Form")
    assert token.objects_allowed == "contacts" and token.expires_at is not None
    assert client_as("tim").post(f"/settings/tokens/{token.pk}/revoke").status_code == 404
    assert client.post(f"/settings/tokens/{token.pk}/revoke").status_code == 302
    assert api.get("/api/v1/me", headers={"authorization": f"Bearer {secret[0]}"}).status_code == 401


def test_a_member_makes_no_token_that_administers(client_as: Client) -> None:
    page = client_as("olga").post("/settings/tokens", {"name": "Form", "scope": "admin", "expires": ""})
    assert page.status_code == 422 and not Token.objects.filter(name="Form").exists()


def test_only_administrators_see_the_tokens_of_others(client_as: Client) -> None:
    assert "olga_reads" in client_as("ada").get("/settings/tokens?all").content.decode()
    assert "olga_reads" not in client_as("tim").get("/settings/tokens?all").content.decode()


def test_another_browser_is_listed_and_ended(world: World, client_as: Client) -> None:
    from tests.kernel.accounts.test_keys import PHONE, signed_in

    client, olga = client_as("olga"), User.objects.get(pk=world.people["olga"])
    key = signed_in(olga, PHONE)
    page = client.get("/settings/sessions").content.decode()
    assert "Safari · iPhone" in page and page.count('name="id"') == 1
    row = Session.objects.get(key=key)
    client_as("tim").post("/settings/sessions/end", {"id": row.pk})
    assert Session.objects.filter(key=key).exists()
    client.post("/settings/sessions/end", {"id": row.pk})
    other = client_as("anonymous")
    other.cookies["kith_session"] = key
    assert other.get("/settings/profile").status_code == 302
    assert client.get("/settings/profile").status_code == 200


# --- the workspace ---------------------------------------------------------------------------------------------------


def test_the_company_and_its_logo(client_as: Client) -> None:
    client = client_as("ada")
    values = {
        "name": "Pine Harbour",
        "language": "en",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "currency": "EUR",
        "fiscal_start": "4",
        "week_start": "6",
    }
    assert client.post("/settings/company", values).status_code == 302
    forget()
    assert client.post("/settings/company", {**values, "currency": "Gold"}).status_code == 422
    made = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(made, "PNG")
    made.seek(0)
    made.name = "logo.png"
    assert client.get("/logo").status_code == 404
    assert client.post("/settings/company/logo", {"logo": made}).status_code == 302
    forget()
    shown = client_as("anonymous").get("/logo")
    assert shown["Content-Type"] == "image/png" and shown["X-Content-Type-Options"] == "nosniff"
    assert 'class="logo" src="/logo?v=' in client.get("/settings").content.decode()
    bad = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    bad.name = "logo.png"
    assert client.post("/settings/company/logo", {"logo": bad}).status_code == 422


def test_a_test_mail_and_what_the_server_says(client_as: Client, settings: Any) -> None:
    client = client_as("ada")
    settings.EMAIL_BACKEND = mail.KEPT
    assert "KITH_SMTP_URL" in client.get("/settings/mail").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert client.post("/settings/mail").status_code == 302
    assert [one.to for one in outbox.outbox] == [["ada@kith.example"]]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    page = client.post("/settings/mail")
    assert page.status_code == 502 and "Nothing answers at 127.0.0.1, port 1." in page.content.decode()


# --- people ----------------------------------------------------------------------------------------------------------


def test_the_list_of_users_tells_what_administrators_need(world: World, client_as: Client) -> None:
    Authenticator.objects.create(user_id=world.people["tim"], type="totp", data={})
    client = client_as("ada")
    page = client.get("/settings/users").content.decode()
    assert page.count('class="badge ok"') == 1 and "olga@kith.example" in page
    found = client.get("/settings/users?q=tim kith").content.decode()
    assert "tim@kith.example" in found and "olga@kith.example" not in found
    assert "Nobody found" in client.get("/settings/users?q=zzz").content.decode()


def test_an_account_closed_and_opened_again(world: World, client_as: Client) -> None:
    ada, olga = client_as("ada"), client_as("olga")
    token = {"authorization": f"Bearer {world.tokens['olga_reads'][1]}"}
    assert olga.get("/settings").status_code == 200
    ada.post(f"/settings/users/{world.people['olga']}/active", {"active": ""})
    assert olga.get("/settings").status_code == 302
    assert client_as("anonymous").get("/api/v1/me", headers=token).status_code == 401
    ada.post(f"/settings/users/{world.people['olga']}/active", {"active": "1"})
    assert olga.get("/settings").status_code == 200
    answer = ada.post(f"/settings/users/{world.people['ada']}/active", {"active": ""})
    assert answer.status_code == 422 and "your own account" in answer.content.decode()


def test_second_factors_are_taken_away_and_the_owner_told(world: World, client_as: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Authenticator.objects.create(user_id=world.people["tim"], type="totp", data={})
    client_as("ada").post(f"/settings/users/{world.people['tim']}/factors")
    assert not Authenticator.objects.filter(user_id=world.people["tim"]).exists()
    assert Job.objects.filter(task="accounts.tell").count() == 1


def test_an_invitation_without_a_mail_server_is_a_link_to_copy(world: World, client_as: Client, settings: Any) -> None:
    client = client_as("ada")
    settings.EMAIL_BACKEND = mail.KEPT
    values = {"email": "neo@firm.example", "name": "Neo", "roles": ["member"], "team": str(world.teams["North"])}
    page = client.post("/settings/invitations", values)
    text = page.content.decode()
    link = re.search(r"http://[^<\s]+/join/[\w-]+", text)
    assert link and page["Cache-Control"] == "no-store" and "No mail server is set" in text
    assert not Job.objects.filter(task="accounts.invite").exists()
    held = Invitation.objects.get(email="neo@firm.example")
    assert held.created_by_id == world.people["ada"] and link[0].rpartition("-")[2] not in held.digest
    again = client.post(f"/settings/invitations/{held.pk}/link").content.decode()
    assert link[0] not in again and "/join/" in again


def test_an_invitation_with_a_mail_server_is_mailed(client_as: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    page = client_as("ada").post("/settings/invitations", {"email": "neo@firm.example", "roles": ["member"]})
    assert page.status_code == 302
    job = Job.objects.get(task="accounts.invite")
    assert set(job.args) == {"id"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": "OLGA@kith.example", "roles": ["member"]}, "has an account already"),
        ({"email": "neo@firm.example"}, "at least one role"),
        ({"email": "nobody", "roles": ["member"]}, "name@company.com"),
        ({"email": "neo@firm.example", "roles": ["emperor"]}, "form-error"),
    ],
)
def test_an_invitation_that_cannot_be(client_as: Client, values: dict[str, Any], words: str) -> None:
    count = Invitation.objects.count()
    page = client_as("ada").post("/settings/invitations", values)
    assert page.status_code == 422 and words in page.content.decode() and Invitation.objects.count() == count


def test_teams_are_added_moved_and_kept_from_knots(world: World, client_as: Client) -> None:
    client = client_as("ada")
    assert client.post("/settings/teams", {"name": "East", "parent": str(world.teams["Sales"])}).status_code == 302
    east = Team.objects.get(name="East")
    assert client.post(f"/settings/teams/{east.pk}", {"name": "Far East", "parent": ""}).status_code == 302
    east.refresh_from_db()
    assert (east.name, east.parent_id) == ("Far East", None)
    page = client.post(f"/settings/teams/{world.teams['Sales']}", {"parent": str(world.teams["North"])})
    assert page.status_code == 422 and "part of itself" in page.content.decode()
    page = client.post(f"/settings/teams/{world.teams['North']}/delete")
    assert page.status_code == 422 and "people are in this team" in page.content.decode()
    assert client.post(f"/settings/teams/{east.pk}/delete").status_code == 302
    assert "Far East" not in client.get("/settings/teams").content.decode()
