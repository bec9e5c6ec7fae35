"""Find a record, put a value right, see who changed what, and take it back: by key and by click."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.company import Company
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

ONE = (
    "select name, industry from kith_company a where deleted_at is null and industry <> '' "
    "and not exists (select 1 from kith_company b where b.id <> a.id and instr(b.name, a.name) > 0) "
    "order by id limit 1 offset ?"
)


def test_find_edit_and_undo(company: Company, window: Callable[..., Window], language: str, width: int) -> None:
    name, was = company.ask(ONE, width // 100 + len(language))[0]
    held = "select industry from kith_company where name = ?"
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])

    if ada.phone:
        page.locator('.mbar a[href="/search"]').click()
    else:
        page.keyboard.press("/")
    page.locator("#palette[open] input:focus").wait_for()
    page.keyboard.type(name)
    line = page.locator("#palette [role=option]", has_text=name).first
    line.wait_for()
    ada.look("palette")
    if ada.phone:
        line.click()
    else:
        page.locator('#palette [role=option][aria-selected="true"]', has_text=name).wait_for()
        page.keyboard.press("Enter")
    page.locator("h1", has_text=name).wait_for()
    ada.look("record")

    cell = page.locator('dd[data-field="industry"]')
    if ada.phone:
        page.locator("#tab-details").click()
        cell.locator(".k-val").click()
    else:
        cell.focus()
        page.keyboard.press("Enter")
    cell.locator("form.k-edit").wait_for()
    ada.look("cell-open")
    page.keyboard.press("Control+A")
    page.keyboard.type("Tea houses")
    page.keyboard.press("Enter")
    page.locator('dd[data-field="industry"]:not(:has(form))', has_text="Tea houses").wait_for()
    company.comes_to([("Tea houses",)], held, name)

    page.locator("#tab-history").click()
    told = page.locator("#panel-history .k-time .ev", has_text="Tea houses").first
    told.wait_for()
    ada.look("history")
    told.hover()
    ada.button("Undo", told).click()
    page.locator("#panel-history:visible .badge", has_text=ada.t("Undone")).first.wait_for()
    page.locator('dd[data-field="industry"]', has_text=was).wait_for(state="attached")
    company.comes_to([(was,)], held, name)

    if ada.phone:
        page.locator("#tab-details").click()
    cell.locator(".k-val").click()
    cell.locator("form.k-edit").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("Coffee houses")
    page.keyboard.press("Enter")
    page.locator('dd[data-field="industry"]:not(:has(form))', has_text="Coffee houses").wait_for()
    ada.toast().last.wait_for()
    if ada.phone:
        ada.toast().locator("[data-undo]").last.click()
    else:
        page.keyboard.press("Control+z")
    page.locator('dd[data-field="industry"]', has_text=was).wait_for()
    company.comes_to([(was,)], held, name)

    ada.go_to("Companies")
    page.locator("#list tr[data-id]").first.wait_for()
    box = page.get_by_label(ada.t("Find or type a filter"))
    if ada.phone:
        box.click()
    else:
        page.keyboard.press("f")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.locator("#list tr[data-id]", has_text=name).first.wait_for()
    ada.look("list-found")
    box.fill("no such company anywhere")
    page.keyboard.press("Enter")
    page.locator("#list .k-empty").wait_for()
    ada.look("list-none")
