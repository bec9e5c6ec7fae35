"""A file of Google's through the wizard, in twice, and out again."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.company import Company, opened
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

FILE = Path(os.environ.get("KITH_CORPORA", "")) / "csv" / "contacts_google_new_utf8.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="KITH_CORPORA names no folder with Google's file")

LIVING = "select count(*) from {} where deleted_at is null"


@pytest.fixture
def company(empty: Path, tmp_path: Path) -> Iterator[Company]:
    """A company with its first person, no record, and no import before."""
    yield from opened(empty, tmp_path / "data", ADMINISTRATOR)


def living(company: Company) -> tuple[int, int]:
    return company.number(LIVING.format("kith_contact")), company.number(LIVING.format("kith_company"))


def tiles(page: Any) -> dict[str, int]:
    """The counts on the page, by their icon's words."""
    texts = page.locator(".k-imp-tiles .k-card").all_inner_texts()
    found = [re.match(r"\s*([\d,]+)\s+(.+?)\s*$", one, re.DOTALL) for one in texts]
    return {one[2]: int(one[1].replace(",", "")) for one in found if one}


def read_in(ada: Window, name: str) -> dict[str, int]:
    """From the page of imports to what would happen."""
    page = ada.page
    page.locator("input[name=file]").set_input_files(str(FILE))
    ada.button("Read the files").click()
    page.locator("text=smithsusan0@example.com").first.wait_for()
    ada.look(f"import-fields{name}")
    ada.button("Check all rows").click()
    ada.heading("This is what would happen").wait_for()
    ada.look(f"import-check{name}")
    return tiles(page)


def test_in_twice_and_out_again(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    with FILE.open(encoding="utf-8", newline="") as opened_file:
        rows = list(csv.DictReader(opened_file))
    firms = {row["Organization Name"] for row in rows} - {""}
    before = living(company)
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])
    ada.go_to("Contacts")
    ada.link("Import").locator("visible=true").first.click()
    ada.heading("Import").first.wait_for()
    ada.look("import-start")

    told = read_in(ada, "")
    assert told[ada.t("To be added")] == len(rows) and sum(told.values()) == len(rows)
    assert living(company) == before, "a check writes nothing"
    page.get_by_role("button", name=ada.tn("Import %(n)s record", "Import %(n)s records", len(rows))).click()
    ada.heading("The import is done").wait_for()
    ada.look("import-done")
    assert tiles(page)[ada.t("Added")] == len(rows)
    assert living(company) == (before[0] + len(rows), before[1] + len(firms))
    done = page.url
    ada.link("Show the added %(objects)s", objects=ada.t("Contacts").lower()).click()
    page.locator("#list").wait_for()
    ada.look("import-listed")
    assert page.locator(".k-top [data-count]").inner_text() == str(len(rows))
    page.go_back()

    ada.link("Another import").click()
    again = read_in(ada, "-again")
    assert again[ada.t("Already the same")] == len(rows) and sum(again.values()) == len(rows)
    page.get_by_text(ada.t("There is nothing to import")).wait_for()
    assert living(company) == (before[0] + len(rows), before[1] + len(firms)), "the second time nothing is made"

    ada.open(done)
    page.locator("summary", has_text=ada.t("Undo the import")).click()
    ada.button("Undo it").click()
    ada.heading("The import is undone").wait_for()
    ada.look("import-undone")
    assert living(company) == before
