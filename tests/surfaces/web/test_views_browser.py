"""Saved views in a real browser: keep a list, change it, save the change, share it, move and delete its tab."""

from __future__ import annotations

from typing import Any

import pytest

from kith.kernel.records.change import Item, change_many
from kith.kernel.records.models import View
from tests.surfaces.web.test_list_browser import until
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world_here(world_here: World) -> World:
    ctx = world_here.ctx("olga")
    items = [
        Item({"name": f"Ann {number}", "lifecycle_stage": ["lead", "customer"][number % 2]}, verb="create")
        for number in range(8)
    ]
    change_many(ctx, ctx.schema["contacts"], items)
    return world_here


def rows(page: Any) -> int:
    return int(page.locator("#list tr[data-id]").count())


def kept() -> View:
    """The newest view."""
    return View.objects.latest("created_at")


def save_as(page: Any, name: str, shared: str = "") -> None:
    page.wait_for_selector("#pop:popover-open #view-name")
    page.fill("#view-name", name)
    if shared:
        page.select_option("#view-shared", shared)
    page.click("#pop .btn-primary")
    page.wait_for_selector(f".k-views a[aria-current]:has-text('{name}')")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_keep_change_save_and_share(open_page: Any, width: int, height: int) -> None:
    page = open_page("/contacts?filter=lifecycle_stage:lead&columns=name,lifecycle_stage", width, height)
    leads = rows(page)
    page.keyboard.press("Shift+S")
    save_as(page, "Leads")
    assert "view=" in page.url and "filter" not in page.url and rows(page) == leads
    assert page.locator(".k-views .k-dot").count() == 0 and page.locator(".k-save").count() == 0

    page.click("[data-head=name] .k-sort")  # in the address, not in the view
    page.wait_for_selector(".k-views .k-dot")
    assert kept().sort == ""
    page.click("[data-clear]")
    until(lambda: page.locator(".k-views .k-dot").count(), 0)

    page.click("[data-drop]")  # without its condition
    until(lambda: rows(page) > leads, True)
    page.click("[data-save-view]")
    page.wait_for_selector(".k-toast:has-text('View saved')")
    until(lambda: kept().filter, {})
    page.click(".k-toast [data-undo]")
    until(lambda: rows(page), leads)

    page.keyboard.press("Alt+ArrowLeft")  # nothing: no column has the focus
    page.click(".k-views [data-pop]:not([aria-label='Save the list as a view'])")
    save_as(page, "Leads of ours", "everybody")
    tim = open_page("/contacts", who="tim")
    tim.click(".k-views a:has-text('Leads of ours')")
    tim.wait_for_selector(".k-views a[aria-current]:has-text('Leads of ours')")
    assert rows(tim) == leads

    page.click(".k-views [data-pop]:not([aria-label='Save the list as a view'])")
    page.click("#pop button:has-text('Delete view')")
    page.wait_for_selector(".k-toast:has-text('View deleted')")
    until(lambda: page.locator(".k-views a:has-text('Leads of ours')").count(), 0)


def test_columns_of_a_view_stand_in_the_address_until_they_are_saved(open_page: Any) -> None:
    page = open_page("/contacts?columns=name,email,lifecycle_stage")
    page.keyboard.press("Shift+S")
    save_as(page, "Mails")
    page.locator("[data-head=email] .k-sort").focus()
    page.keyboard.press("Alt+ArrowRight")
    page.wait_for_selector(".k-views .k-dot")
    assert "columns=name,lifecycle_stage,email" in page.url.replace("%2C", ",")
    page.keyboard.press("Shift+S")
    page.wait_for_selector(".k-toast:has-text('View saved')")
    until(lambda: kept().columns, "name,lifecycle_stage,email")
    page.reload()
    heads = page.locator("[data-head]").evaluate_all("all => all.map(one => one.dataset.head)")
    assert heads == ["name", "lifecycle_stage", "email"]


def test_a_phone_shows_the_views_in_a_menu(open_page: Any) -> None:
    page = open_page("/contacts?filter=lifecycle_stage:lead", 390, 844)
    page.click(".k-save")
    page.wait_for_selector("#pop:popover-open #view-name")
    page.fill("#view-name", "Leads")
    page.click("#pop .btn-primary")
    page.wait_for_url("**view=*")
    page.click(".mchips .k-chip")
    page.wait_for_selector("#views-menu:popover-open")
    page.click("#views-menu a:has-text('All contacts')")
    page.wait_for_url("**/contacts")
    page.go_back()
    page.wait_for_selector(".mchips .k-chip:has-text('Leads')")
    page.click(".mchips .k-chip")
    page.click("#views-menu button:has-text('Change this view')")
    page.wait_for_selector("#pop:popover-open #view-name")
    page.fill("#view-name", "Leads by phone")
    page.click("#pop .btn-primary")
    page.wait_for_selector(".mchips .k-chip:has-text('Leads by phone')")
