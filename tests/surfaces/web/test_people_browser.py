"""From the first link to a colleague who sees what he may, and a second factor: in a real browser, as people would do
it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from kith.kernel.accounts import setup
from kith.kernel.accounts.models import Try, User
from kith.kernel.outside import mail
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from tests.surfaces.web.test_list_browser import until
from tests.world import World, build, forget

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD, OTHER = "Harbour-lantern-96", "Harbour-lantern-97"
WIDTHS = pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])


@pytest.fixture
def forgiven() -> str:
    return "status of 4"


@pytest.fixture
def browser(window: Any, settings: Any, tmp_path: Any) -> Any:
    """``window``, of a Kith whose letters are kept."""
    settings.KITH_DATA, settings.EMAIL_BACKEND = tmp_path, mail.KEPT
    return window


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def wide(page: Any) -> Any:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_first_start_then_a_colleague_then_a_second_factor(browser: Any, served: str) -> None:
    ensure_roles(Role)
    forget()
    mara = browser(timezone_id="Europe/Berlin")
    mara.goto(f"{served}{path_of(setup.setup_url())}")
    mara.wait_for_selector("h1:has-text('Set up your workspace')")
    assert mara.input_value("#s-time_zone") == "Europe/Berlin"
    mara.fill("#s-name", "Pine Harbour")
    mara.select_option("#s-country", "DE")
    mara.click("button.btn-primary")
    mara.fill("#s-name", "Mara Vogt")
    mara.fill("#s-email", "mara@pine.example")
    mara.fill("#s-password", "password")
    mara.click("button.btn-primary")
    mara.wait_for_selector(".form-error")
    mara.fill("#s-password", PASSWORD)
    mara.click("button.btn-primary")
    mara.wait_for_selector(".k-nav .ws:has-text('Pine Harbour')")
    mara.wait_for_selector("#list")

    mara.goto(f"{served}/settings/teams")
    mara.click("details.k-add > summary")
    mara.fill("#s-name", "Sales")
    mara.click("details.k-add button.btn-primary")
    mara.wait_for_selector(".k-treeview:has-text('Sales')")
    for name in ("Of Mara", "Of nobody"):
        mara.goto(f"{served}/companies/new")
        mara.fill("[data-field=name] input", name)
        mara.click("[data-save]")
        mara.wait_for_selector(f"h1:has-text('{name}')")
    mara.goto(f"{served}/settings/invitations?new")
    mara.fill("#s-email", "jonas@pine.example")
    mara.fill("#s-name", "Jonas Ek")
    mara.select_option("#s-team", label="Sales")
    mara.click("details.k-add button.btn-primary")
    mara.wait_for_selector("h1:has-text('Jonas Ek')")
    link = path_of(mara.inner_text("#secret"))

    jonas = browser(390, 844, locale="zh-CN")
    jonas.goto(f"{served}{link}")
    jonas.wait_for_selector("h1:has-text('Pine Harbour')")
    assert jonas.get_attribute("html", "lang") == "zh-Hans" and wide(jonas) <= 0
    jonas.fill("#s-password", OTHER)
    jonas.click("button.btn-primary")
    jonas.wait_for_selector("#list")
    assert "Of Mara" not in jonas.content()
    jonas.goto(f"{served}/settings")
    assert "/settings/roles" not in jonas.content() and wide(jonas) <= 0
    jonas.goto(f"{served}{link}")
    jonas.wait_for_selector("h1:has-text('此链接无效')")

    mara.goto(f"{served}/settings/security")
    mara.click("a[href*='totp/activate']")
    mara.fill("#id_password", PASSWORD)
    mara.click("button.btn-primary")
    until(lambda: mara.evaluate("document.querySelector('.k-qr img')?.naturalWidth > 0"), True)  # the policy lets it in
    mara.click("details summary")
    secret = mara.inner_text("details code")
    mara.fill("#id_code", code(secret))
    mara.click("button.btn-primary")
    mara.wait_for_selector("#codes li")
    assert mara.locator("#codes li").count() == 10
    mara.click("a.btn-primary")
    mara.wait_for_selector(".badge.ok")

    Try.objects.all().delete()  # as if half a minute had gone by: each code opens once
    again = browser()
    again.goto(f"{served}/accounts/login/?next=/settings/profile")
    again.fill("#id_login", "mara@pine.example")
    again.fill("#id_password", PASSWORD)
    again.click("button[type=submit]:has-text('Sign in')")
    again.wait_for_selector("#id_code")
    again.fill("#id_code", code(secret))
    again.click("button.btn-primary")
    again.wait_for_selector("h1:has-text('Profile')")
    assert User.objects.count() == 2


@pytest.fixture
def ada(browser: Any, served: str) -> Iterator[Any]:
    """``ada(width, height, **more)``: a page of the administrator's."""
    from django.conf import settings

    world: World = build()

    def window(width: int, height: int, **more: Any) -> Any:
        page = browser(width, height, **more)
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": world.sessions["ada"], "url": served}]
        )
        page.world = world
        return page

    yield window


def test_a_cell_of_the_roles_by_keyboard_and_back(ada: Any, served: str) -> None:
    page = ada(1440, 900)
    page.goto(f"{served}/settings/roles")
    row = page.locator("tbody tr:has(th:has-text('Contacts'))")
    cell = row.locator("td").nth(2).locator("button")
    assert "Team" in cell.inner_text()
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#pop button[name=reach]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("td.changed:has-text('Own')")
    page.wait_for_selector("#toasts .k-toast [data-undo]")
    assert Role.objects.get(key="member").rights["contacts"]["read"] == "own"
    page.keyboard.press("Control+z")
    row.locator("td").nth(2).locator("button:has-text('Team')").wait_for()
    assert "contacts" not in Role.objects.get(key="member").rights


def test_a_setting_is_found_by_what_people_call_it(ada: Any, served: str) -> None:
    page = ada(1440, 900)
    page.goto(f"{served}/settings")
    page.fill("[data-k-find]", "smtp")
    assert page.locator(".k-set nav a:visible").all_inner_texts() == ["Mail"]
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Mail')")
    page.fill("[data-k-find]", "zzz")
    page.wait_for_selector("[data-k-none]:visible")


PAGES = (
    "profile",
    "security",
    "sessions",
    "tokens",
    "company",
    "mail",
    "users",
    "invitations?new",
    "teams?under",
    "roles",
)


@WIDTHS
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_is_accessible(
    ada: Any, served: str, width: int, height: int, language: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = ada(width, height, color_scheme=scheme)
    User.objects.filter(pk=page.world.people["ada"]).update(language=language)
    role, olga = Role.objects.get(key="member").pk, page.world.people["olga"]
    contact = page.world.records["contacts", "olga"]
    wrong = []
    for path in (
        *(f"/settings/{name}" for name in PAGES),
        f"/settings/roles/{role}",
        f"/settings/users/{olga}/access",
        f"/contacts/{contact}/access",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
    ):
        page.goto(f"{served}{path}")
        if wide(page) > 0:
            wrong.append(f"{path} is {wide(page)} wider than the window")
        if width > 720 or scheme == "light":
            rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
            found = Axe().run(page, options=rules).response["violations"]
            wrong += [f"{path}: {one['id']} {one['nodes'][0]['target']}" for one in found]
    assert not wrong, "\n".join(wrong)
