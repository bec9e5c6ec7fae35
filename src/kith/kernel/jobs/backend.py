"""Django's Tasks API over our own table: functions of libraries that know ``django_tasks`` are done by the same
workers.

They have no context and so no actor: what they touch is theirs alone. Kith's own work is declared with ``@job``.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued, task_finished, task_started
from django_tasks.utils import normalize_json

from kith.kernel.jobs.models import Job, State
from kith.kernel.jobs.progress import Failed
from kith.kernel.jobs.wake import wake

STATUS: Final = {
    State.READY: TaskResultStatus.READY,
    State.WAITING: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.DEAD: TaskResultStatus.FAILED,
    State.CANCELLED: TaskResultStatus.FAILED,
}


class DatabaseBackend(BaseTaskBackend):
    """``OPTIONS``: ``retries`` (3) after the first try, ``backoff`` (10) seconds before the second."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Write the row in the caller's transaction; one statement."""
        self.validate_task(task)
        now = timezone.now()
        due = max(task.run_after or now, now)
        row = Job(
            task=task.module_path,
            args=normalize_json({"args": list(args), "kwargs": dict(kwargs)}),
            state=State.WAITING if due > now else State.READY,
            queue=task.queue_name,
            priority=task.priority,
            run_after=due,
            max_attempts=int(self.options.get("retries", 3)) + 1,
            backoff=float(self.options.get("backoff", 10)),
            backend=self.alias,
            created_at=now,
        )
        row.save(force_insert=True)
        transaction.on_commit(wake)
        result = _result(row, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """The task as it stands. Raises ``TaskResultDoesNotExist``."""
        try:
            row = Job.objects.filter(pk=uuid.UUID(str(result_id)), backend=self.alias).first()
        except (ValueError, ValidationError):
            row = None
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        return _result(row, _task(row))


def call(job: Job) -> Any:
    """Run a job that came through the Tasks API; for the worker."""
    task = _task(job)
    result = _result(job, task)
    sender = type(task.get_backend())
    task_started.send(sender, task_result=result)
    try:
        first = (TaskContext(task_result=result),) if task.takes_context else ()
        return normalize_json(task.call(*first, *job.args["args"], **job.args["kwargs"]))
    finally:
        task_finished.send(sender, task_result=result)


def _task(job: Job) -> Task[Any, Any]:
    """The declared task. A row cannot name just any function: what is not a task is refused."""
    try:
        found = import_string(job.task)
    except ImportError:
        found = None
    if not isinstance(found, Task):
        raise Failed(_("Nothing here does %(task)s") % {"task": job.task})
    return found.using(priority=job.priority, queue_name=job.queue, backend=job.backend)


def _result(job: Job, task: Task[Any, Any]) -> TaskResult[Any]:
    status = STATUS[State(job.state)]
    made: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=status,
        enqueued_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.started_at,
        args=job.args["args"],
        kwargs=job.args["kwargs"],
        backend=job.backend,
        errors=[TaskError(exception_class_path="builtins.Exception", traceback=job.error)] if job.error else [],
        worker_ids=[job.leased_by or "finished"] * job.attempts,
    )
    if status == TaskResultStatus.SUCCESSFUL:
        object.__setattr__(made, "_return_value", job.result)  # how its own back ends set it: the class is frozen
    return made
