"""The process beside the pages: started, woken through the pipe, stopped; and the commands that run its parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE = 60  # seconds; not about speed
ROOT = Path(__file__).parents[2]

RUNG = """
import os, sys, threading
from kith.app import background
from kith.kernel.jobs import wake

def loop(stop):
    with wake.bell() as ring:
        os.write(1, b"ready\\n")
        while not stop.is_set():
            ring.wait()
            ring.clear()
            os.write(1, b"stopped\\n" if stop.is_set() else b"rung\\n")

sys.modules["loops"] = sys.modules["__main__"]
background.LOOPS = ("loops:loop",)
stop = background.start()
for line in sys.stdin:
    wake.wake()
stop()
os.write(1, b"over\\n")
"""


def test_a_commit_in_the_web_process_wakes_the_loops(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUNG], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(3):
            process.stdin.write("x\n")
            process.stdin.flush()
            assert process.stdout.readline() == "rung\n"
        process.stdin.close()
        assert process.stdout.read() == "stopped\nover\n"
        assert process.wait(PATIENCE) == 0


def kith(data: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "kith.app.cli", *args, "--data", str(data)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("KITH_", "DJANGO_"))}


def run(data: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        kith(data, *args), env=environment(), capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    done = run(folder, "migrate")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", ["worker", "scheduler"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_parts_run_one_by_one_and_stop_cleanly(data: Path, name: str, number: int) -> None:
    with subprocess.Popen(kith(data, name), env=environment(), stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "At work" in first, first + process.stderr.read()
        process.send_signal(number)
        assert process.stderr.read().strip() == "Stopped"
        assert process.wait(PATIENCE) == 0


def test_a_worker_does_what_was_enqueued_and_seals(data: Path) -> None:
    say = (
        "import os, django; django.setup(); "
        "from kith.kernel.jobs.housekeeping import tidy; from kith.kernel.jobs.acting import SYSTEM; "
        "print(tidy.enqueue(SYSTEM))"
    )
    look = (
        "import django; django.setup(); from kith.kernel.jobs.models import Job; "
        "print(*Job.objects.filter(task='jobs.tidy').values_list('state', flat=True))"
    )
    environ = {**environment(), "KITH_DATA": str(data), "DJANGO_SETTINGS_MODULE": "kith.app.settings"}
    subprocess.run([sys.executable, "-c", say], env=environ, check=True, timeout=PATIENCE, cwd=ROOT)
    with subprocess.Popen(
        kith(data, "worker"), env=environment(), stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        end = time.monotonic() + PATIENCE
        state = ""
        while state != "done" and time.monotonic() < end:
            found = subprocess.run(
                [sys.executable, "-c", look],
                env=environ,
                capture_output=True,
                text=True,
                check=True,
                timeout=PATIENCE,
                cwd=ROOT,
            )
            state = found.stdout.strip()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert state == "done"


def test_doctor_looks_at_jobs_and_log(data: Path) -> None:
    break_it = (
        "import django; django.setup(); from django.utils import timezone; "
        "from kith.kernel.jobs.models import Job; from kith.kernel.events.models import Seal; "
        "Job.objects.create(task='mail.send', state='dead', finished_at=timezone.now()); "
        "Seal.objects.update_or_create(id=1, defaults={'seq': 3})"
    )
    before = run(data, "doctor")
    assert "BAD" not in before.stdout and "Jobs" in before.stdout and "Log of changes" in before.stdout
    environ = {**environment(), "KITH_DATA": str(data), "DJANGO_SETTINGS_MODULE": "kith.app.settings"}
    subprocess.run([sys.executable, "-c", break_it], env=environ, check=True, timeout=PATIENCE, cwd=ROOT)
    after = run(data, "doctor")
    assert after.returncode == 1
    assert "mail.send" in after.stdout and "Number" in after.stdout and "missing" in after.stdout
