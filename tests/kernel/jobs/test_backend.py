"""Django's Tasks API over our table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, default_task_backend, task
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from kith.kernel.jobs.models import Job
from kith.kernel.jobs.worker import Worker
from kith.kernel.kit.ids import new_id

pytestmark = pytest.mark.django_db


@task
def add(a: int, b: int) -> dict[str, int]:
    return {"sum": a + b}


@task(takes_context=True)
def attempt(context: Any, word: str) -> list[Any]:
    return [context.attempt, word]


@task
async def later() -> str:
    return "async"


@task
def broken() -> None:
    raise ValueError("secret-looking words")


def not_a_task() -> str:
    raise AssertionError("called")


def test_a_task_is_done_by_our_worker_and_its_result_is_found() -> None:
    result = add.enqueue(1, b=2)
    assert (result.status, result.is_finished) == (TaskResultStatus.READY, False)
    with pytest.raises(ValueError):
        _ = result.return_value
    assert Worker("w").run_one()
    result.refresh()
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert result.return_value == {"sum": 3}
    assert (result.attempts, result.args, result.kwargs) == (1, [1], {"b": 2})
    assert add.get_result(result.id).return_value == {"sum": 3}


def test_context_and_async_tasks() -> None:
    ours = [attempt.enqueue("x"), later.enqueue()]
    while Worker("w").run_one():
        pass
    for one in ours:
        one.refresh()
    assert [one.return_value for one in ours] == [[1, "x"], "async"]


def test_a_task_that_fails_is_tried_again_then_failed() -> None:
    result = broken.enqueue()
    for _ in range(4):
        assert Worker("w").run_one()
        result.refresh()
        if result.status == TaskResultStatus.READY:
            Job.objects.update(run_after=timezone.now())
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 4)
    assert "secret" not in result.errors[0].traceback


def test_priority_time_and_transaction() -> None:
    add.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(0, 0)
    low, high = add.enqueue(1, 1), add.using(priority=7).enqueue(2, 2)
    assert Worker("w").run_one()
    low.refresh()
    high.refresh()
    assert high.is_finished and not low.is_finished
    assert Worker("w").run_one()
    assert not Worker("w").run_one()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        gone = add.enqueue(1, 1)
        _ = 1 / 0
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result(gone.id)


def test_what_is_not_there_or_not_a_task() -> None:
    for wrong in (str(new_id()), "nonsense"):
        with pytest.raises(TaskResultDoesNotExist):
            default_task_backend.get_result(wrong)
    with pytest.raises(InvalidTaskError):
        add.using(queue_name="nobody's")
    row = Job.objects.create(task=f"{__name__}.not_a_task", args={"args": [], "kwargs": {}}, backend="default")
    assert Worker("w").run_one()
    row.refresh_from_db()
    assert row.state == "dead" and "not_a_task" in row.error
