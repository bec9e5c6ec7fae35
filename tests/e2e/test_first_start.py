"""From the one-time link of a fresh installation to the first contact."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.company import PASSWORD, Company
from tests.e2e.window import Window

ZONES = {"en": "Europe/Berlin", "zh-hans": "Asia/Shanghai"}
FIRMS = {"en": ("Pine Harbour", "DE", "EUR"), "zh-hans": ("松港贸易有限公司", "CN", "CNY")}
PEOPLE = {"en": ("Mara", "Vogt"), "zh-hans": ("悦", "林")}


@pytest.fixture
def fresh(empty: Path, tmp_path: Path) -> Iterator[Company]:
    """Kith as it starts for the first time, on a database of this test's own."""
    shutil.copytree(empty, tmp_path / "data")
    running = Company(tmp_path / "data")
    yield running
    running.stop()
    assert "Traceback" not in running.said()


def test_from_the_link_to_the_first_contact(
    fresh: Company, window: Callable[..., Window], language: str, width: int
) -> None:
    (link,) = re.findall(r"http://\S+/setup\?token=\S+", fresh.said())
    firm, country, currency = FIRMS[language]
    mara = window(fresh.address, language, width, timezone_id=ZONES[language])
    page = mara.page
    mara.open(link)
    mara.heading("Set up your workspace").wait_for()
    assert "token" not in page.url
    assert page.get_by_label(mara.t("Time zone")).input_value() == ZONES[language], "the browser knows it"
    mara.look("setup-company")
    page.keyboard.type(firm)
    page.get_by_label(mara.t("Country")).select_option(country)
    page.get_by_label(mara.t("Language")).select_option(language)
    page.get_by_label(mara.t("Currency")).select_option(currency)
    mara.button("Next: you").click()

    mara.heading("The first administrator").wait_for()
    page.keyboard.type("Mara Vogt")
    page.get_by_label(mara.t("E-mail")).fill("mara@pine.example")
    page.get_by_label(mara.t("Password")).fill("12345")
    mara.button("Open Kith").click()
    page.locator(".form-error").wait_for()
    page.locator("#s-password:focus").wait_for()
    mara.look("setup-person-refused")
    assert page.get_by_label(mara.t("E-mail")).input_value() == "mara@pine.example", "what was typed is still there"
    page.get_by_label(mara.t("Password")).fill(PASSWORD)
    mara.button("Open Kith").click()

    page.locator("#list").wait_for()
    mara.go_to("Contacts")
    many = mara.t("Contacts")
    mara.heading("No %(objects)s yet", objects=many.lower()).wait_for()
    assert mara.link("Import", page.locator(".k-empty")).is_visible()
    mara.look("list-first")
    first, last = PEOPLE[language]
    page.locator(".k-empty [data-new]").click()
    page.locator("#k-panel form.k-form").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("#k-panel .form-error").first.wait_for()
    page.locator("#k-panel [name=name-first_name]").fill(first)
    page.locator("#k-panel [name=name-last_name]").fill(last)
    mara.look("form-panel")
    page.keyboard.press("Control+Enter")
    name = f"{first} {last}" if language == "en" else f"{last}{first}"
    page.locator("h1", has_text=name).wait_for()
    mara.toast().wait_for()
    mara.look("record-first")
    mara.go_to("Contacts")
    page.locator("#list tr[data-id]", has_text=name).wait_for()
    assert page.locator("#list tr[data-id]").count() == 1

    assert fresh.ask("select first_name, last_name from kith_contact where deleted_at is null") == [(first, last)]
    held = fresh.ask("select name, country, currency, time_zone, language from kith_organisation")
    assert held == [(firm, country, currency, ZONES[language], language)]
    assert fresh.number("select count(*) from kith_user") == 1

    stranger = window(fresh.address, language, width)
    stranger.expected.add(404)
    stranger.open(link)
    stranger.page.locator("h1").wait_for()
    stranger.look("link-dead")
    assert not stranger.page.locator("form[action*=setup]").count(), "the link works once"
