"""Coming in: the first start, an invitation, sign-in with a password and a code; and what those say who try to
force it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from kith.kernel.accounts import limits, setup
from kith.kernel.accounts.models import Invitation, Organisation, Try, User
from kith.kernel.events.models import Event
from kith.kernel.jobs.models import Job
from kith.kernel.outside import mail
from kith.kernel.people import joining
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.records.change import change
from tests.world import PASSWORD, World, forget

Client = Callable[[str], Any]
LOGIN, OLGA = "/accounts/login/", "olga@kith.example"


@pytest.fixture(autouse=True)
def _no_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = mail.KEPT


# --- the first start -------------------------------------------------------------------------------------------------

FIRM = {
    "name": "Pine Harbour",
    "country": "DE",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "fiscal_start": "1",
    "week_start": "0",
}
MARA = {"name": "Mara Vogt", "email": "mara@pine.example", "password": "Harbour-lantern-90"}


@pytest.fixture
def fresh(db: None, tmp_path: Any, settings: Any) -> str:
    settings.KITH_DATA = tmp_path
    ensure_roles(Role)
    forget()
    return setup.setup_url().rpartition("=")[2]


def test_from_the_link_to_the_first_list(fresh: str) -> None:
    browser = Browser()
    first = browser.get(f"/setup?token={fresh}")
    assert first.status_code == 302 and fresh not in first["Location"]
    assert "Set up your workspace" in browser.get("/setup").content.decode()
    bad = browser.post("/setup", {**FIRM, "currency": "Gold"})
    assert bad.status_code == 422 and 'value="Pine Harbour"' in bad.content.decode()
    assert browser.post("/setup", FIRM).status_code == 302
    assert "The first administrator" in browser.get("/setup").content.decode()
    assert 'value="Pine Harbour"' in browser.get("/setup?back").content.decode()
    weak = browser.post("/setup", {**MARA, "password": "password"})
    assert weak.status_code == 422 and not User.objects.exists()
    before = browser.session.session_key
    answer = browser.post("/setup", MARA)
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert browser.session.session_key != before
    assert browser.get("/", follow=True).status_code == 200
    assert User.objects.get().roles == ["administrator"] and Organisation.objects.get().name == "Pine Harbour"
    assert Browser().get(f"/setup?token={fresh}").status_code == 404
    assert browser.get("/setup").status_code == 302


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "é"])
def test_without_the_token_nobody_sets_anything_up(fresh: str, token: str) -> None:
    browser = Browser()
    assert browser.get(f"/setup?token={token}").status_code == 404
    assert browser.post("/setup", FIRM).status_code == 404
    assert browser.post("/setup", MARA).status_code == 404
    assert not User.objects.exists()


def test_the_administrator_needs_the_company_first(fresh: str) -> None:
    browser = Browser()
    browser.get(f"/setup?token={fresh}")
    assert browser.post("/setup", MARA).status_code == 302 and not User.objects.exists()


def test_nobody_can_sign_in_before(fresh: str) -> None:
    assert not User.objects.exists()
    for email, password in [("admin@localhost", "admin"), ("demo@kith.example", "demo")]:
        assert Browser().post(LOGIN, {"login": email, "password": password}).status_code == 200


# --- invitations -----------------------------------------------------------------------------------------------------


def test_an_invited_person_comes_in_once(world: World) -> None:
    ctx = world.ctx("ada")
    values = {"email": "neo@firm.example", "name": "Neo", "roles": ["member"], "team": str(world.teams["South"])}
    held = Invitation.objects.get(pk=change(ctx, ctx.schema["invitations"], None, values).id)
    path = "/join/" + joining.link(world.ctx("ada"), held).rpartition("/")[2]
    for _scanner in range(3):
        assert Browser().get(path).status_code == 200
        assert Browser().head(path).status_code == 200
    browser = Browser()
    assert "neo@firm.example" in browser.get(path).content.decode()
    assert browser.post(path, {"name": "Neo", "password": "12345678"}).status_code == 422
    answer = browser.post(
        path, {"name": "Neo", "password": "Harbour-lantern-91", "roles": "administrator", "email": "x@x.example"}
    )
    assert answer.status_code == 302
    forget()
    user = User.objects.get(email="neo@firm.example")
    assert user.roles == ["member"] and browser.get("/settings/profile").status_code == 200
    assert browser.get(f"/contacts/{world.records['contacts', 'olga']}").status_code == 404
    dead = Browser().post(path, {"name": "Eve", "password": "Harbour-lantern-92"})
    invented = Browser().get(f"/join/{'0' * 32}-{'a' * 43}")
    assert dead.status_code == invented.status_code == 404
    assert words(dead) == words(invented)


def test_whoever_was_signed_in_is_not_any_more(world: World, client_as: Client) -> None:
    ctx = world.ctx("ada")
    id = change(ctx, ctx.schema["invitations"], None, {"email": "neo@firm.example", "roles": ["member"]}).id
    path = "/join/" + joining.link(world.ctx("ada"), Invitation.objects.get(pk=id)).rpartition("/")[2]
    client = client_as("olga")
    client.post(path, {"name": "Neo", "password": "Harbour-lantern-91"})
    forget()
    assert "neo@firm.example" in client.get("/settings/profile").content.decode()


def words(answer: Any) -> str:
    """The page without what differs by chance."""
    return re.sub(r'(content|value)="[\w-]{40,}"|name="next" value="[^"]*"', "", answer.content.decode())


# --- sign-in ---------------------------------------------------------------------------------------------------------


def sign_in(browser: Any, login: str = OLGA, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post(LOGIN, {"login": login, "password": password}, **more)


def test_a_new_key_at_sign_in_and_the_event_of_it(world: World) -> None:
    browser = Browser(REMOTE_ADDR="192.0.2.50")
    browser.get(LOGIN)
    browser.session["anything"] = 1
    planted = browser.session
    planted["planted"] = 1
    planted.save()
    before = planted.session_key
    assert sign_in(browser)["Location"] == "/"
    assert browser.session.session_key not in (None, before)
    event = Event.objects.get(object="users", record=world.people["olga"], verb="signed_in")
    assert event.actor == world.people["olga"]


@pytest.mark.parametrize(("now", "other"), [("en", "简体中文"), ("zh-hans", "English")])
def test_the_other_language_is_offered_in_its_own_words(world: World, now: str, other: str) -> None:
    browser = Browser()
    browser.cookies["kith_language"] = now
    assert f">{other}</button>" in browser.get(LOGIN).content.decode()


def test_wrong_password_and_unknown_address_are_answered_alike(world: World) -> None:
    known = sign_in(Browser(), OLGA, "wrong-password-1")
    unknown = sign_in(Browser(), "nobody@kith.example", "wrong-password-1")
    strip = lambda answer, login: words(answer).replace(login, "…")  # noqa: E731
    assert known.status_code == unknown.status_code == 200
    assert strip(known, OLGA) == strip(unknown, "nobody@kith.example")
    assert set(known.headers) == set(unknown.headers)


def test_an_unknown_address_costs_a_hash_like_a_known_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an answer is that of its hash: one for each attempt, whether or not there is such a user."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    counted: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: counted.append("x") or encode(self, *args))
    work = []
    for login in (OLGA, "nobody@kith.example"):
        counted.clear()
        sign_in(Browser(), login, "wrong-password-1")
        work.append(len(counted))
    assert work[0] == work[1] == 1


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The passwords that were really looked at."""
    seen: list[str] = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: seen.append(self.email) or check(self, raw))
    yield seen


def forget_cache() -> None:
    """What a restart forgets, and another process never knew."""
    from django.core.cache import cache

    cache.clear()


def test_ten_attempts_on_an_account_whatever_restarts_and_headers(
    world: World, looked: list[str], client_as: Client
) -> None:
    for attempt in range(40):
        forget_cache()
        forged = {
            "X-Forwarded-For": f"198.51.100.{attempt}",
            "X-Real-IP": f"198.51.100.{attempt}",
            "Forwarded": f"for=198.51.100.{attempt}",
        }
        sign_in(Browser(), OLGA, f"wrong-password-{attempt}", headers=forged)
    assert len(looked) == 10
    assert "Too many" in sign_in(Browser()).content.decode() and len(looked) == 10
    assert client_as("olga").get("/settings/profile").status_code == 200
    assert Event.objects.filter(object="users", record=world.people["olga"], verb="sign_in_failed").count() == 10


def test_ten_attempts_from_two_hundred_addresses(world: World, looked: list[str]) -> None:
    for place in range(60):
        sign_in(Browser(REMOTE_ADDR=f"127.0.0.{place + 2}"), OLGA, "wrong-password-1")
    assert len(looked) == 10


def test_fifty_attempts_from_an_address_over_many_accounts(world: World) -> None:
    refused = 0
    for place in range(70):
        forget_cache()
        refused += "Too many" in sign_in(Browser(), f"user{place}@kith.example", "wrong-password-1").content.decode()
    assert refused == 20
    assert sign_in(Browser(REMOTE_ADDR="127.0.0.9")).status_code == 302


def test_the_right_password_is_never_counted(world: World) -> None:
    for _place in range(15):
        assert sign_in(Browser()).status_code == 302
    assert not Try.objects.exists()


def test_nothing_of_a_wrong_password_is_kept(world: World) -> None:
    sign_in(Browser(), "my-secret-in-the-wrong-box", "wrong-password-1")
    from kith.kernel.events.record import payload_of

    kept = repr([payload_of(one) for one in Event.objects.all()]) + repr(list(Try.objects.values()))
    assert "wrong-box" not in kept and "wrong-password" not in kept


@pytest.mark.parametrize("how", ["deactivated", "in the bin"])
def test_who_may_no_longer_sign_in_does_not(world: World, how: str, client_as: Client) -> None:
    from django.utils import timezone

    more = {"is_active": False} if how == "deactivated" else {"deleted_at": timezone.now()}
    User.objects.filter(pk=world.people["olga"]).update(**more)
    from kith.kernel.schema.load import bump

    bump()
    forget()
    browser = Browser()
    answer = sign_in(browser)
    assert answer.status_code == 302 and answer["Location"] == "/accounts/inactive/"
    assert "deactivated" in browser.get(answer["Location"]).content.decode()
    assert browser.get("/settings/profile")["Location"].startswith(LOGIN)
    other = client_as("olga")
    assert other.get("/settings/profile", follow=True).redirect_chain[-1][0].startswith(LOGIN)


# --- a new password --------------------------------------------------------------------------------------------------


def test_forgotten_without_a_mail_server_says_whom_to_ask(world: World) -> None:
    page = Browser().get("/accounts/password/reset/").content.decode()
    assert "Ask an administrator" in page and "<input" not in page.split("k-card")[1].split("</main>")[0]


def test_forgotten_is_answered_alike_and_looks_nobody_up(
    world: World, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    answers = []
    for email in (OLGA, "nobody@kith.example"):
        answer = Browser().post("/accounts/password/reset/", {"email": email})
        answers.append((answer.status_code, answer["Location"]))
    assert len(set(answers)) == 1
    assert [set(one.args) for one in Job.objects.filter(task="accounts.password_link")] == [{"email"}] * 2


def test_the_link_of_an_administrator_gives_a_new_password_once(world: World, client_as: Client) -> None:
    page = client_as("ada").post(f"/settings/users/{world.people['olga']}/password")
    link = re.search(r"http://[^<\s]+/accounts/password/reset/key/[\w/-]+", page.content.decode())
    assert link and page["Cache-Control"] == "no-store"
    path = link[0].split("/", 3)[3]
    for _scanner in range(2):
        assert Browser().get(f"/{path}").status_code == 302
    browser, other = Browser(), client_as("olga")
    form = browser.get(f"/{path}", follow=True)
    here = form.redirect_chain[-1][0]
    new = "Harbour-lantern-93"
    assert browser.post(here, {"password1": new, "password2": "another-one-1"}).status_code == 200
    assert browser.post(here, {"password1": new, "password2": new}).status_code == 302
    assert get_user_model().objects.get(pk=world.people["olga"]).check_password(new)
    assert other.get("/settings/profile").status_code == 302, "the old session is over"
    assert "This link no longer works" in Browser().get(f"/{path}").content.decode()
    assert sign_in(Browser(), OLGA, new).status_code == 302
    assert Event.objects.filter(record=world.people["olga"], verb="password_changed").count() == 1


def test_limits_are_the_ones_that_are_promised() -> None:
    assert (limits.PER_ACCOUNT, limits.PER_ADDRESS, limits.CODES, limits.WINDOW.total_seconds()) == (10, 50, 5, 900)
