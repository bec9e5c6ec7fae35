"""A window of the browser, with what every page must keep to: no error, nothing wider than the screen, no barrier."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from tests.e2e.company import PASSWORD

ROOT: Final = Path(__file__).resolve().parents[2]
AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
IN_THE_DARK: Final = ("color-contrast", "link-in-text-block")  # what another set of colours can change
PICTURES: Final = os.environ.get("KITH_TEST_PICTURES", "")
"""A folder; when given, each look at a page leaves its pictures there, light and dark."""

LOCALES: Final = {"en": "en-GB", "zh-hans": "zh-CN"}
SIZES: Final = {1440: 900, 390: 844}

LOOK: Final = """
async only => {
  const told = all => all.violations.map(one => [one.id, one.nodes]);
  let found = told(await axe.run(document, {runOnly: only, resultTypes: ['violations']}));
  const small = found.find(([id]) => id === 'target-size');
  if (small) {  // what lies half under a bar that stays in place counts once it is scrolled clear of it
    const still = [];
    for (const node of small[1]) {
      const at = document.querySelector(node.target[0]);
      at.scrollIntoView({block: 'center', behavior: 'instant'});
      const again = await axe.run(at, {runOnly: {type: 'rule', values: ['target-size']}, resultTypes: ['violations']});
      still.push(...told(again).flatMap(([, nodes]) => nodes));
    }
    found = found.filter(one => one !== small).concat(still.length ? [['target-size', still]] : []);
  }
  return found.map(([id, nodes]) => [id, nodes.slice(0, 4).map(one => one.target.join(' ') + ': ' +
    one.any.concat(one.all, one.none).map(why => why.message).join('; '))]);
}
"""


@cache
def axe() -> str:
    assert AXE.is_file(), "axe-core is not installed: `make assets` does it"
    return AXE.read_text("utf-8")


class Window:
    """One page of one person, in a language and at a width; ``page`` is Playwright's.

    ``wrong`` collects what the page complained of; the fixture that made the window fails the test on it.
    """

    def __init__(self, browser: Any, address: str, language: str, width: int, wrong: list[str], **more: Any) -> None:
        self.address, self.language, self.width, self.wrong = address, language, width, wrong
        self.phone = width < 720
        self.expected: set[int] = {422}  # answers that are no mistake of the page: a refused form
        self.context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            has_touch=self.phone,
            is_mobile=self.phone,
            locale=LOCALES[language],
            reduced_motion="reduce",  # colours are looked at once they have arrived
            color_scheme="light",
            **more,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: wrong.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    # --- what it says -------------------------------------------------------------------------------------------------

    def t(self, text: str, context: str = "", **values: Any) -> str:
        """These words of Kith's in the language of this window."""
        with translation.override(self.language):
            found = pgettext(context, text) if context else gettext(text)
        return found % values if values else found

    def tn(self, one: str, many: str, n: int, **values: Any) -> str:
        with translation.override(self.language):
            return ngettext(one, many, n) % {"n": n, **values}

    def _heard(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:  # _answered says which
            self.wrong.append(f"{self.page.url}: {said.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"{self.page.url} asked another server: {request.url}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"{self.page.url}: {response.status} from {response.request.method} {response.url}")

    # --- what a person does -------------------------------------------------------------------------------------------

    def open(self, path: str = "/") -> None:
        """Type an address."""
        self.page.goto(path if "://" in path else f"{self.address}{path}")

    def sign_in(self, email: str, password: str = PASSWORD, path: str = "/") -> None:
        self.open(path)
        self.page.get_by_label(self.t("E-mail")).fill(email)
        self.page.get_by_label(self.t("Password")).fill(password)
        self.page.keyboard.press("Enter")
        self.page.locator("#main").wait_for()

    def button(self, words: str, within: Any = None, **values: Any) -> Any:
        name = re.compile(rf"^\s*{re.escape(self.t(words, **values))}")
        return (within or self.page).get_by_role("button", name=name)

    def link(self, words: str, within: Any = None, **values: Any) -> Any:
        return (within or self.page).get_by_role("link", name=self.t(words, **values), exact=True)

    def heading(self, words: str, **values: Any) -> Any:
        return self.page.get_by_role("heading", name=self.t(words, **values))

    def toast(self, words: str = "", **values: Any) -> Any:
        toasts = self.page.locator("#toasts .k-toast")
        return toasts.filter(has_text=self.t(words, **values)) if words else toasts

    def go_to(self, *names: str) -> None:
        """Choose in the navigation, one after the other (an object, a page of the settings)."""
        for name in names:
            label = self.t(name)
            if self.phone and self.page.locator(".mbar a", has_text=label).count():
                self.page.locator(".mbar a", has_text=label).click()
            elif self.phone and not self.page.locator(".k-set nav a", has_text=label).locator("visible=true").count():
                self.page.locator(".mbar [popovertarget=menu]").click()
                self.page.locator("#menu a", has_text=label).first.click()
            else:
                self.page.locator(".k-nav a, .k-set nav a", has_text=label).locator("visible=true").first.click()

    # --- what must be so on every page --------------------------------------------------------------------------------

    def look(self, name: str) -> None:
        """Nothing is wider than the window, and axe finds no violation, by day and by night."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self.wrong.append(f"{name} is {wide} pixels wider than the window")
        self.page.evaluate(axe())
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            only = (
                {"type": "tag", "values": list(TAGS)}
                if scheme == "light"
                else {"type": "rule", "values": list(IN_THE_DARK)}
            )
            found = self.page.evaluate(LOOK, only)
            self.wrong += [f"{name} ({scheme}): {id} {nodes}" for id, nodes in found]
            if PICTURES:
                self._picture(f"{name}-{self.language[:2]}-{self.width}-{scheme}")
        self.page.emulate_media(color_scheme="light")

    def _picture(self, name: str) -> None:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))
