"""The health page: who may see it, and what can be done there."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from kith.kernel.events.models import Event
from kith.kernel.jobs.acting import SYSTEM
from kith.kernel.jobs.housekeeping import tidy
from kith.kernel.jobs.models import Job, State
from kith.kernel.outside import backups, health
from tests.world import World

PAGE = "/settings/health"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.KITH_DATA = tmp_path
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def dead(world: World) -> uuid.UUID:
    id = tidy.enqueue(SYSTEM)
    Job.objects.filter(pk=id).update(
        state=State.DEAD, error="The disk is full", unique_key=None, finished_at=timezone.now()
    )
    return id


@pytest.mark.parametrize("who", ["olga", "mara", "rita", "noah"])
def test_only_administrators_come_in(client_as: Any, folder: Path, dead: uuid.UUID, who: str) -> None:
    name = "daily-20261120T024000Z.zip"
    (folder / name).write_bytes(b"everything")
    client = client_as(who)
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}/backups/{name}").status_code == 403
    assert client.post(f"{PAGE}/backup").status_code == 403
    assert client.post(f"{PAGE}/jobs/{dead}/retry").status_code == 403
    assert Job.objects.get(pk=dead).state == State.DEAD
    assert not Job.objects.filter(task=backups.JOB).exists()


def test_nobody_is_sent_to_sign_in(client_as: Any) -> None:
    answer = client_as("anonymous").get(PAGE)
    assert answer.status_code == 302 and "login" in answer.headers["Location"]


def test_every_check_is_shown(client_as: Any, folder: Path) -> None:
    body = client_as("ada").get(PAGE).content.decode()
    for one in health.checks():
        assert f"<b>{one.label}</b>" in body, one.name
    assert {"settings", "disk", "database", "tables", "jobs", "log", "search", "mail", "backups", "clock"} <= {
        one.name for one in health.checks()
    }


def test_a_check_that_breaks_is_itself_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_thorough: bool) -> Any:
        raise RuntimeError("secret-of-the-check")

    monkeypatch.setattr(
        health,
        "_checks",
        {"one": health.Check("one", "One", broken), "two": health.Check("two", "Two", broken, ("one",))},
    )
    (found,) = health.look()
    assert (found.name, found.state) == ("one", "bad")
    assert "secret" not in found.text


def test_a_job_that_was_given_up_is_tried_again(client_as: Any, dead: uuid.UUID, folder: Path) -> None:
    client = client_as("ada")
    assert "The disk is full" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}/jobs/{dead}/retry").status_code == 302
    assert Job.objects.get(pk=dead).state == State.READY
    assert "The disk is full" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}/jobs/{dead}/cancel").status_code == 302
    assert Job.objects.get(pk=dead).state == State.CANCELLED
    assert client.get(f"{PAGE}/jobs/{dead}/retry").status_code == 405
    assert client.post(f"{PAGE}/jobs/{dead}/vanish").status_code == 404
    assert client.post(f"{PAGE}/jobs/{uuid.uuid4()}/retry").status_code == 404
    told = list(Event.objects.filter(object="jobs", record=dead).order_by("id").values_list("verb", flat=True))
    assert told == ["retried", "cancelled"]


def test_asking_twice_makes_one_backup(client_as: Any, folder: Path) -> None:
    client = client_as("ada")
    for _attempt in range(2):
        assert client.post(f"{PAGE}/backup").status_code == 302
    assert Job.objects.filter(task=backups.JOB).count() == 1
    assert 'hx-trigger="every 3s"' in client.get(PAGE).content.decode()


def test_a_backup_is_handed_out_as_a_file_and_told_of(client_as: Any, folder: Path) -> None:
    name = f"daily-{(timezone.now() - timedelta(hours=3)):%Y%m%dT%H%M%SZ}.zip"
    (folder / name).write_bytes(b"everything")
    (folder.parent / "secret_key").write_text("the key")
    (folder / "note.txt").write_text("mine")
    client = client_as("ada")
    assert name in client.get(PAGE).content.decode()
    answer = client.get(f"{PAGE}/backups/{name}")
    assert b"".join(answer.streaming_content) == b"everything"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert Event.objects.filter(object="backups", verb="downloaded").count() == 1
    for wrong in ("note.txt", "..%2Fsecret_key", "daily-20200101T000000Z.zip", "%2e%2e", name + "%00"):
        assert client.get(f"{PAGE}/backups/{wrong}").status_code == 404, wrong
    assert folder.parent == settings.KITH_DATA
