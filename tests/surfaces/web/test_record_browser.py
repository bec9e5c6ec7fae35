"""The record page in a real browser: edited by keyboard, taken back, made with a mistake first, and on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.records import read
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def forgiven() -> str:
    return "status of 422"


@pytest.fixture
def company(world_here: World) -> str:
    return str(world_here.records["companies", "olga"])


def text(page: Any, field: str) -> str:
    return str(page.locator(f'dd[data-field="{field}"]').inner_text()).strip()


def test_two_fields_by_keyboard_then_history_and_undo(open_page: Any, company: str, world_here: World) -> None:
    page = open_page(f"/companies/{company}?tab=history")
    page.wait_for_selector("#panel-history .k-time")
    was = text(page, "industry")
    page.locator('dd[data-field="industry"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('dd[data-field="industry"] form.k-edit')
    page.keyboard.type("Tea houses")
    page.keyboard.press("Tab")
    page.wait_for_selector('dd[data-field="employees"] form.k-edit')
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    page.wait_for_selector('dd[data-field="employees"] form.k-edit.bad')
    page.keyboard.press("Control+A")
    page.keyboard.type("2350")
    page.keyboard.press("Enter")
    page.wait_for_selector('dd[data-field="employees"]:not(:has(form))')
    assert text(page, "industry") == "Tea houses" and text(page, "employees").replace(",", "") == "2350"
    line = page.locator("#panel-history details").first
    page.wait_for_selector("#panel-history details summary:has-text('2 changes')")
    line.locator("summary").click()
    line.locator("li:has-text('Tea houses')").wait_for()
    line.locator(".body:has-text('Tea houses') .k-undo button").click()
    page.locator('dd[data-field="industry"]', has_text=was).wait_for()
    ctx = world_here.ctx("olga")
    row = read.one(ctx, ctx.schema["companies"], company, ("industry", "employees")).rows[0]
    assert row["employees"] == 2350 and row["industry"] != "Tea houses"


def test_escape_puts_the_value_back_and_writes_nothing(open_page: Any, company: str, world_here: World) -> None:
    page = open_page(f"/companies/{company}")
    was = text(page, "industry")
    page.locator('dd[data-field="industry"]').click(position={"x": 4, "y": 4})
    page.wait_for_selector('dd[data-field="industry"] form.k-edit')
    page.keyboard.type("dropped")
    page.keyboard.press("Escape")
    page.wait_for_selector('dd[data-field="industry"]:not(:has(form))')
    assert text(page, "industry") == was
    ctx = world_here.ctx("olga")
    assert read.one(ctx, ctx.schema["companies"], company, ("industry",)).rows[0]["industry"] == was


def test_made_by_keyboard_with_a_mistake_first(open_page: Any, company: str, world_here: World) -> None:
    page = open_page(f"/companies/{company}")
    page.locator('[data-related="companies"] [data-panel], [data-related="needs"] [data-panel]').last.wait_for()
    page.locator(f'[data-panel="/companies/new?parent={company}"]').click()
    page.wait_for_selector("#k-panel form.k-form input:focus")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#k-panel .form-error")
    page.wait_for_selector("#k-panel [data-field=name] input:focus")
    page.keyboard.type("Made by hand")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('Made by hand')")
    page.wait_for_selector("#toasts .k-toast [data-undo]")
    ctx = world_here.ctx("olga")
    made = page.url.rpartition("/")[2].partition("?")[0]
    assert str(read.one(ctx, ctx.schema["companies"], made, ("parent",)).rows[0]["parent"]) == company


def test_into_the_bin_and_back_from_the_toast(open_page: Any, company: str) -> None:
    page = open_page(f"/companies/{company}")
    page.click("[popovertarget=record-menu]")
    page.click("#record-menu .text-danger")
    page.wait_for_selector(".k-rec-note")
    page.keyboard.press("Control+Z")
    page.wait_for_selector(".k-rec-note", state="detached")


def test_on_a_phone(open_page: Any, company: str) -> None:
    page = open_page(f"/companies/{company}", 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap("#tab-details")
    page.tap('dd[data-field="industry"] .k-val')
    page.wait_for_selector('dd[data-field="industry"] form.k-edit')
    page.keyboard.type("On the road")
    page.keyboard.press("Enter")
    page.wait_for_selector('dd[data-field="industry"]:not(:has(form))')
    assert text(page, "industry") == "On the road"
    page.tap("#tab-related")
    page.wait_for_selector("#panel-related [data-related]", state="visible")
