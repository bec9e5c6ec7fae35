"""The backup of every night: made, read through, seven kept; and seen where it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.app.installation import Installation


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    """A migrated installation."""
    made = Installation("sqlite", tmp_path / "data")
    made.kith("migrate")
    return made


NIGHT = """
import os, sys, time
from kith.app.backup import daily
from kith.kernel.jobs import worker, schedule
from kith.kernel.jobs.models import Job, Schedule
from kith.kernel.outside import backups
from django.utils import timezone
folder = backups.folder()
folder.mkdir(exist_ok=True)
for n in range(1, 9):
    (folder / f"daily-202601{n:02}T024000Z.zip").write_bytes(b"old")
    (folder / f"manual-202601{n:02}T024000Z.zip").write_bytes(b"old")
(folder / "mine.txt").write_text("not a backup")
(folder / ".left.partial").write_text("of a process that was killed")
os.utime(folder / ".left.partial", (1, 1))
schedule.sync()
Schedule.objects.filter(name="backups.daily").update(next_at=timezone.now())
schedule.tick("test")
while worker.Worker().run_one():
    pass
job = Job.objects.get(task=backups.DAILY)
print(job.state, job.error)
print(sorted(os.listdir(folder)))
"""


def test_every_night_one_is_made_and_seven_are_kept(place: Installation) -> None:
    state, names = place.code(NIGHT).strip().split("\n")
    assert state.strip() == "done"
    kept = [one for one in json.loads(names.replace("'", '"')) if one.startswith("daily")]
    assert len(kept) == 7 and "daily-20260101T024000Z.zip" not in kept
    assert names.count("manual") == 8 and "mine.txt" in names and ".left" not in names
    place.kith("backup", "--verify", place.data / "backups" / kept[-1])
    found = {one["name"]: one for one in json.loads(place.kith("doctor", "--json").stdout)["checks"]}
    assert found["backups"]["state"] == "ok"
    (place.data / "backups" / kept[-1]).write_bytes(b"damaged")
    found = {one["name"]: one for one in json.loads(place.kith("doctor", "--json", fails=True).stdout)["checks"]}
    assert found["backups"]["state"] == "bad"


def test_a_night_without_a_backup_is_seen(place: Installation) -> None:
    failing = NIGHT.replace(
        "schedule.sync()", "daily.make = lambda *a, **b: (_ for _ in ()).throw(OSError('disk gone'))\nschedule.sync()"
    )
    state, names = place.code(failing).strip().split("\n")
    assert state.startswith("waiting") and "disk gone" in state
    assert names.count("daily") == 8  # the old ones are not thrown away for it
    place.code("from kith.kernel.jobs.models import Job; Job.objects.filter(task='backups.daily').update(state='dead')")
    found = {one["name"]: one for one in json.loads(place.kith("doctor", "--json", fails=True).stdout)["checks"]}
    assert found["backups"]["state"] == "bad"
    shutil.rmtree(place.data / "backups")
    off = json.loads(place.kith("doctor", "--json", fails=True, KITH_BACKUPS="0").stdout)["checks"]
    assert any("off" in one["text"] for one in off if one["name"] == "backups")
