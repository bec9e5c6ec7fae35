"""An administrator asks a colleague in; the colleague sees what the role lets them see, and nothing of a stranger's."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.company import Company
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

PASSWORD = "Harbour-lantern-97"
OF_TEAM = (
    "select count(*) from kith_company where deleted_at is null and team_id = (select id from kith_team where name = ?)"
)
STRANGER = "deleted_at is null and team_id <> (select id from kith_team where name = ?)"


def test_a_colleague_sees_what_the_role_lets_them(
    company: Company, window: Callable[..., Window], language: str, width: int
) -> None:
    team = {"en": "Europe", "zh-hans": "华东"}[language]
    email = f"colleague-{language}-{width}@pine.example"
    ada = window(company.address, language, width)
    page = ada.page
    ada.sign_in(ADMINISTRATOR[0])
    ada.go_to("Settings", "Invitations")
    page.locator("details.k-add > summary").click()
    ada.look("invite")
    page.get_by_label(ada.t("E-mail")).fill(email)
    page.locator("#s-name").fill("Jonas Ek")
    page.locator("#s-team").select_option(label=f"Pine Harbour › {team}")
    member = page.get_by_label(ada.t("Member"), exact=True)
    if not member.is_checked():
        member.check()
    ada.button("Make the link").click()
    page.locator("#secret").wait_for()
    ada.look("invite-link")
    link = page.locator("#secret").inner_text().strip()

    jonas = window(company.address, language, width)
    his = jonas.page
    jonas.open(link)
    his.get_by_role("heading", name="Pine Harbour").wait_for()
    jonas.look("join")
    his.get_by_label(jonas.t("Password")).fill(PASSWORD)
    jonas.button("Join").click()
    his.locator("#list").wait_for()
    sign_out(jonas)
    jonas.sign_in(email, PASSWORD)

    jonas.go_to("Companies")
    his.locator("#list tr[data-id]").first.wait_for()
    count = his.locator("tfoot [data-count], .k-top [data-count]").first.inner_text()
    assert int(count.replace(",", "")) == company.number(OF_TEAM, team) > 0
    jonas.look("list-of-team")
    id = company.id_of("kith_company", STRANGER, team)
    ((name,),) = company.ask("select name from kith_company where id = ?", id.hex)
    jonas.expected |= {403, 404}
    jonas.open(f"/companies/{id}")
    jonas.page.locator("h2").first.wait_for()
    assert name not in his.content()
    jonas.look("not-found")
    jonas.open("/companies/00000000-0000-7000-8000-000000000000")
    his.locator("h2").first.wait_for()
    jonas.open("/settings/roles")
    his.locator("h2").first.wait_for()
    assert "thead" not in his.content()
    jonas.look("forbidden")
    jonas.open("/settings")
    assert not his.locator("a[href='/settings/roles']").count()

    jonas.open(link)
    his.locator("h1").wait_for()
    assert not his.locator("#s-password").count(), "the link works once"
    ada.open(f"/companies/{id}")
    page.locator("h1", has_text=name).wait_for()


def sign_out(one: Window) -> None:
    page = one.page
    page.locator(".mbar [popovertarget=menu]" if one.phone else ".k-nav [popovertarget=person]").click()
    one.button("Sign out", page.locator(":popover-open")).click()
    page.locator("#id_login, form[action*=logout] button").first.wait_for()
    if not page.locator("#id_login").count():
        one.button("Sign out").click()
