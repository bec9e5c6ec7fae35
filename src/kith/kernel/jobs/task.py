"""Declaring jobs and enqueueing them: ``@job`` makes a function something that can be asked for and will be done."""

from __future__ import annotations

import hashlib
import inspect
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from kith.kernel.jobs.acting import Caller, who
from kith.kernel.jobs.models import Job, State
from kith.kernel.jobs.wake import wake
from kith.kernel.kit import json

Function = Callable[..., Any]  # (ctx, progress, **args) -> something JSON can say, or None

DEFAULT: Final = "default"
BULK: Final = 500
_tasks: dict[str, Task] = {}


class Clash(Exception):
    """Two jobs claim the same name."""


@dataclass(frozen=True, slots=True)
class Task:
    """A declared job. ``retries`` are tries after the first; ``backoff`` is seconds before the second, doubled each
    time.

    ``unique`` names arguments (``"id"``, ``"handler event"``; True: all): while a job with the same ones is not
    finished, enqueueing gives that one back.
    """

    name: str
    function: Function
    retries: int = 5
    backoff: float = 10.0
    queue: str = DEFAULT
    unique: str | bool = False
    priority: int = 0
    run_after: datetime | None = None

    def __call__(self, ctx: Any, progress: Any, **args: Any) -> Any:
        return self.function(ctx, progress, **args)

    def using(
        self,
        *,
        run_after: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        retries: int | None = None,
    ) -> Task:
        """The same task to be enqueued otherwise: ``send.using(run_after=tomorrow).enqueue(ctx, id=…)``."""
        wanted: dict[str, Any] = {"run_after": run_after, "priority": priority, "queue": queue, "retries": retries}
        return replace(self, **{name: value for name, value in wanted.items() if value is not None})

    def enqueue(self, ctx: Caller, **args: Any) -> uuid.UUID:
        """Ask for it, in the caller's transaction: rolled back, it was never asked for. Returns the job's id.

        ``args`` arrive as JSON brings them back (ids and dates as text). One statement; with ``unique`` one look
        before. Raises ``TypeError`` when the function does not take these arguments.
        """
        row = self.row(ctx, args)
        if row.unique_key is None:
            row.save(force_insert=True)
        else:
            row = _once(row)
        transaction.on_commit(wake)
        return row.id

    def enqueue_many(self, ctx: Caller, many: Iterable[Mapping[str, Any]]) -> list[uuid.UUID]:
        """Ask for it with each of these arguments; one statement for 500 (38 on SQLite). Not for unique tasks."""
        if self.unique:
            raise TypeError(f"{self.name} is unique: enqueue one at a time")
        rows = [self.row(ctx, args) for args in many]
        Job.objects.bulk_create(rows, batch_size=BULK)
        transaction.on_commit(wake)
        return [row.id for row in rows]

    def row(self, ctx: Caller, args: Mapping[str, Any]) -> Job:
        """The unsaved job."""
        inspect.signature(self.function).bind(None, None, **args)
        json.dumps(args)  # refused here, it costs nobody their transaction
        asked = who(ctx)
        now = timezone.now()
        due = max(self.run_after or now, now)
        return Job(
            task=self.name,
            args=dict(args),
            state=State.WAITING if due > now else State.READY,
            queue=self.queue,
            priority=self.priority,
            lane=asked.lane,
            run_after=due,
            max_attempts=self.retries + 1,
            backoff=self.backoff,
            unique_key=self.key(args),
            actor=asked.dump(),
            created_at=now,
        )

    def key(self, args: Mapping[str, Any]) -> str | None:
        """What must not be there twice; None when the task is not unique."""
        if not self.unique:
            return None
        chosen = args if self.unique is True else {name: args.get(name) for name in str(self.unique).split()}
        body = json.dumps(sorted(chosen.items()))
        return f"{self.name[:160]}:{hashlib.sha256(body).hexdigest()[:32]}"


def job(
    name: str,
    *,
    retries: int = 5,
    backoff: float = 10.0,
    queue: str = DEFAULT,
    unique: str | bool = False,
    priority: int = 0,
) -> Callable[[Function], Task]:
    """Decorator: ``@job("imports.run", unique="id")`` over ``def run(ctx, progress, *, id): …``.

    The function may run more than once (a worker can die after its last line), so what it does outside of the database
    needs an idempotency key. It holds no transaction longer than a lease (60 s).
    """

    def declare(function: Function) -> Task:
        if name in _tasks and _tasks[name].function.__module__ != function.__module__:
            raise Clash(f"job {name!r} is declared in {_tasks[name].function.__module__} and {function.__module__}")
        made = _tasks[name] = Task(name, function, retries, backoff, queue, unique, priority)
        return made

    return declare


def find(name: str) -> Task | None:
    """The task of that name; None when this version does not know it."""
    return _tasks.get(name)


def queues() -> list[str]:
    """All queues that declared jobs use, ``default`` first."""
    return list(dict.fromkeys([DEFAULT, *sorted(one.queue for one in _tasks.values())]))


def _once(row: Job) -> Job:
    """Save the row, or give back the unfinished one with its key."""
    for _attempt in range(3):
        held = Job.objects.filter(unique_key=row.unique_key).only("id").first()
        if held is not None:
            return held
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return row
        except IntegrityError:  # another came first; unless it is finished by now, we find it
            continue
    raise IntegrityError(f"could not enqueue {row.task} once")
