"""By default a sample of the matrix runs; ``--full`` runs every combination, and so does naming one test with its
brackets.

Who reads and writes what is tried on the kernel for every object. Each other surface, and what has little to do with
rights (values, failures, costs, events, conflicts), is tried for a third of the objects, and always for those that have
it all: a shipped one, the sample, the user-made one.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

ALWAYS = {"contacts", "samples", "x_visits"}
SAMPLED = {f"test_{file}.py" for file in ("values", "failing", "costs", "events", "conflicts")}
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full") or any("[" in one for one in config.args):
        return
    left_out = [one for one in items if isinstance(one, pytest.Function) and _is_left_out(one)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in set(left_out)]


def _is_left_out(item: pytest.Function) -> bool:
    """Chosen by name, so that it is the same third in every run and another one for every test."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    surface, object = params.get("surface", "kernel"), params.get("object", "")
    if item.path.parent != HERE or not object or object in ALWAYS:
        return False
    if surface == "kernel" and item.path.name not in SAMPLED:
        return False
    return bool(zlib.crc32(f"{item.originalname} {surface} {object}".encode()) % 3)


@pytest.fixture
def import_folder(settings: Any, tmp_path: Path) -> None:
    """Where uploaded files lie: a folder of the test's own."""
    settings.KITH_DATA = tmp_path / "data"
