"""Whose job comes next, what looking for it costs, and what is thrown away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kith.kernel.jobs import housekeeping
from kith.kernel.jobs.acting import SYSTEM
from kith.kernel.jobs.models import Job
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


def test_users_take_turns_whoever_came_first(declared: None) -> None:
    order = []

    @job("t.turn")
    def turn(ctx: Any, _progress: Any, *, n: int) -> None:
        order.append((ctx.user, n))

    a, b, c = sorted((new_id() for _ in range(3)), key=lambda one: one.hex)
    turn.enqueue_many(Ctx(a), [{"n": n} for n in range(5)])
    turn.enqueue_many(Ctx(c), [{"n": n} for n in range(2)])
    turn.enqueue(Ctx(b), n=0)
    urgent = turn.using(priority=5)
    urgent.enqueue(Ctx(c), n=9)
    worker = Worker("w")
    while worker.run_one():
        pass
    assert order == [(c, 9), (a, 0), (b, 0), (c, 0), (a, 1), (c, 1), (a, 2), (a, 3), (a, 4)]


def test_queues_take_turns_and_a_worker_can_keep_to_some(declared: None) -> None:
    order = []

    @job("t.bulk", queue="bulk")
    def bulk(_ctx: Any, _progress: Any) -> None:
        order.append("bulk")

    @job("t.quick")
    def quick(_ctx: Any, _progress: Any) -> None:
        order.append("quick")

    bulk.enqueue_many(SYSTEM, [{}] * 4)
    quick.enqueue_many(SYSTEM, [{}] * 2)
    worker = Worker("w")
    while worker.run_one():
        pass
    assert sorted(order[:4]) == ["bulk", "bulk", "quick", "quick"]
    assert len(order) == 6
    bulk.enqueue(SYSTEM)
    assert not Worker("w", ["default"]).run_one()
    assert Worker("w", ["bulk"]).run_one()


def test_looking_for_work_does_not_cost_more_with_more_of_it(declared: None) -> None:
    @job("t.many")
    def many(_ctx: Any, _progress: Any) -> None: ...

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert Worker("w", ["default"]).run_one()
        return len(asked)

    many.enqueue_many(SYSTEM, [{}] * 5)
    few = cost()
    many.enqueue_many(SYSTEM, [{}] * 500)
    assert cost() == few
    Job.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        assert not Worker("w", ["default"]).run_one()
    assert len(asked) == 3
    assert not [one for one in asked if "UPDATE" in one["sql"]]


def test_old_jobs_are_tidied_away_and_dead_ones_stay_longer() -> None:
    old, older = timezone.now() - timedelta(days=8), timezone.now() - timedelta(days=91)
    rows = [
        ("done", old),
        ("cancelled", old),
        ("dead", old),
        ("dead", older),
        ("done", timezone.now()),
        ("ready", None),
    ]
    ids = [Job.objects.create(task="x", state=state, finished_at=at).pk for state, at in rows]
    id = housekeeping.tidy.enqueue(SYSTEM)
    assert Worker("w", ["default"]).run_one()  # "x" is unknown and waits from now on
    assert Worker("w", ["default"]).run_one()
    assert only(id).result == 3
    assert set(Job.objects.values_list("pk", flat=True)) == {ids[2], ids[4], ids[5], id}
