"""Journeys: one running Kith and one browser per module, a window for each person.

Nothing here touches the database of the other tests: Kith runs beside, on a folder of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.company import Company, kept, opened
from tests.e2e.window import Window

ADMINISTRATOR = ("ada@kith.example", "Ada Stern", "administrator")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for one in items:
        if here in one.path.parents:
            one.add_marker(pytest.mark.browser)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for ``language`` and ``width`` is run in both languages, at the desk and on a phone."""
    if "language" in metafunc.fixturenames:
        metafunc.parametrize("language", ["en", "zh-hans"])
    if "width" in metafunc.fixturenames:
        metafunc.parametrize("width", [1440, 390])


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a migrated database, in which nobody is yet."""
    return kept(tmp_path_factory.mktemp("empty"), "serve")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample company."""
    return kept(tmp_path_factory.mktemp("sample"), "demo")


@pytest.fixture(scope="module")
def company(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The sample company, running, with an administrator whose password is known."""
    yield from opened(sample, tmp_path_factory.mktemp("company") / "data", ADMINISTRATOR)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=os.environ["KITH_TEST_BROWSER"], args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def window(browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Window]]:
    """``window(address, language, width)`` opens one; what a page complained of fails the test."""
    wrong: list[str] = []
    made: list[Window] = []

    def open_one(address: str, language: str = "en", width: int = 1440, **more: Any) -> Window:
        made.append(Window(browser, address, language, width, wrong, **more))
        return made[-1]

    yield open_one
    for one in made:
        one.context.close()
    assert not wrong, "\n".join(wrong)
