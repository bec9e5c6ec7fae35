"""The second factor: turned on with a picture, asked for at each sign-in, opened by each code once; and
allauth's pages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client as Browser

from kith.kernel.accounts.models import Try, User
from kith.kernel.events.models import Event
from kith.kernel.jobs.models import Job
from kith.kernel.outside import mail
from tests.surfaces.web.test_people_signing_in import OLGA, forget_cache, sign_in
from tests.world import PASSWORD, World

Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _no_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = mail.KEPT


def code(secret: str, at: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + at))


@pytest.fixture
def with_factor(world: World) -> tuple[Any, str, list[str]]:
    """Olga's browser after she turned the authenticator on, its secret, and her recovery codes."""
    browser = Browser()
    sign_in(browser)
    ask = browser.get("/accounts/2fa/totp/activate/")
    assert ask.status_code == 302 and "reauthenticate" in ask["Location"]
    assert browser.post(ask["Location"], {"password": PASSWORD}).status_code == 302
    page = browser.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})<", page)
    assert secret and "data:" not in page and 'src="/settings/security/qr"' in page
    drawn = browser.get("/settings/security/qr")
    assert (
        drawn["Content-Type"] == "image/svg+xml" and drawn["Cache-Control"] == "no-store" and b"<svg" in drawn.content
    )
    wrong = browser.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert wrong.status_code == 200 and secret[1] in wrong.content.decode()
    done = browser.post("/accounts/2fa/totp/activate/", {"code": code(secret[1])})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    first = browser.get(done["Location"]).content.decode()
    codes = re.findall(r"<code[^>]*>(\d{8})</code>", first)
    again = browser.get(done["Location"]).content.decode()
    assert len(codes) == 10 and codes[0] not in again
    return browser, secret[1], codes


def test_sign_in_needs_the_code_and_each_opens_once(world: World, with_factor: tuple[Any, str, list[str]]) -> None:
    _browser, secret, _codes = with_factor
    browser = Browser()
    assert sign_in(browser)["Location"].startswith("/accounts/2fa/authenticate/")
    assert browser.get("/settings/profile").status_code == 302
    used = browser.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert used.status_code == 200 and "used already" in used.content.decode()
    Try.objects.all().delete()  # as if half a minute had gone by
    forget_cache()
    assert browser.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert browser.get("/settings/profile").status_code == 200
    forget_cache()
    other = Browser()
    sign_in(other)
    assert other.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 200, (
        "seen by another process"
    )


@pytest.mark.parametrize("at", [-2, -1, 1, 2])
def test_codes_of_other_times_open_nothing(world: World, with_factor: tuple[Any, str, list[str]], at: int) -> None:
    browser = Browser()
    sign_in(browser)
    assert browser.post("/accounts/2fa/authenticate/", {"code": code(with_factor[1], at)}).status_code == 200


def test_five_guesses(world: World, with_factor: tuple[Any, str, list[str]]) -> None:
    Try.objects.all().delete()
    browser = Browser()
    sign_in(browser)
    for _guess in range(5):
        forget_cache()
        browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    forget_cache()
    late = browser.post("/accounts/2fa/authenticate/", {"code": code(with_factor[1])})
    assert late.status_code == 200 and "Too many" in late.content.decode()
    assert (
        Event.objects.filter(record=world.people["olga"], verb="code_failed").count() == 5 + 1
    )  # one while it was turned on


def test_a_recovery_code_opens_once(world: World, with_factor: tuple[Any, str, list[str]]) -> None:
    for status in (302, 200):
        browser = Browser()
        sign_in(browser)
        Try.objects.all().delete()
        assert browser.post("/accounts/2fa/authenticate/", {"code": with_factor[2][0]}).status_code == status


def test_seeds_are_not_kept_as_they_are(world: World, with_factor: tuple[Any, str, list[str]]) -> None:
    kept = repr(list(Authenticator.objects.values()))
    assert with_factor[1] not in kept and not any(one in kept for one in with_factor[2])


def test_turning_it_off_asks_again_and_tells_the_owner(
    world: World, with_factor: tuple[Any, str, list[str]], settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    browser = Browser()
    sign_in(browser)
    Try.objects.all().delete()
    browser.post("/accounts/2fa/authenticate/", {"code": with_factor[2][1]})
    ask = browser.get("/accounts/2fa/totp/deactivate/")
    assert ask.status_code == 302 and "reauthenticate" in ask["Location"]
    refused = browser.post("/accounts/2fa/totp/deactivate/")
    assert refused.status_code == 302 and Authenticator.objects.filter(type="totp").exists()
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user_id=world.people["olga"]).exists()
    told = Job.objects.filter(task="accounts.tell").values_list("args", flat=True)
    assert "second_factor_removed" in [one["verb"] for one in told]
    assert Event.objects.filter(record=world.people["olga"], verb="second_factor_removed").count() == 1


def test_a_new_password_does_not_go_round_the_second_factor(
    world: World, with_factor: tuple[Any, str, list[str]], client_as: Client
) -> None:
    page = client_as("ada").post(f"/settings/users/{world.people['olga']}/password")
    link = re.search(r"http://[^<\s]+(/accounts/password/reset/key/[\w/-]+)", page.content.decode())
    assert link
    browser = Browser()
    here = browser.get(link[1], follow=True).redirect_chain[-1][0]
    browser.post(here, {"password1": "Harbour-lantern-94", "password2": "Harbour-lantern-94"})
    assert browser.get("/settings/profile").status_code == 302
    assert sign_in(browser, OLGA, "Harbour-lantern-94")["Location"].startswith("/accounts/2fa/authenticate/")


# --- pages of allauth ------------------------------------------------------------------------------------------------

CLOSED = ("signup/", "email/", "confirm-email/", "confirm-email/abc/", "password/set/", "login/code/confirm/")


@pytest.mark.parametrize("path", CLOSED)
def test_pages_that_kith_does_without(client_as: Client, path: str) -> None:
    for who in ("anonymous", "olga"):
        client = client_as(who)
        assert client.get(f"/accounts/{path}").status_code == 404
        assert client.post(f"/accounts/{path}", {"email": "eve@evil.example", "action_add": ""}).status_code == 404


REACHABLE = (
    "login/",
    "logout/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/done/",
    "inactive/",
    "password/change/",
    "reauthenticate/",
)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_allauth_is_dressed_and_leads_nowhere_dead(
    world: World, client_as: Client, language: str
) -> None:
    User.objects.filter(pk=world.people["olga"]).update(language=language)
    for who in ("anonymous", "olga"):
        client = client_as(who)
        client.cookies["kith_language"] = language
        for path in REACHABLE:
            page = client.get(f"/accounts/{path}")
            if page.status_code != 200:
                assert page.status_code == 302, path
                continue
            text = page.content.decode()
            assert 'class="k-out' in text and ('lang="zh-Hans"' in text) is (language != "en"), path
            assert " style=" not in text and "onclick" not in text
            for link in set(re.findall(r'href="(/[^"#?]*)', text)) - {"/"}:
                if not link.startswith("/static/"):
                    assert client.get(link).status_code in (200, 302), f"{path} leads to {link}"
