"""Rich text and files in a real browser: written by keyboard, cleaned on the way, and without script a plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kith.kernel.records import read
from kith.kernel.records.change import change
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def forgiven() -> str:
    return "inline event handler"  # of markup that was taken apart, and never stood in the page


def fetched(page: Any) -> list[str]:
    """All that the page asked for."""
    return list(page.evaluate("performance.getEntriesByType('resource').map(one => one.name)"))


def body(world: World, id: Any) -> str:
    ctx = world.ctx("ada")
    return str(read.one(ctx, ctx.schema["samples"], id, ("body",)).rows[0]["body"])


def record(world: World, value: str) -> Any:
    ctx = world.ctx("olga")
    return change(ctx, ctx.schema["samples"], None, {"title": "Offer", "body": value}).id


def test_written_by_keyboard(open_page: Any, world_here: World) -> None:
    id = record(world_here, "<p>Tea</p>")
    page = open_page(f"/samples/{id}/edit")
    text = page.get_by_role("textbox", name="Body")
    text.wait_for()
    assert text.evaluate("one => one.isContentEditable") and page.locator("textarea[name=body]").is_hidden()
    assert any("/rich-" in one for one in fetched(page))
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+b")
    page.keyboard.type("strong ")
    page.keyboard.press("Control+b")
    page.keyboard.type("and list")
    bar = page.get_by_role("toolbar")
    bar.get_by_role("button", name="Bold").focus()
    for _step in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "List"
    page.keyboard.press("Enter")
    assert bar.get_by_role("button", name="List", exact=True).get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url(f"**/samples/{id}")
    saved = body(world_here, id)
    assert saved.startswith("<p>Tea</p>") and "<li><b>strong </b>and list</li>" in saved.replace("\xa0", " ")


def test_what_is_not_allowed_never_stands_in_the_page(open_page: Any, world_here: World) -> None:
    """Also what an address fills in, which nobody has cleaned yet."""
    evil = "%3Cp%3Ehello%3Cimg src=x onerror=alert(1)%3E%3Ca href='javascript:alert(1)'%3Ex%3C/a%3E%3C/p%3E"
    page = open_page(f"/samples/new?body={evil}")
    page.get_by_text("More fields").click() if page.locator(".k-form-more").count() else None
    text = page.get_by_role("textbox", name="Body")
    text.wait_for()
    assert text.evaluate("one => one.innerHTML") == "<p>hello<a>x</a></p>"


def test_pages_without_the_field_fetch_no_editor(open_page: Any, world_here: World) -> None:
    page = open_page("/samples")
    page.wait_for_load_state("networkidle")
    assert not any("/rich-" in one for one in fetched(page))


def test_without_script_it_is_a_text_area(open_page: Any, world_here: World) -> None:
    id = record(world_here, "<p>Tea</p>")
    page = open_page(f"/samples/{id}/edit", java_script_enabled=False)
    area = page.locator("textarea[name=body]")
    assert area.is_visible() and not page.get_by_role("toolbar").is_visible()
    area.fill("One\n\nTwo")
    page.locator("[data-save]").first.click()
    assert body(world_here, id) == "<p>One</p><p>Two</p>"


def test_a_file_is_brought_and_saved(open_page: Any, world_here: World, tmp_path: Path) -> None:
    offer = tmp_path / "offer.txt"
    offer.write_text("harbour")
    id = record(world_here, "<p>Tea</p>")
    page = open_page(f"/samples/{id}")
    page.locator("[data-field=picture][data-cell]").first.click()
    page.locator("input[type=file]").set_input_files(offer)
    link = page.get_by_role("link", name="offer.txt")
    link.wait_for()
    with page.expect_download() as got:
        link.click()
    assert Path(got.value.path()).read_text() == "harbour" and got.value.suggested_filename == "offer.txt"
