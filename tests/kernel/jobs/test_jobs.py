"""Jobs in one process: enqueueing, running, failing, trying again, giving up, cancelling."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kith.kernel.jobs import acting, claim, wake
from kith.kernel.jobs.acting import SYSTEM, Gone, Who
from kith.kernel.jobs.heart import Heart
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.progress import Cancelled, Failed, Lost, Stopping
from kith.kernel.jobs.task import job
from kith.kernel.jobs.worker import Worker
from kith.kernel.kit.ids import new_id
from tests.kernel.jobs.conftest import Ctx

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _for_whoever(as_given: None) -> None: ...


def only(id: Any) -> Job:
    return Job.objects.get(pk=id)


def test_a_job_runs_for_whoever_asked_and_keeps_its_result(declared: None) -> None:
    seen = []

    @job("t.add")
    def add(ctx: Any, progress: Any, *, a: int, b: int) -> dict[str, int]:
        seen.append(ctx)
        progress.step(1, 2, "half")
        return {"sum": a + b}

    user = new_id()
    id = add.enqueue(Ctx(user), a=1, b=2)
    assert only(id).state == "ready"
    assert Worker("w").run_one()
    done = only(id)
    assert (done.state, done.result, done.attempts, done.error) == ("done", {"sum": 3}, 1, "")
    assert (done.done, done.total, done.message) == (1, 2, "half")
    assert done.leased_by == "" and done.lease_until is None and done.finished_at is not None
    assert [(one.kind, one.user, one.source, one.request_id) for one in seen] == [("user", user, "test", "r1")]
    assert not Worker("w").run_one()


def test_enqueueing_is_one_statement_and_rolls_back_with_its_caller(declared: None) -> None:
    @job("t.one")
    def one(_ctx: Any, _progress: Any) -> None: ...

    with CaptureQueriesContext(connection) as asked:
        one.enqueue(SYSTEM)
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        one.enqueue_many(SYSTEM, [{}] * 35)
    assert len([q for q in asked if "INSERT" in q["sql"]]) == 1
    before = Job.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        one.enqueue(SYSTEM)
        _ = 1 / 0
    assert Job.objects.count() == before


def test_wrong_arguments_are_refused_when_asking(declared: None) -> None:
    @job("t.strict")
    def strict(_ctx: Any, _progress: Any, *, a: int) -> None: ...

    for wrong in ({}, {"b": 1}, {"a": 1, "b": 2}):
        with pytest.raises(TypeError):
            strict.enqueue(SYSTEM, **wrong)
    with pytest.raises(TypeError):
        strict.enqueue(SYSTEM, a=object())
    assert not Job.objects.exists()


def test_enqueueing_wakes_the_workers_after_commit(declared: None, django_capture_on_commit_callbacks: Any) -> None:
    @job("t.ring")
    def ring(_ctx: Any, _progress: Any) -> None: ...

    with wake.bell() as bell:
        with django_capture_on_commit_callbacks(execute=True):
            ring.enqueue(SYSTEM)
            assert not bell.is_set()
        assert bell.is_set()


def test_a_unique_job_is_there_once_while_it_is_not_finished(declared: None) -> None:
    @job("t.sync", unique="account", retries=0)
    def sync(_ctx: Any, _progress: Any, *, account: str, full: bool = False) -> None:
        if full:
            raise RuntimeError

    first = sync.enqueue(SYSTEM, account="a")
    with CaptureQueriesContext(connection) as asked:
        assert sync.enqueue(SYSTEM, account="a", full=True) == first
    assert len(asked) == 1
    other = sync.enqueue(SYSTEM, account="b", full=True)
    assert other != first
    worker = Worker("w")
    assert worker.run_one() and worker.run_one()
    assert (only(first).state, only(other).state) == ("done", "dead")
    again = sync.enqueue(SYSTEM, account="a")
    assert again not in (first, other)
    newer = sync.enqueue(SYSTEM, account="b")
    assert newer != other
    assert not claim.retry(other)  # its key is taken by the newer one
    assert only(other).state == "dead"


def test_a_failing_job_is_tried_again_later_and_later_then_given_up(declared: None) -> None:
    tries = []

    @job("t.fail", retries=3, backoff=10)
    def fail(_ctx: Any, _progress: Any) -> None:
        tries.append(timezone.now())
        raise ValueError("password=hunter2")

    worker = Worker("w")
    with time_machine.travel(NOON, tick=False) as clock:
        id = fail.enqueue(SYSTEM)
        waits = []
        for attempt in range(1, 4):
            assert worker.run_one()
            row = only(id)
            assert (row.state, row.attempts) == ("waiting", attempt)
            wait = (row.run_after - timezone.now()).total_seconds()
            waits.append(wait)
            assert not worker.run_one()
            clock.shift(wait - 0.01)
            assert not worker.run_one()
            clock.shift(0.02)
        assert worker.run_one()
        clock.shift(10_000)
        assert not worker.run_one()
    row = only(id)
    assert (row.state, row.attempts, len(tries)) == ("dead", 4, 4)
    for wait, whole in zip(waits, (10, 20, 40), strict=True):
        assert whole / 2 <= wait <= whole
    assert row.error.startswith("ValueError in jobs/test_jobs:")
    assert "hunter2" not in row.error


def test_delays_are_spread_and_capped() -> None:
    found = {claim.delay(10, 1).total_seconds() for _ in range(50)}
    assert len(found) > 40 and min(found) >= 5 and max(found) <= 10
    assert claim.delay(10, 200) <= timedelta(hours=1)


def test_a_dead_letter_can_be_tried_again(declared: None) -> None:
    broken = [True]

    @job("t.mend", retries=0)
    def mend(_ctx: Any, _progress: Any) -> str:
        if broken:
            raise Failed("The server at the other end is closed")
        return "sent"

    id = mend.enqueue(SYSTEM)
    worker = Worker("w")
    assert worker.run_one()
    assert [(one.pk, one.error) for one in claim.dead()] == [(id, "The server at the other end is closed")]
    broken.clear()
    assert claim.retry(id) and not claim.retry(id)
    assert worker.run_one()
    assert (only(id).state, only(id).result, only(id).error) == ("done", "sent", "")


def test_a_final_failure_is_not_tried_again(declared: None) -> None:
    @job("t.final", retries=9)
    def final(_ctx: Any, _progress: Any) -> None:
        raise Failed("There is no such file", final=True)

    id = final.enqueue(SYSTEM)
    assert Worker("w").run_one()
    assert (only(id).state, only(id).attempts) == ("dead", 1)


def test_a_result_that_json_cannot_say_gives_the_job_up(declared: None) -> None:
    @job("t.odd")
    def odd(_ctx: Any, _progress: Any) -> object:
        return object()

    id = odd.enqueue(SYSTEM)
    assert Worker("w").run_one()
    assert (only(id).state, only(id).result) == ("dead", None)


def test_whoever_is_gone_has_nothing_done(declared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    @job("t.gone")
    def gone(_ctx: Any, _progress: Any) -> None:
        ran.append(1)

    def refuse(who: Who) -> None:
        raise Gone(f"{who.name} is no longer active")

    monkeypatch.setattr(acting, "_rebuild", refuse)
    id = gone.enqueue(Ctx(new_id()))
    assert Worker("w").run_one()
    assert (only(id).state, only(id).error, ran) == ("dead", "Olga is no longer active", [])


def test_an_unknown_task_waits_for_a_version_that_knows_it(declared: None) -> None:
    row = Job.objects.create(task="t.of-tomorrow", max_attempts=2)
    assert Worker("w").run_one()
    assert only(row.pk).state == "waiting"


def test_waiting_jobs_are_cancelled_at_once(declared: None) -> None:
    @job("t.never", unique=True)
    def never(_ctx: Any, _progress: Any) -> None: ...

    id = never.enqueue(SYSTEM)
    later = never.using(run_after=timezone.now() + timedelta(days=1))
    assert claim.cancel(id) and not claim.cancel(id)
    assert only(id).state == "cancelled" and only(id).unique_key is None
    second = later.enqueue(SYSTEM)
    assert claim.cancel(second)
    assert not Worker("w").run_one()


def test_a_running_job_hears_of_its_cancellation(declared: None) -> None:
    @job("t.long")
    def long(_ctx: Any, _progress: Any) -> None: ...

    id = long.enqueue(SYSTEM)
    row = claim.claim("w", ["default"], 60, claim.Turns())
    assert row is not None and row.pk == id
    heart = Heart(60)
    progress = heart.watch(row)
    progress.step(3, 10)
    heart._tell(row, progress)
    assert only(id).done == 3
    assert claim.cancel(id)
    assert only(id).state == "running"
    heart._tell(row, progress)
    with pytest.raises(Cancelled):
        progress.step(4, 10)
    assert claim.cancelled(row)
    assert only(id).state == "cancelled"


def test_the_heart_prolongs_the_lease_and_notices_its_loss(declared: None) -> None:
    @job("t.beat")
    def one(_ctx: Any, _progress: Any) -> None: ...

    one.enqueue(SYSTEM)
    row = claim.claim("w", ["default"], 60, claim.Turns())
    assert row is not None
    heart = Heart(60)
    progress = heart.watch(row)
    heart._renewed -= 30  # half of the lease is over
    Job.objects.filter(pk=row.pk).update(lease_until=NOON)
    heart._tell(row, progress)
    assert only(row.pk).lease_until > timezone.now()
    Job.objects.filter(pk=row.pk).update(leased_by="another")
    heart._tell(row, progress)
    with pytest.raises(Lost):
        progress.step(1)
    assert not claim.finish(row, 1) and not claim.fail(row, "x") and not claim.release(row)
    assert only(row.pk).state == "running"


def test_a_heart_that_cannot_reach_the_database_gives_up_before_the_lease_does(
    declared: None, monkeypatch: Any
) -> None:
    from django.db import OperationalError

    @job("t.cut")
    def one(_ctx: Any, _progress: Any) -> None: ...

    one.enqueue(SYSTEM)
    row = claim.claim("w", ["default"], 60, claim.Turns())
    assert row is not None
    heart = Heart(60)
    progress = heart.watch(row)

    def cut(*_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(heart, "_tell", cut)
    monkeypatch.setattr("kith.kernel.jobs.heart.connections.close_all", lambda: None)
    heart._check(row, progress)
    assert not progress.lost
    heart._renewed -= 61
    heart._check(row, progress)
    assert progress.lost


def test_a_stopping_worker_puts_its_job_back(declared: None) -> None:
    stop = threading.Event()

    @job("t.stop", retries=0)
    def one(_ctx: Any, progress: Any) -> None:
        stop.set()
        with pytest.raises(Stopping):
            progress.step(1)
        progress.check()

    id = one.enqueue(SYSTEM)
    assert Worker("w").run_one(stop)
    assert (only(id).state, only(id).attempts, only(id).leased_by) == ("ready", 0, "")


def test_a_job_that_kills_its_workers_is_given_up(declared: None) -> None:
    @job("t.poison", retries=1)
    def poison(_ctx: Any, _progress: Any) -> None: ...

    with time_machine.travel(NOON, tick=False) as clock:
        id = poison.enqueue(SYSTEM)
        for state in ("ready", "dead"):
            assert claim.claim("w", ["default"], 60, claim.Turns()) is not None
            clock.shift(59)
            assert claim.sweep() == 0
            clock.shift(2)
            assert claim.sweep() == 1
            assert only(id).state == state
    assert only(id).error
