"""Every kind of page that no journey comes by: it fits, says nothing wrong, and has no barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.company import Company, opened
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

READER = ("rita@kith.example", "Rita Stein", "read_only")
SETTINGS = (
    "profile", "security", "sessions", "tokens", "company", "mail", "users", "invitations?new", "teams?under", "roles",
    "export", "health",
)  # fmt: skip


@pytest.fixture(scope="module")
def company(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    yield from opened(sample, tmp_path_factory.mktemp("pages") / "data", ADMINISTRATOR, READER)


def test_signed_out(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    nobody = window(company.address, language, width)
    page = nobody.page
    nobody.expected.add(404)
    nobody.open("/contacts")
    nobody.heading("Sign in").wait_for()
    nobody.look("sign-in")
    page.get_by_label(nobody.t("E-mail")).fill(ADMINISTRATOR[0])
    page.get_by_label(nobody.t("Password")).fill("not this one")
    page.keyboard.press("Enter")
    page.locator("#wrong").wait_for()
    nobody.look("sign-in-refused")
    nobody.link("Forgot it?").click()
    nobody.link("Back to sign in").wait_for()
    nobody.look("password-forgotten")
    nobody.open("/join/no-such-link")
    page.locator("h1").wait_for()
    nobody.look("join-dead")


def test_lists_and_records(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])
    ada.go_to("Contacts")
    page.locator("#list tr[data-id]").first.wait_for()
    ada.look("list")
    page.locator("[data-filter-button]").click()
    page.locator("#pop:popover-open").wait_for()
    ada.look("filter-fields")
    page.keyboard.type(ada.t("Lifecycle stage"))
    page.keyboard.press("Enter")
    page.locator("#pop form").wait_for()
    ada.look("filter-values")
    page.locator("#pop label:has(input[type=checkbox])").first.click()
    page.locator("#pop button.btn-primary").click()
    page.locator("[data-chip]").first.wait_for()
    ada.look("list-filtered")
    if not ada.phone:
        page.locator("#list tr[data-id] .sel-c input").nth(1).check()
        page.locator("[data-bulk] [data-selected]").wait_for()
        ada.look("list-selected")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.locator("#dialog[open] .k-keys kbd").first.wait_for()
        ada.look("shortcuts")
        page.keyboard.press("Escape")
        page.locator(".k-nav [popovertarget=person]").click()
    else:
        page.locator(".mbar [popovertarget=menu]").click()
    page.locator(":popover-open").wait_for()
    ada.look("menu")

    ada.open(f"/contacts/{company.id_of('kith_contact')}")
    page.locator("#panel-overview .k-time").wait_for(state="attached")
    ada.look("contact")
    if ada.phone:
        for tab in ("details", "related", "history"):
            page.locator(f"#tab-{tab}").click()
            ada.look(f"contact-{tab}")
    page.locator("[popovertarget=record-menu]").click()
    page.locator("#record-menu .text-danger").wait_for()
    ada.look("record-menu")
    page.locator("#record-menu a", has_text=ada.t("Edit all fields")).click()
    page.locator("form.k-form").wait_for()
    ada.look("form-edit")
    ada.open("/contacts/new")
    page.locator("form.k-form").wait_for()
    page.locator("details.k-form-more summary").click()
    ada.look("form-page")
    ada.open("/search?q=tea")
    page.locator(".k-found").wait_for()
    ada.look("search")
    ada.open("/needs?view=mine")
    page.locator("#list").wait_for()
    ada.look("list-view-empty")


def test_the_bin(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])
    ada.open(f"/needs/{company.id_of('kith_need')}")
    page.locator("[popovertarget=record-menu]").click()
    page.locator("#record-menu .text-danger").click()
    page.locator(".k-rec-note").wait_for()
    ada.look("record-binned")
    ada.button("Restore").click()
    page.locator(".k-rec-note").wait_for(state="detached")


def test_settings(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0], path="/settings")
    ada.look("settings")
    people, contact = company.id_of("kith_user"), company.id_of("kith_contact")
    role = company.id_of("kith_role", "key = 'member'")
    for path in (
        *(f"/settings/{name}" for name in SETTINGS),
        f"/settings/roles/{role}",
        f"/settings/users/{people}/access",
        f"/contacts/{contact}/access",
        "/accounts/password/change/",
    ):
        ada.open(path)
        page.locator("h1").first.wait_for()
        ada.look("settings-" + path.strip("/").replace("settings/", "").partition("?")[0].replace("/", "-")[:24])


def test_errors(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    rita = window(company.address, language, width)
    page = rita.page
    rita.expected |= {403, 404}
    rita.sign_in(READER[0])
    for path, name in (
        ("/no-such-thing", "error-404"),
        (f"/contacts/{'0' * 8}-0000-7000-8000-{'0' * 12}", "error-404-record"),
        ("/settings/roles", "error-403"),
        ("/import", "error-403-import"),
    ):
        rita.open(path)
        page.locator("h2").first.wait_for()
        rita.look(name)
