"""Killing ``kith serve`` with -9 while people write, and counting afterwards: what was acknowledged is there, once.

``Crashing`` is an app for inside the site: each contact's event becomes a job, and each job leaves a mark in a file, so
that a lost event or job shows. ``run`` is the test, for any number of kills.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from tests.app.installation import PATIENCE, ROOT, Installation

WRITERS = 6
BATCH = 3  # contacts in one call, all or nothing


class Crashing(AppConfig):
    name = "tests.app.crashing"
    label = "crashing"

    def ready(self) -> None:
        from django.conf import settings

        from kith.kernel.events.handlers import handler
        from kith.kernel.jobs.acting import SYSTEM
        from kith.kernel.jobs.task import job

        @job("crash.mark", retries=30, backoff=0.1, unique="event")
        def mark(_ctx: Any, _progress: Any, *, event: str, record: str) -> None:
            with open(Path(settings.KITH_DATA) / "marks", "a", encoding="ascii") as file:
                file.write(f"{record}\n")

        @handler("crash", objects={"contacts"}, verbs={"created"}, start="beginning")
        def follow(row: Any) -> None:
            mark.enqueue(SYSTEM, event=str(row.pk), record=str(row.record))


@dataclass
class Ledger:
    """What the writers were told: by the number of the call how many contacts it made, and their ids."""

    sent: dict[int, int] = field(default_factory=dict)
    told: dict[int, list[str]] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> tuple[int, int]:
        with self.lock:
            number = len(self.sent)
            count = self.sent[number] = BATCH if number % 5 == 4 else 1
        return number, count


@dataclass
class Report:
    """What was found. Everything but the first four should be 0 or empty."""

    kills: int = 0
    acknowledged: int = 0
    unknown: int = 0  # calls without an answer: killed before it, or nobody was there
    of_these_done: int = 0
    lost: int = 0
    half: int = 0
    doubled: int = 0
    without_event: int = 0
    with_two_events: int = 0
    event_without_record: int = 0
    event_without_job: int = 0
    jobs_not_done: int = 0
    without_mark: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    unwell: list[str] = field(default_factory=list)
    slowest_start: float = 0.0  # seconds from starting again until /readyz says so

    @property
    def ok(self) -> bool:
        wrong = set(asdict(self)) - {"kills", "acknowledged", "unknown", "of_these_done", "slowest_start"}
        return not any(getattr(self, name) for name in wrong)


class Site:
    """``kith serve`` in a process group of its own."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = place.data / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; seconds until it is ready."""
        command = [sys.executable, "-m", "kith.app.cli", "serve", "--port", str(self.port)]
        environ = self.place.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.app.crash_settings",
            "KITH_RATE_LIMIT": "0",
            "KITH_LOG_LEVEL": "warning",
        }
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
            )
        while time.monotonic() - began < PATIENCE:
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text()[-2000:])
            with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as ask:
                ask.request("GET", "/readyz")
                if ask.getresponse().status == 200:
                    return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError("the site did not start")

    def kill(self, *, everything: bool) -> None:
        """-9 for the whole group, or for the parent alone: then its children must end by themselves."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            (os.killpg if everything else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        limit = time.monotonic() + PATIENCE
        while self._answers():
            assert time.monotonic() < limit, "a child of the killed site still answers"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def run(data: Path, kills: int, pause: float = 1.5, tell: Any = lambda _text: None) -> tuple[Report, Ledger]:
    """Make an installation in ``data``, write to it, and kill it so often, every ``pause`` seconds or so."""
    place = Installation("sqlite", data)
    place.kith("migrate")
    who = ("olga@example.com", "--name", "Olga", "--role", "administrator", "--password-stdin")
    place.kith("user", "add", *who, given="Harbour-lantern-77\n")
    token = place.kith("token", "add", "olga@example.com", "--name", "load", "--scope", "write").stdout.strip()
    site, ledger, over = Site(place), Ledger(), threading.Event()
    report = Report(kills=kills, slowest_start=site.start())
    writers = [
        threading.Thread(target=_write, args=(site.port, token, ledger, over), daemon=True) for _ in range(WRITERS)
    ]
    try:
        for one in writers:
            one.start()
        for number in range(kills):
            before = len(ledger.told)
            _wait(lambda before=before: len(ledger.told) >= before + 10, "nobody can write")  # type: ignore[misc]
            time.sleep(pause * (0.5 + number % 7 / 6))
            site.kill(everything=number % 2 == 0)
            report.slowest_start = max(report.slowest_start, site.start())
            tell(f"{number + 1} of {kills} kills, {len(ledger.told)} calls acknowledged")
        over.set()
        for one in writers:
            one.join(PATIENCE)
        _wait(lambda: _settled(data), "events or jobs are left over")
    finally:
        over.set()
        site.stop()
    count(data, ledger, report)
    checks = json.loads(_doctor(place))["checks"]
    report.unwell = [
        one["text"] for one in checks if one["state"] == "bad" or (one["name"], one["state"]) == ("jobs", "warn")
    ]
    return report, ledger


def _write(port: int, token: str, ledger: Ledger, over: threading.Event) -> None:
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    while not over.is_set():
        number, count = ledger.begin()
        people = [{"name": f"Crash {number:07} {place}"} for place in range(count)]
        address, body = (
            ("/api/v1/contacts", people[0]) if count == 1 else ("/api/v1/contacts/batch", {"create": people})
        )
        try:
            connection.request("POST", address, json.dumps(body), head)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, HTTPException):
            connection.close()
            time.sleep(0.05)  # it is being started again
            continue
        if answer.status in (200, 201):
            ledger.told[number] = [str(number)] if count > 1 else [json.loads(said)["id"]]
        else:
            with ledger.lock:
                ledger.refused[answer.status] += 1
    connection.close()


def _wait(done: Any, otherwise: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, otherwise
        time.sleep(0.1)


def _open(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(data / "kith.db", timeout=30)


def _settled(data: Path) -> bool:
    with closing(_open(data)) as held:
        (unsealed,) = held.execute("SELECT count(*) FROM kith_event WHERE seq IS NULL").fetchone()
        (waiting,) = held.execute(
            "SELECT count(*) FROM kith_job WHERE state IN ('ready', 'running', 'waiting') AND task = 'crash.mark'"
        ).fetchone()
        behind = held.execute(
            "SELECT s.seq - c.seq FROM kith_event_seal s, kith_event_cursor c WHERE c.name = 'crash'"
        ).fetchone()
    return not unsealed and not waiting and behind == (0,)


def count(data: Path, ledger: Ledger, report: Report) -> None:
    """Compare what is in the database and in the marks with what the writers were told."""
    with closing(_open(data)) as held:
        found = dict(
            held.execute("SELECT id, last_name || first_name FROM kith_contact WHERE title_key LIKE '%crash%'")
        )
        events = held.execute(
            "SELECT id, record FROM kith_event WHERE object = 'contacts' AND verb = 'created'"
        ).fetchall()
        jobs = held.execute("SELECT state, args FROM kith_job WHERE task = 'crash.mark'").fetchall()
        titles = [row[0] for row in held.execute("SELECT title_key FROM kith_contact WHERE title_key LIKE '%crash%'")]
    ids = set(found)
    calls = Counter(
        int(next(part for part in title.split() if len(part) == 7 and part.isdecimal())) for title in titles
    )
    report.acknowledged = len(ledger.told)
    report.refused = dict(ledger.refused)
    unknown = ledger.sent.keys() - ledger.told.keys()
    report.unknown = len(unknown) - sum(ledger.refused.values())
    report.of_these_done = len(unknown & calls.keys())
    for number, told in ledger.told.items():
        if calls[number] != ledger.sent[number] or (ledger.sent[number] == 1 and told[0].replace("-", "") not in ids):
            report.lost += 1
    report.half = sum(1 for number, count in calls.items() if count < ledger.sent[number])
    report.doubled = sum(1 for number, count in calls.items() if count > ledger.sent[number])
    each = Counter(record for _id, record in events)
    report.without_event = len(ids - each.keys())
    report.with_two_events = sum(1 for count in each.values() if count > 1)
    report.event_without_record = len(each.keys() - ids)
    done = {json.loads(args)["event"].replace("-", "") for state, args in jobs if state == "done"}
    report.event_without_job = len({id for id, _record in events} - done)
    report.jobs_not_done = sum(1 for state, _args in jobs if state != "done")
    marks = {line.strip().replace("-", "") for line in (data / "marks").read_text().splitlines()}
    report.without_mark = len(each.keys() - marks)


def _doctor(place: Installation) -> str:
    return place._run([sys.executable, "-m", "kith.app.cli", "doctor", "--json"], {}).stdout
