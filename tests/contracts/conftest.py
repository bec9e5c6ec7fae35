"""By default a sample of the matrix runs: the kernel over every object, each other surface over a third of them.

The objects that have it all (a shipped one, the sample, the user-made one) are always tried on every surface.
``--full`` runs every combination; so does naming a single test with its brackets.
"""

from __future__ import annotations

import zlib

import pytest

ALWAYS = {"contacts", "samples", "x_visits"}


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
    if "/contracts/" not in item.path.as_posix() or surface == "kernel" or object in ALWAYS:
        return False
    return bool(zlib.crc32(f"{item.originalname} {surface} {object}".encode()) % 3)
