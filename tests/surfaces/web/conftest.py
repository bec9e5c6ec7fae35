"""A browser and a server in this process, for tests that look at a page and at the database behind it.

The journeys in ``tests/e2e`` have a Kith of their own instead. Whoever asks for ``served`` is on a database without a
transaction around it, since the server has connections of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test.testcases import LiveServerThread

from tests.world import World, build


@pytest.fixture
def forgiven() -> str:
    """Words by which an error in a console is known to be meant; a module that has things refused has some."""
    return ""


@pytest.fixture
def world_here(transactional_db: None) -> World:
    """The company of :mod:`tests.world`, committed."""
    return build()


@pytest.fixture
def served(transactional_db: None) -> Iterator[str]:
    """The address of a server in this process. (pytest-django's own looks for static files by names without a hash.)"""
    thread = LiveServerThread("localhost", lambda application: application)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://localhost:{thread.port}"
    thread.terminate()


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, forgiven: str) -> Iterator[Callable[..., Any]]:
    """``window(width, height, **more)`` opens one, narrow ones on a phone; an error in its console fails the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread, as do the checks
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []

    def heard(said: Any) -> None:
        if said.type == "error" and not (forgiven and forgiven in said.text):
            wrong.append(said.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["KITH_TEST_BROWSER"], args=["--no-sandbox"])

        def opened(width: int = 1440, height: int = 900, **more: Any) -> Any:
            phone = width < 720
            size = {"width": width, "height": height}
            page = browser.new_context(viewport=size, has_touch=phone, is_mobile=phone, **more).new_page()
            page.set_default_timeout(20_000)
            page.on("pageerror", lambda error: wrong.append(f"{error} {error.stack}"))
            page.on("console", heard)
            return page

        yield opened
        browser.close()
    assert not wrong


@pytest.fixture
def open_page(served: str, world_here: World, window: Callable[..., Any]) -> Callable[..., Any]:
    """``open_page(path, width, height, who="olga", **more)``: a page of somebody who has signed in."""

    def opened(path: str, width: int = 1440, height: int = 900, who: str = "olga", **more: Any) -> Any:
        page = window(width, height, **more)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world_here.sessions[who], "url": served}
        page.context.add_cookies([cookie])
        page.goto(f"{served}{path}")
        page.wait_for_selector("#main")
        return page

    return opened
