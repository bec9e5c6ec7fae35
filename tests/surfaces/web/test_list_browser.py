"""The list in a real browser: filter, sort, load more, select, assign, undo; and the keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from kith.kernel.records.change import Item, change_many
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONTACTS = 130


@pytest.fixture
def world_here(world_here: World) -> World:
    ctx = world_here.ctx("olga")
    stages = ["lead", "customer"]
    items = [
        Item({"name": f"Kith Reader {number:03d}", "lifecycle_stage": stages[number % 2]}, verb="create")
        for number in range(CONTACTS)
    ]
    change_many(ctx, ctx.schema["contacts"], items)
    return world_here


def until(found: Callable[[], Any], wanted: Any) -> None:
    """Wait for what the page does in its own time."""
    for _ in range(400):
        if found() == wanted:
            return
        time.sleep(0.05)
    assert found() == wanted


def rows(page: Any) -> int:
    return int(page.locator("#list tr[data-id]").count())


def owners(page: Any) -> list[str]:
    return [one.split("\n")[-1] for one in page.locator("#list tr[data-id] td[data-field=owner]").all_inner_texts()]


def test_filter_sort_load_more_select_assign_undo(open_page: Any) -> None:
    page = open_page("/contacts")
    page.click("[data-filter-button]")
    page.wait_for_selector("#pop:popover-open")
    page.keyboard.type("Lifecycle")
    page.keyboard.press("Enter")
    page.click("#pop label:has-text('Customer')")
    page.click("#pop button.btn-primary")
    page.wait_for_selector("[data-chip]")
    assert "lifecycle_stage" in page.url and rows(page) == 50

    page.click("[data-head=name] .k-sort")
    page.wait_for_selector("[data-head=name][aria-sort=ascending]")
    page.click("[data-head=name] .k-sort")
    page.wait_for_selector("[data-head=name][aria-sort=descending]")
    assert page.locator("#list tr[data-id] td.t").first.inner_text().endswith("129")

    page.locator(".k-next").scroll_into_view_if_needed()
    until(lambda: rows(page) > 50, True)

    boxes = page.locator("#list tr[data-id] .sel-c input")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert page.locator("#list tr[aria-selected=true]").count() == 4
    assert page.locator("[data-bulk] [data-selected]").inner_text() == "4 selected"
    page.click("[data-bulk] [data-pop]")
    page.wait_for_selector("#people")
    page.keyboard.type("Tim")
    page.click("#people button:has-text('Tim')")
    page.wait_for_selector(".k-toast:has-text('4 contacts assigned to Tim')")
    until(lambda: owners(page)[:6], ["Olga", "Tim", "Tim", "Tim", "Tim", "Olga"])
    assert rows(page) > 50, "the list came back as far as it was loaded"

    page.click(".k-toast [data-undo]")
    until(lambda: owners(page)[:6], ["Olga"] * 6)
    page.go_back()
    page.wait_for_selector("[data-head=name][aria-sort=ascending]")


def test_the_keys_walk_select_and_filter(open_page: Any) -> None:
    page = open_page("/contacts?sort=name&view=mine")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("#list tr[aria-selected=true]").count() == 2
    page.keyboard.press("Escape")
    assert page.locator("#list tr[aria-selected=true]").count() == 0
    page.keyboard.press("Space")
    page.wait_for_selector("#panel:not([hidden]) .k-rec-head")
    page.keyboard.press("Escape")
    assert page.locator("#panel[hidden]").count() == 1
    page.keyboard.press("ArrowRight")
    assert page.locator("#list td.cell").get_attribute("data-field") == "company"
    page.keyboard.press("f")
    page.keyboard.type("lifecycle_stage:lead Reader")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-chip='1']")
    until(lambda: "q%22" in page.url, True)
    assert page.locator("#list tr[data-id]").count() == 50
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".k-rec-head, .k-rec")
