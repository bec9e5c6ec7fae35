"""Filling the demo's folder: whole, or not gone on with."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from kith.app import cli, config, demo, side_by_side
from kith.app.commands import serve
from kith.kernel.accounts.models import User
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.records.models import SampleMark
from kith.modules.customers import seed
from kith.modules.customers.companies import Company
from kith.modules.customers.contacts import Contact
from tests import world


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


def test_it_is_the_same_company_however_many_processes_make_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "BATCH", 5)
    made = []
    for many in (1, 3):
        monkeypatch.setattr(side_by_side, "processes", lambda many=many: many)
        told: list[tuple[int, ...]] = []
        demo.prepare("large", told=lambda *numbers, told=told: told.append(numbers))
        assert [numbers for numbers in told if numbers[3] == 4] == [(1, 3, done, 4) for done in range(1, 5)]
        made.append(_all_of_it())
        call_command("flush", interactive=False, verbosity=0)
        world.forget()
        ensure_roles(Role)
    assert made[0] == made[1]


def _all_of_it() -> list[list[str]]:
    """Who is there, whose, and with whom, without ids and times, which are of the moment."""
    companies = Company.objects.values_list("title_key", "domain", "employees", "tags", "city", "parent__title_key")
    contacts = Contact.objects.values_list("title_key", "email", "job_title", "company__title_key", "created_by__name")
    marks = SampleMark.objects.values_list("object")
    found = [sorted(map(repr, rows)) for rows in (companies, contacts, marks)]
    assert all(found)
    return found


def test_a_process_that_fails_breaks_the_company_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seed, "BATCH", 5)
    monkeypatch.setattr(side_by_side, "processes", lambda: 2)
    monkeypatch.setattr(seed, "_groups", lambda *_args: 1 / 0)
    with pytest.raises(side_by_side.Ended):
        demo.prepare("large")
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert str(settings.KITH_DATA) in demo.broken_off()
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


def test_whoever_waits_is_told_how_far_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seed, "BATCH", 5)
    minutes = count(0.0, 60.0)
    monkeypatch.setattr(serve, "time", SimpleNamespace(monotonic=lambda: next(minutes)))
    demo.prepare("large", told=serve.progress())
    lines = capsys.readouterr().err.splitlines()
    assert lines[:4] == [
        "Sample company, step 2 of 3: 25 % (minutes left: 3)",
        "Sample company, step 2 of 3: 50 % (minutes left: 2)",
        "Sample company, step 2 of 3: 75 % (minutes left: 1)",
        "Sample company, step 2 of 3: 100 % (minutes left: 0)",
    ]
    assert lines[-1] == "Sample company: the last things, which take a minute"
    tell = serve.progress()
    for done in range(1000):
        tell(1, 3, done + 1, 1000)
    assert len(capsys.readouterr().err.splitlines()) == 20, "not a line for each of many pieces"


@pytest.mark.parametrize("error", [KeyboardInterrupt, side_by_side.Ended], ids=["ctrl-c", "a process that failed"])
def test_whoever_breaks_it_off_is_told_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[BaseException]
) -> None:
    def stop(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(seed, "_contacts", stop)
    monkeypatch.setattr(serve, "_prepared", lambda _args: config.current())
    monkeypatch.setattr(serve, "_migrate", lambda _settings: None)
    assert cli.main(["demo", "--size", "large", "--data", str(folder)]) == 1
    assert capsys.readouterr().err.count("The sample company was broken off. Delete") == 1
