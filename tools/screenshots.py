"""Pictures of the main pages for README and docs, taken from a fresh `kith demo` in a headless Chromium.

    python tools/screenshots.py [NAME…]      all of them when no name is given; `--list` prints the names

Each run starts the demo in a temporary folder on a free port and signs in with the password that it prints. Pages that
this version does not have are left out, with a line that says so. The pictures go to docs/pictures/NAME.png; pngquant
makes them smaller where it is installed, else tools/squeeze.py does, slowly.

Needs a Chromium (KITH_TEST_BROWSER, or one that tools/browser.sh finds) and, for the Chinese pictures, a font with
Chinese characters (Debian: fonts-noto-cjk).
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from squeeze import squeezed

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 200_000  # bytes of one picture
WAIT = 300  # seconds for the demo to be filled on a slow machine
DESK, PHONE = (1440, 900), (390, 844)

Open = Callable[[Any, str], bool]


class Missing(Exception):
    """This version has no such page."""


class Demo(NamedTuple):
    """A running demo and what to type."""

    url: str
    email: str
    password: str


def at(path: str, then: Callable[[Any], None] | None = None) -> Open:
    """A page by its address, and what is done on it before the picture."""

    def show(page: Any, url: str) -> bool:
        answer = page.goto(url + path)
        if answer is None or answer.status != 200:
            return False
        page.wait_for_load_state("networkidle")
        if then is not None:
            then(page)
        return True

    return show


def record(list_path: str) -> Open:
    """The record that the first row of a list leads to."""

    def show(page: Any, url: str) -> bool:
        if not at(list_path)(page, url):
            return False
        name = list_path.strip("/").partition("?")[0]
        links = page.locator(f"tbody a[href^='/{name}/']")
        for href in links.evaluate_all("all => all.map(one => one.getAttribute('href'))"):
            if re.fullmatch(rf"/{name}/[0-9a-f-]{{36}}", place := href.partition("?")[0]):
                return at(place)(page, url)
        return False

    return show


def palette(page: Any) -> None:
    """The command palette, with a word typed into it."""
    page.keyboard.press("Control+K")
    dialog = page.locator("dialog[open], [role=dialog]:visible").first
    try:
        dialog.wait_for(state="visible", timeout=2000)
    except Exception:
        raise Missing from None
    page.keyboard.type("harbour")
    page.wait_for_timeout(800)


PEOPLE = """Name,Company,E-mail,Phone,Position,Birthday,Lead source
Ada Brandt,Fjord Coffee AS,ada@fjord.example,+47 22 55 50 12,Buyer,16.04.1985,Trade fair
李梅,杭州春和茶业有限公司,limei@chunhe.example,+86 571 5555 0123,采购经理,,展会
Tom Reed,Fjord Coffee AS,tom@fjord,,Chef,31.02.1990,Website
"""


def mapped(page: Any) -> None:
    """A file that was read: which column gives which field."""
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()})
    page.locator("button[data-busy]").click()
    page.wait_for_selector(".k-map")


class Picture(NamedTuple):
    """What to show, and how."""

    name: str
    open: Open
    language: str = "en"
    dark: bool = False
    size: tuple[int, int] = DESK
    signed_in: bool = True


FILTERED = "/companies?filter=country%3ADE+lifecycle_stage%3Acustomer,prospect&sort=-updated_at"
LARGEST_FIRST = "/companies?sort=-annual_revenue"
PICTURES_OF: tuple[Picture, ...] = (
    Picture("sign-in", at("/accounts/login/"), signed_in=False),
    Picture("contacts", at("/contacts")),
    Picture("companies-filtered", at(FILTERED)),
    Picture("company", record(LARGEST_FIRST)),
    Picture("new-contact", at("/contacts/new")),
    Picture("board", at("/needs/board")),
    Picture("palette", at("/contacts", palette)),
    Picture("import", at("/import", mapped)),
    Picture("roles", at("/settings/roles")),
    Picture("contacts-dark", at("/contacts"), dark=True),
    Picture("company-dark", record(LARGEST_FIRST), dark=True),
    Picture("contacts-phone", at("/contacts"), size=PHONE),
    Picture("company-phone", record(LARGEST_FIRST), size=PHONE),
    Picture("contacts-zh", at("/contacts?filter=language%3Azh"), language="zh"),
    Picture("company-zh", record("/companies?filter=country%3ACN&sort=-annual_revenue"), language="zh"),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demo(language: str) -> Iterator[Demo]:
    """`kith demo` in a folder of its own, from its first line of output until the pictures are taken."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="kith-pictures-") as folder:
        command = [sys.executable, "-m", "kith.app.cli", "demo", "--port", str(port), "--data", folder]
        process = subprocess.Popen(
            [*command, "--language", language], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )
        waiting = signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.alarm(WAIT)
        try:
            yield _signed_in(process, f"http://127.0.0.1:{port}", Path(folder))
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, waiting)
            process.terminate()
            process.wait(20)


def _signed_in(process: subprocess.Popen[str], url: str, folder: Path) -> Demo:
    """What to type, out of the line that the demo prints. The password in that line is the one that is kept."""
    kept = folder / "demo_password"
    for line in process.stdout or ():
        if (email := re.search(r"[\w.]+@[\w.]*\w", line)) and kept.is_file():
            password = kept.read_text("ascii").strip()
            if password in line:
                signal.alarm(0)
                _answering(url)
                return Demo(url, email[0], password)
    raise SystemExit("screenshots: the demo did not start (its own messages are above)")


def _answering(url: str) -> None:
    """Wait until the server answers: it prints the sign-in just before."""
    import time
    import urllib.request

    for _attempt in range(200):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("screenshots: the demo does not answer")


def take(browser: Any, site: Demo, wanted: list[Picture]) -> list[str]:
    """Take these pictures of one site; the answer names those that were left out."""
    left_out = []
    for one in wanted:
        width, height = one.size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if one.dark else "light",
            reduced_motion="reduce",
            locale="zh-CN" if one.language == "zh" else "en-GB",
            timezone_id="Europe/Berlin",
            is_mobile=one.size == PHONE,
            has_touch=one.size == PHONE,
        )
        page = context.new_page()
        try:
            if one.signed_in:
                page.goto(f"{site.url}/accounts/login/")
                page.fill("input[name=login]", site.email)
                page.fill("input[name=password]", site.password)
                page.click("form button[type=submit]")
                page.wait_for_url(lambda address: "/accounts/" not in address)
            if one.open(page, site.url):
                _save(page, one.name)
            else:
                left_out.append(one.name)
        except Missing:
            left_out.append(one.name)
        finally:
            context.close()
    return left_out


def _save(page: Any, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(300)
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    if squeeze := shutil.which("pngquant"):
        subprocess.run([squeeze, "--force", "--skip-if-larger", "--output", str(path), "--", str(path)], check=False)
    else:
        path.write_bytes(squeezed(path.read_bytes()))
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}  {size // 1000} kB{'  TOO LARGE' if size > LARGEST else ''}", flush=True)


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font with Chinese characters; yes where there is no fontconfig to ask."""
    if not (ask := shutil.which("fc-list")):
        return True
    return bool(subprocess.run([ask, ":lang=zh-cn"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip())


def main(arguments: list[str]) -> int:
    names = [one.name for one in PICTURES_OF]
    if arguments == ["--list"]:
        print("\n".join(names))
        return 0
    if unknown := [one for one in arguments if one not in names]:
        print(f"screenshots: there is no picture {unknown[0]}; --list prints the names", file=sys.stderr)
        return 2
    wanted = [one for one in PICTURES_OF if not arguments or one.name in arguments]
    found = subprocess.run(["sh", str(ROOT / "tools" / "browser.sh")], stdout=subprocess.PIPE, text=True, check=False)
    if not (path := found.stdout.strip()):
        print("screenshots: no Chromium was found; install chromium, or name one in KITH_TEST_BROWSER", file=sys.stderr)
        return 1
    if not has_chinese_font() and any(one.language == "zh" for one in wanted):
        print("screenshots: no font has Chinese characters; on Debian: apt-get install fonts-noto-cjk", file=sys.stderr)
        wanted = [one for one in wanted if one.language != "zh"]
    from playwright.sync_api import sync_playwright

    left_out = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for language in dict.fromkeys(one.language for one in wanted):
            with demo(language) as site:
                left_out += take(browser, site, [one for one in wanted if one.language == language])
        browser.close()
    for name in left_out:
        print(f"screenshots: {name} left out: this version has no such page", file=sys.stderr)
    return 1 if any(one.stat().st_size > LARGEST for one in PICTURES.glob("*.png")) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
