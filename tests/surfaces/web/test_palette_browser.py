"""The palette, the keys, the warning of a duplicate and merging in a real browser: both languages, and a phone."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from kith.api import User
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.schema import load
from tests.world import World, forget

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "en": ["Records", "Merge into one", "Looks like", "Merged", "Undone", "Keyboard shortcuts"],
    "zh-hans": ["记录", "合并为一条", "可能与以下记录重复", "已合并", "", "键盘快捷键"],
}


@pytest.fixture
def world_here(world_here: World) -> World:
    ctx, wang = world_here.ctx("olga"), {"first_name": "小明", "last_name": "王", "email": "wang@lianwan.example"}
    change(ctx, ctx.schema["contacts"], None, wang)
    return world_here


@pytest.fixture
def open_page(open_page: Any, world_here: World) -> Callable[..., Any]:
    """``open_page(path, language, width, height)`` as Olga."""

    def opened(path: str, language: str = "en", *size: int) -> Any:
        User.objects.filter(pk=world_here.people["olga"]).update(language=language)
        load.bump()
        forget()
        return open_page(path, *size)

    return opened


def until(met: Callable[[], bool]) -> None:
    """Wait for something that the page does in its own time."""
    for _ in range(200):
        if met():
            return
        time.sleep(0.05)
    pytest.fail("it did not come about within ten seconds")


def line(page: Any, text: str) -> Any:
    return page.locator("#palette [role=option]", has_text=text)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_chinese_name_is_found_by_its_initials_and_opened(open_page: Any, language: str) -> None:
    page, words = open_page("/companies", language), WORDS[language]
    page.keyboard.press("Control+k")
    page.keyboard.type("wxm")
    line(page, "王小明").wait_for()
    assert page.locator("#palette mark").first.inner_text() == "王小明"
    assert words[0] in page.locator("#palette h3").all_inner_texts()
    assert line(page, "王小明").get_attribute("aria-selected") == "true"
    assert page.locator("#palette input").get_attribute("aria-activedescendant") == line(page, "王小明").get_attribute(
        "id"
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/contacts/[0-9a-f-]{36}"))
    page.goto(page.url.rpartition("/contacts")[0] + "/needs")
    page.keyboard.press("/")
    line(page, "王小明").wait_for()
    assert page.evaluate("localStorage.getItem('kith.recent')").count("contacts:") == 1
    assert "王" not in page.evaluate("JSON.stringify(localStorage)"), "the browser remembers ids alone"
    page.keyboard.press("Escape")
    page.wait_for_selector("#palette:not([open])", state="attached")


def test_arrows_tab_and_prefixes(open_page: Any) -> None:
    page = open_page("/contacts")
    page.keyboard.press("Control+k")
    page.keyboard.type("wang")
    line(page, "王小明").wait_for()
    chosen = "#palette [aria-selected=true]"
    page.keyboard.press("Tab")
    assert "wang" in page.locator(chosen).inner_text(), "the next section"
    page.keyboard.press("Shift+Tab")
    assert "王小明" in page.locator(chosen).inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    assert "王小明" in page.locator(chosen).inner_text() and page.locator(chosen).count() == 1
    page.keyboard.press("Control+a")
    page.keyboard.type(">new comp")
    line(page, "New company").wait_for()
    until(lambda: line(page, "王小明").count() == 0)
    page.keyboard.press("Enter")
    page.wait_for_selector("#k-panel[open] form[data-k-form]")


def test_keys_lead_anywhere_and_are_off_while_typing(open_page: Any) -> None:
    page = open_page("/contacts")
    page.keyboard.press("?")
    page.wait_for_selector("#dialog[open] .k-keys kbd")
    listed = set(" ".join(page.eval_on_selector_all("[data-does]", "all => all.map(one => one.dataset.does)")).split())
    shown = page.locator("[data-does]").count()
    assert shown == page.locator("[data-does]:has(kbd)").count() and {"palette", "list.next", "record.edit"} <= listed
    page.keyboard.press("g")
    page.keyboard.press("c")
    assert page.url.endswith("/contacts"), "keys rest while a dialog is open"
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("gc/?")
    assert page.input_value("#typed") == "gc/?" and page.url.endswith("/contacts")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/companies")
    page.keyboard.press("c")
    page.keyboard.press("p")
    page.wait_for_url("**/contacts/new")


def test_every_key_stands_in_the_sheet(open_page: Any) -> None:
    """The sheet has words for every line of the table: a key that is added is added there, too."""
    page = open_page("/contacts")
    page.keyboard.press("?")
    page.wait_for_selector("#dialog[open] .k-keys kbd")
    listed = " ".join(page.eval_on_selector_all("[data-does]", "all => all.map(one => one.dataset.does)"))
    sources = "".join(
        (part / name).read_text("utf-8")
        for part in [_parts()]
        for name in os.listdir(part)
        if name.endswith(".js") and name != "keys.js"
    )
    bound = set(re.findall(r'does: "([a-z.]+)"', sources)) | set(re.findall(r'clicks\("([a-z.]+)"', sources))
    assert len(bound) > 15 and not {one for one in bound if one not in listed.split()}


def _parts() -> Any:
    from pathlib import Path

    return Path(__file__).resolve().parents[3] / "frontend" / "src" / "parts"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_contacts_become_one_and_two_again(open_page: Any, world_here: World, language: str) -> None:
    ctx, words = world_here.ctx("olga"), WORDS[language]
    one = change(ctx, ctx.schema["contacts"], None, {"last_name": "AA Lin", "email": "lin@a.example"}).id
    two = change(ctx, ctx.schema["contacts"], None, {"last_name": "AA Lin Yue", "job_title": "Chef"}).id
    page = open_page("/contacts?view=mine", language)
    for id in (one, two):
        page.locator(f'tr[data-id="{id}"] .sel-c input').click()
    page.keyboard.press("Control+k")
    page.keyboard.type(words[1])
    line(page, words[1]).click()
    page.wait_for_selector("#merge")
    page.locator(f'input[name=survivor][value="{one}"]').check()
    page.wait_for_selector(f'th.stays input[value="{one}"]')
    page.locator(f'input[name=take-name][value="{two}"]').focus()
    page.keyboard.press("Space")
    page.locator("#merge .btn-primary").click()
    page.wait_for_url(f"**/contacts/{one}*")
    page.locator(".k-toast", has_text=words[3]).wait_for()
    row = read.one(ctx, ctx.schema["contacts"], one, ("name", "job_title", "email")).rows[0]
    assert (str(row["name"]), row["job_title"], row["email"]) == ("AA Lin Yue", "Chef", "lin@a.example")
    assert read.ids(ctx, ctx.schema["contacts"], [one, two]) == {one}
    page.keyboard.press("Control+z")
    until(lambda: read.ids(ctx, ctx.schema["contacts"], [one, two]) == {one, two})
    until(lambda: "Yue" not in page.locator("h1").inner_text())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_form_warns_while_one_types(open_page: Any, language: str) -> None:
    page, words = open_page("/contacts", language), WORDS[language]
    page.keyboard.press("n")
    page.wait_for_selector("#k-panel[open] form")
    page.fill("[name=name-last_name]", "王")
    page.fill("[name=name-first_name]", "小明")
    warned = page.locator("[data-field=name] .k-alike")
    warned.wait_for()
    assert words[2] in warned.inner_text() and "王小明" in warned.inner_text()
    page.fill("[name=name-first_name]", "大海")
    warned.wait_for(state="detached")
    page.fill("[name=emails-0-value]", "wang@lianwan.example")
    page.locator("[data-field=emails] .k-alike [data-k-use]").click()
    page.wait_for_url(re.compile(r"/contacts/[0-9a-f-]{36}"))


def test_a_record_says_what_it_looks_like_and_leads_to_the_comparison(open_page: Any, world_here: World) -> None:
    ctx = world_here.ctx("olga")
    twin = change(ctx, ctx.schema["contacts"], None, {"last_name": "Wang", "email": "wang@lianwan.example"}).id
    page = open_page(f"/contacts/{twin}")
    notice = page.locator("#panel-related .k-twin")
    notice.wait_for()
    assert "王小明" in notice.inner_text()
    notice.locator("a").click()
    page.wait_for_selector("#merge")
    assert page.locator("input[name=survivor]").count() == 2


def test_inline_edit_warns_and_saves_all_the_same(open_page: Any, world_here: World) -> None:
    ctx = world_here.ctx("olga")
    other = change(ctx, ctx.schema["contacts"], None, {"last_name": "Somebody", "email": "x@x.example"}).id
    page = open_page(f"/contacts/{other}")
    page.locator('dd[data-field="emails"]').click(position={"x": 2, "y": 2})
    page.wait_for_selector('dd[data-field="emails"] form.k-edit')
    page.fill('dd[data-field="emails"] [name="emails-0-value"]', "wang@lianwan.example")
    page.locator('dd[data-field="emails"] .k-alike').wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector('dd[data-field="emails"]:not(:has(form))')
    assert read.one(ctx, ctx.schema["contacts"], other, ("email",)).rows[0]["email"] == "wang@lianwan.example"


def test_on_a_phone(open_page: Any, world_here: World) -> None:
    page = open_page("/contacts", "en", 390, 844)
    page.locator('.mbar a[href="/search"]').click()
    page.wait_for_selector("#palette[open]")
    page.keyboard.type("wang")
    line(page, "王小明").click()
    page.wait_for_url(re.compile(r"/contacts/[0-9a-f-]{36}"))
    ctx = world_here.ctx("olga")
    ids = [change(ctx, ctx.schema["contacts"], None, {"last_name": f"Twin {word}"}).id for word in ("one", "two")]
    page.goto(page.url.partition("/contacts/")[0] + f"/contacts/merge?ids={ids[0]},{ids[1]}")
    page.wait_for_selector("#merge")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "stacked, not wider than the screen"
    assert uuid.UUID(page.locator("th.stays input").get_attribute("value")) in ids


def test_axe_finds_nothing(open_page: Any, world_here: World) -> None:
    from axe_playwright_python.sync_playwright import Axe

    ctx = world_here.ctx("olga")
    ids = [
        change(ctx, ctx.schema["contacts"], None, {"last_name": f"Twin {word}", "email": f"{word}@twin.example"}).id
        for word in ("one", "two")
    ]
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

    def look(page: Any, place: str) -> None:
        found = Axe().run(page, context=place, options=options).response["violations"]
        assert [(one["id"], [each["html"][:200] for each in one["nodes"]]) for one in found] == [], place

    page = open_page("/contacts")
    page.keyboard.press("Control+k")
    page.keyboard.type("wang")
    line(page, "王小明").wait_for()
    look(page, "#palette")
    page.keyboard.press("Escape")
    page.wait_for_selector("#palette:not([open])", state="attached")
    page.keyboard.press("?")
    page.wait_for_selector("#dialog[open] .k-keys kbd")
    look(page, "#dialog")
    base = page.url.partition("/contacts")[0]
    page.goto(f"{base}/search?q=wang")
    look(page, "#main")
    page.goto(f"{base}/contacts/merge?ids={ids[0]},{ids[1]}")
    look(page, "#main")
    page.goto(f"{base}/contacts/new")
    page.fill("[name=emails-0-value]", "one@twin.example")
    page.wait_for_selector(".k-alike")
    look(page, ".k-alike")
