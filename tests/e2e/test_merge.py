"""Somebody stands there twice: the form says so, the record says so, and two become one; and two again."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.company import Company
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

HELD = "select last_name, email, job_title from kith_contact where last_name like ? and deleted_at is null order by id"


def new_contact(ada: Window, last_name: str, email: str, title: str, *, warned: bool) -> None:
    page = ada.page
    ada.go_to("Contacts")
    page.locator("#list tr[data-id]").first.wait_for()
    page.locator(".mbar a:has(.plus)" if ada.phone else ".k-top [data-new]").click()
    form = page.locator("form.k-form")
    form.wait_for()
    form.locator("[name=name-last_name]").fill(last_name)
    form.locator("[name=emails-0-value]").fill(email)
    if warned:
        form.locator("[data-field=emails] .k-alike").wait_for()
        ada.look("form-warned")
    more = form.locator("details.k-form-more summary")
    if not form.locator("[name=job_title]").is_visible():
        more.click()
    form.locator("[name=job_title]").fill(title)
    form.locator("[data-save]").click()
    page.locator("h1", has_text=last_name).wait_for()


def test_two_become_one_and_two_again(
    company: Company, window: Callable[..., Window], language: str, width: int
) -> None:
    mark = f"{language[:2]}{width}"
    email = f"lin.{mark}@twin.example"
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])
    new_contact(ada, f"Lin {mark}", email, "Chef", warned=False)
    first = page.url.partition("?")[0]
    new_contact(ada, f"Lin Yue {mark}", email, "Head chef", warned=True)
    both = [(f"Lin {mark}", email, "Chef"), (f"Lin Yue {mark}", email, "Head chef")]
    company.comes_to(both, HELD, f"Lin%{mark}")

    notice = page.locator(".k-twin", has_text=f"Lin {mark}").locator("visible=true")
    notice.wait_for()
    ada.look("record-twin")
    ada.link("Compare", notice).click()
    page.locator("#merge").wait_for()
    page.locator(f'input[name=survivor][value="{first.rpartition("/")[2]}"]').check()
    page.locator(f'th.stays input[value="{first.rpartition("/")[2]}"]').wait_for()
    page.locator("#merge tbody label", has_text="Head chef").click()
    ada.look("merge")
    ada.button("Merge", page.locator("#merge")).click()
    page.wait_for_url(f"{first}*")
    ada.toast("Merged").wait_for()
    ada.look("merged")
    company.comes_to([(f"Lin {mark}", email, "Head chef")], HELD, f"Lin%{mark}")

    if ada.phone:
        ada.toast("Merged").locator("[data-undo]").click()
    else:
        page.keyboard.press("Control+z")
    page.locator("#record .k-rec-head, .k-rec-head", has_text="Chef").first.wait_for()
    page.locator(".k-twin", has_text=f"Lin Yue {mark}").locator("visible=true").wait_for()
    company.comes_to(both, HELD, f"Lin%{mark}")
