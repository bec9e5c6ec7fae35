"""The import wizard in a real browser, in English and Chinese: from a Google export to its undo; exports as downloads.

What waits in the queue is done between two looks at the page, as a worker would.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.accounts.models import User
from kith.kernel.records.sight import living
from tests.surfaces.web.test_importing import work
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = "Email,First name,Last name,Job title\nlin@a.example,Lin,Yue,Cook\nno address,Bo,Ek,Buyer\n"


def people(world: World) -> int:
    return int(living(world.ctx("system").schema["contacts"]).count())


def deed(page: Any, name: str) -> None:
    """Ask for a step, see that it waits, do it, and see the page tell of it by itself."""
    page.locator(f"form[action$='/{name}'] button").click()
    page.wait_for_selector(".k-imp-progress")
    work()
    page.wait_for_selector(".k-imp-progress", state="detached")


@pytest.mark.parametrize(("language", "spoken"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_a_google_export_from_upload_to_undo(
    open_page: Any, world_here: World, language: str, spoken: str, settings: Any, tmp_path: Path
) -> None:
    corpora = os.environ.get("KITH_CORPORA")
    if not corpora:
        pytest.skip("KITH_CORPORA is not set")
    settings.KITH_DATA = tmp_path
    (tmp_path / "people.csv").write_text(PEOPLE)
    User.objects.filter(pk=world_here.people["olga"]).update(language=language)
    before = people(world_here)
    page = open_page("/import")
    assert page.locator("html").get_attribute("lang") == spoken
    google = Path(corpora) / "csv" / "contacts_google_new_utf8.csv"
    page.set_input_files("input[type=file]", [str(google), str(tmp_path / "people.csv")])
    assert page.locator("[data-names]").inner_text() == "contacts_google_new_utf8.csv, people.csv"
    page.locator("button[data-busy]").click()
    page.wait_for_selector(".k-map")
    assert "Google" in page.locator(".k-imp-file").first.inner_text()

    mine = page.locator(".k-imp-file").nth(1)
    field = mine.locator("select[name='to-3']")
    assert field.input_value() == "job_title"
    with page.expect_response(lambda found: "/files/" in found.url):
        field.select_option("")
    mine.locator("tr.off select[name='to-3']").wait_for()
    page.reload()  # it was saved at once
    assert mine.locator("select[name='to-3']").input_value() == ""

    deed(page, "check")
    assert people(world_here) == before
    cell = page.locator(".k-errs input[name='cell:Email']")
    assert cell.input_value() == "no address"
    cell.fill("bo@a.example")
    cell.press("Enter")
    page.wait_for_selector(".k-errs .badge.ok")
    deed(page, "check")
    assert page.locator(".k-errs").count() == 0

    deed(page, "run")
    made = people(world_here) - before
    assert made > 100
    page.locator(".k-imp-table a.link").first.click()
    page.wait_for_selector("#list tr[data-id]")
    page.go_back()
    page.locator(".k-imp-sure summary").click()
    deed(page, "undo")
    assert people(world_here) == before
    page.goto(page.url.rsplit("/", 1)[0])
    assert page.locator(".k-imp-mine tbody tr").count() == 1


def test_on_a_phone_nothing_stands_out_of_the_page(open_page: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path
    (tmp_path / "people.csv").write_text(PEOPLE)
    page = open_page("/import", 390)
    page.set_input_files("input[type=file]", str(tmp_path / "people.csv"))
    page.locator("button[data-busy]").click()
    page.wait_for_selector(".k-map")
    for name in ("check", "run"):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.querySelector('.k-foot').getBoundingClientRect().right") <= 390
        deed(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_ticked_is_downloaded(open_page: Any, world_here: World) -> None:
    page = open_page("/contacts", who="mara")
    boxes = page.locator("#list tbody .sel-c input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("[popovertarget=export-picked]").click()
    with page.expect_download() as loaded:
        page.locator("#export-picked [data-format=csv]").click()
    lines = Path(loaded.value.path()).read_text("utf-8-sig").splitlines()
    ids = [page.locator("#list tr[data-id]").nth(at).get_attribute("data-id") for at in (0, 1)]
    assert [one.split(",")[0] for one in lines] == ["id", *ids]
    page.locator("[popovertarget=export-menu]").click()
    with page.expect_download() as whole:
        page.locator("#export-menu a").nth(2).click()
    assert whole.value.suggested_filename.endswith(".jsonl")
