"""A second program on a real database, for what one process cannot show: several workers, and being killed.

``python -m tests.kernel.jobs.rig ACTION [ARG…]`` with ``RIG_URL`` and ``RIG_DATA``. Only the floors under test are
installed. Actions print JSON or a line when they are ready.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings


def start() -> None:
    from kith.app.databases import databases

    settings.configure(
        DATABASES=databases(os.environ["RIG_URL"], Path(os.environ["RIG_DATA"])),
        INSTALLED_APPS=["django_tasks", "kith.kernel.jobs", "kith.kernel.events"],
        TASKS={"default": {"BACKEND": "kith.kernel.jobs.backend.DatabaseBackend"}},
        SECRET_KEY="-" * 50,
        TIME_ZONE="UTC",
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup(set_prefix=False)


def declare() -> None:
    """The jobs of the rig. They leave marks in a folder: what was really done, whatever the database says."""
    from kith.kernel.jobs.acting import rebuilds
    from kith.kernel.jobs.schedule import scheduled
    from kith.kernel.jobs.task import job

    marks = Path(os.environ["RIG_DATA"])

    @rebuilds
    def context(who: Any) -> Any:
        return who

    @job("rig.mark")
    def mark(_ctx: Any, _progress: Any, *, n: int) -> int:
        with open(marks / "done", "a") as file:
            file.write(f"{n}\n")
        return n

    @job("rig.hang", retries=3, backoff=0)
    def hang(_ctx: Any, _progress: Any) -> str:
        """The first run never ends; the second one does."""
        begun = marks / "begun"
        first = not begun.exists()
        begun.write_text("x")
        while first:
            time.sleep(0.05)
        return f"run by {os.getpid()}"

    @scheduled("* * * * *", "rig.minute")
    @job("rig.tick")
    def tick(_ctx: Any, _progress: Any) -> None:
        return None


def do_migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def do_enqueue(name: str, count: str = "1") -> None:
    from kith.kernel.jobs.acting import SYSTEM
    from kith.kernel.jobs.task import find

    task = find(name)
    assert task is not None
    print(
        json.dumps([str(task.enqueue(SYSTEM, **({"n": n} if name == "rig.mark" else {}))) for n in range(int(count))])
    )


def do_work(name: str, lease: str = "2", until: str = "empty") -> None:
    """Work until no job is open, or for ever."""
    from kith.kernel.jobs.models import OPEN, Job
    from kith.kernel.jobs.worker import Worker

    stop = threading.Event()
    if until == "empty":

        def watch() -> None:
            from django.db import connections

            while Job.objects.filter(state__in=OPEN).exists():
                time.sleep(0.1)
            connections.close_all()
            stop.set()

        threading.Thread(target=watch, daemon=True).start()
    Worker(name, lease=float(lease), poll=0.1).run(stop)


def do_jobs() -> None:
    from kith.kernel.jobs.models import Job

    print(
        json.dumps(list(Job.objects.order_by("id").values("task", "state", "attempts", "result", "leased_by", "error")))
    )


def do_claim_and_finish(lease: str) -> None:
    """Claim, outlive the lease on purpose, let another take it over, then try to write."""
    from kith.kernel.jobs import claim

    ours = claim.claim("slow", ["default"], float(lease), claim.Turns())
    assert ours is not None
    print("claimed", flush=True)
    sys.stdin.readline()
    print(json.dumps(claim.finish(ours, "from the one that lost")))


def do_tick(rounds: str) -> None:
    """A scheduler that looks again and again."""
    from kith.kernel.jobs import schedule
    from kith.kernel.jobs.lease import holder

    schedule.sync()
    print("ready", flush=True)
    sys.stdin.readline()
    by = holder()
    print(json.dumps(sum(schedule.tick(by) for _ in range(int(rounds)))))


def do_make_due() -> None:
    from datetime import timedelta

    from django.utils import timezone

    from kith.kernel.jobs import schedule
    from kith.kernel.jobs.models import Schedule

    schedule.sync()
    Schedule.objects.filter(name="rig.minute").update(next_at=timezone.now() - timedelta(minutes=5))


def do_write(name: str, count: str, late: str = "0") -> None:
    """Write events, some of them in transactions that commit late."""
    from django.db import transaction
    from django.utils import timezone

    from kith.kernel.events.record import event
    from kith.kernel.jobs.acting import SYSTEM
    from kith.kernel.jobs.again import again
    from kith.kernel.kit.ids import new_id

    class Ctx:
        actor, source, request_id, batch = SYSTEM.actor, "rig", name, None

    def one(n: int) -> None:
        with transaction.atomic():
            row = event(Ctx(), "things", new_id(), "created", {"n": n}, timezone.now())
            row.save(force_insert=True)
            if late != "0" and n % 25 == 0:
                time.sleep(float(late))

    for n in range(int(count)):
        again(lambda n=n: one(n))  # type: ignore[misc]


def do_seal(expected: str) -> None:
    """Seal until so many events are sealed; small batches, so that there are many to be killed between."""
    from kith.kernel.events import sealer

    print("sealing", flush=True)
    while sealer.sealed_to() < int(expected):
        sealer.seal(limit=7)


def do_chain() -> None:
    from kith.kernel.events.models import Event
    from kith.kernel.events.sealer import sealed_to, waiting
    from kith.kernel.events.verify import verify

    seqs = list(Event.objects.exclude(seq=None).order_by("seq").values_list("seq", flat=True))
    found = verify()
    print(json.dumps({"seqs": seqs, "to": sealed_to(), "waiting": waiting(), "ok": found.ok, "reason": found.reason}))


def do_follow(slow: str) -> None:
    """Hand events over to a handler that writes down what it gets; ``slow`` makes it hang at that number."""
    from kith.kernel.events import delivery
    from kith.kernel.events.handlers import handler

    marks = Path(os.environ["RIG_DATA"])

    @handler("rig", start="beginning")
    def note(row: Any) -> None:
        with open(marks / "seen", "a") as file:
            file.write(f"{row.seq}\n")
        while row.seq == int(slow):
            time.sleep(0.05)

    while delivery.run_handlers(chunk=10):
        pass


def do_time_jobs(count: str) -> None:
    from kith.kernel.jobs.acting import SYSTEM
    from kith.kernel.jobs.task import find
    from kith.kernel.jobs.worker import Worker

    task = find("rig.tick")
    assert task is not None
    began = time.perf_counter()
    for _ in range(int(count)):
        task.enqueue(SYSTEM)
    enqueued = time.perf_counter()
    worker = Worker("timed")
    with worker._heart:
        while worker._one(None):
            pass
    ended = time.perf_counter()
    print(json.dumps({"enqueued/s": int(count) / (enqueued - began), "done/s": int(count) / (ended - enqueued)}))


def do_time_seal() -> None:
    from kith.kernel.events.sealer import seal_all
    from kith.kernel.events.verify import verify

    began = time.perf_counter()
    count = seal_all()
    sealed = time.perf_counter()
    checked = verify().checked
    print(json.dumps({"sealed/s": count / (sealed - began), "verified/s": checked / (time.perf_counter() - sealed)}))


if __name__ == "__main__":
    start()
    declare()
    globals()[f"do_{sys.argv[1]}"](*sys.argv[2:])
