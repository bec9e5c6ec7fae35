"""By keyboard alone: each stop is seen, lies in the window and uncovered, and comes in the order of the page."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.company import Company
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

STOPS = 40
WANTED = {"order": "comes out of order", "seen": "does not show the focus", "inside": "is outside the window"}
STOP = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const last = window.kithLast;
  window.kithLast = here;
  const follows = () => Boolean(last.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING);
  const order = !last || !last.isConnected || follows();
  const shown = (one) => {
    const look = getComputedStyle(one);
    return (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 1) || look.boxShadow !== 'none';
  };
  let seen = false;
  for (let one = here, up = 0; one && up < 3 && !seen; one = one.parentElement, up++) seen = shown(one);
  const box = here.getBoundingClientRect();
  const within = (at, most) => Math.min(most - 1, Math.max(0, at));
  const at = document.elementFromPoint(
    within(box.x + box.width / 2, innerWidth),
    within(box.y + box.height / 2, innerHeight),
  );
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const covered = !(at && (here.contains(at) || at.contains(here) || at.closest('label')?.control === here));
  const text = (here.innerText || here.name || '').slice(0, 30);
  const name = `${here.tagName.toLowerCase()}#${here.id}.${here.className} ${text}`;
  const by = covered && at ? `${at.tagName.toLowerCase()}.${at.className}` : '';
  return { name, order, seen, inside, covered, by };
}
"""


def walk(one: Window, place: str) -> int:
    """Press Tab through the page; how many stops there were."""
    one.page.evaluate("window.kithLast = null")
    stops = 0
    for _number in range(STOPS):
        one.page.keyboard.press("Tab")
        stop = one.page.evaluate(STOP)
        if stop is None or (stops > 3 and not stop["order"]):
            break  # round the window, and back at the beginning
        stops += 1
        for good, words in WANTED.items():
            if not stop[good]:
                one.wrong.append(f"{place}: {stop['name']} {words}")
        if stop["covered"]:
            one.wrong.append(f"{place}: {stop['name']} is covered by {stop['by']} while it has the focus")
    return stops


def test_the_focus_is_seen_and_in_order(company: Company, window: Callable[..., Window], width: int) -> None:
    ada = window(company.address, "en", width)
    ada.open("/")
    ada.heading("Sign in").wait_for()
    assert walk(ada, "sign-in") >= 4
    ada.sign_in(ADMINISTRATOR[0])
    for path in ("/contacts", "/contacts/new", "/settings/company", "/settings/users", "/import", "/search?q=tea"):
        ada.open(path)
        ada.page.locator("#main").wait_for()
        assert walk(ada, path) >= 5, f"{path} has more to reach"
    ada.open(f"/contacts/{company.id_of('kith_contact')}")
    ada.page.locator("#record").wait_for()
    assert walk(ada, "record") >= 15
    ada.open("/contacts")
    ada.page.keyboard.press("Tab")
    ada.page.locator(".k-skip:focus").wait_for()
    ada.page.keyboard.press("Enter")
    ada.page.keyboard.press("Tab")
    assert ada.page.evaluate("document.getElementById('main').contains(document.activeElement)"), "the skip link skips"
