"""Filling the demo's folder: whole, or not gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kith.app import config, demo
from kith.kernel.accounts.models import User
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from kith.modules.customers import seed
from kith.modules.customers.contacts import Contact


@pytest.fixture
def folder(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ensure_roles(Role)  # the test before has emptied all tables
    settings = config.current()
    monkeypatch.setattr(config, "current", lambda: _With(settings, tmp_path))
    monkeypatch.setitem(seed.SIZES, "large", (20, 60))
    return tmp_path


class _With:
    """The settings, with another data folder."""

    def __init__(self, settings: Any, data: Path) -> None:
        self._settings, self.data = settings, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings, name)


def test_the_large_company_is_written_in_pieces_and_once(folder: Path) -> None:
    first = demo.prepare("large")
    count = Contact.objects.count()
    assert count >= 60
    assert not (folder / "demo_unfinished").exists()
    assert demo.prepare("large") == first
    assert Contact.objects.count() == count


def test_a_large_company_that_was_broken_off_is_not_taken_for_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(seed, "_contacts", stop)
        with pytest.raises(KeyboardInterrupt):
            demo.prepare("large")
    with pytest.raises(demo.NotADemo, match="broken off"):
        demo.prepare("large")


def test_a_small_company_that_was_broken_off_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(seed.SIZES, "small", (5, 10))
    with monkeypatch.context() as broken:
        broken.setattr(seed, "_contacts", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            demo.prepare("small")
    assert not User.objects.exists()
    demo.prepare("small")
    assert Contact.objects.count() >= 10
