"""Imports as jobs: asked for by somebody, run by a worker with that person's rights, told to the log of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kith.kernel.events.models import Event
from kith.kernel.jobs import acting, task
from kith.kernel.jobs.progress import Cancelled, Failed, Progress
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import jobs, store
from kith.kernel.transfer.models import Import
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import put, table

ROWS = [["Email", "Last name"], ["a@example.com", "A"], ["b@example.com", "B"]]


def work(world: Any, asked: Any, who: str, **args: Any) -> Any:
    """What a worker does with a job of this person: a fresh context from who asked, arguments as JSON brings them."""
    from kith.kernel.kit import json

    ctx = acting.context(json.loads(json.dumps(acting.who(world.ctx(who)).dump())))
    return asked(ctx, Progress(), **json.loads(json.dumps(args)))


def test_all_steps_are_jobs(bench: Bench, world: Any, tmp_path: Path) -> None:
    ctx = world.ctx("olga")
    job = imports.receive(ctx, imports.files([put(tmp_path, "people.csv", table(ROWS))]))
    id = str(job.pk)
    assert (job.state, job.files.count()) == ("uploaded", 1)
    work(world, jobs.look, "olga", id=id, options={"object": "contacts", "match": ["external_id", "email"]})
    work(world, jobs.check, "olga", id=id)
    work(world, jobs.carry_out, "olga", id=id)
    assert imports.show(ctx, id)["counts"]["created"] == 2
    assert Event.objects.get(object="imports", verb="finished").actor == world.people["olga"]
    work(world, jobs.take_back, "olga", id=id)
    assert Import.objects.get(pk=id).state == "undone"
    assert {"imports.look", "imports.check", "imports.run", "imports.undo", "imports.mend"} <= {
        name for name in task._tasks
    }


def test_a_refusal_is_not_tried_again(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.begin("olga", put(tmp_path, "people.csv", table(ROWS)))
    for who in ("tim", "olga"):
        with pytest.raises(Failed) as failed:
            work(world, jobs.take_back, who, id=str(bench.id))
        assert failed.value.final


def test_the_same_import_is_in_the_queue_once(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.begin("olga", put(tmp_path, "people.csv", table(ROWS)))
    asked = [jobs.carry_out.enqueue(world.ctx("olga"), id=str(bench.id)) for _turn in range(2)]
    assert asked[0] == asked[1]


def test_a_cancelled_job_pauses_its_import(bench: Bench, world: Any, tmp_path: Path) -> None:
    bench.begin("olga", put(tmp_path, "people.csv", table(ROWS)))
    progress = Progress()
    progress.cancelled = True
    with pytest.raises(Cancelled):
        imports.carry_out(world.ctx("olga"), bench.id, progress)
    assert Import.objects.get(pk=bench.id).state == "paused"
    imports.carry_out(world.ctx("olga"), bench.id)
    assert bench.report("olga")["counts"]["created"] == 2


def test_files_go_after_a_month_and_reports_stay(bench: Bench, world: Any, tmp_path: Path) -> None:
    from datetime import timedelta

    from django.utils import timezone

    bench.run("olga", put(tmp_path, "people.csv", table([*ROWS, ["nonsense", "C"]])))
    assert "a@example.com" in str(bench.report("olga"))
    folder = store.folder(store.held(world.ctx("olga"), bench.id))
    assert jobs.tidy(None, Progress()) == 0
    assert folder.exists()
    Import.objects.filter(pk=bench.id).update(created_at=timezone.now() - timedelta(days=31))
    assert jobs.tidy(None, Progress()) == 1
    assert not folder.exists()
    assert "a@example.com" not in str(bench.report("olga"))
    assert bench.report("olga")["counts"]["created"] == 2
    assert bench.rows("olga") == []
    imports.take_back(world.ctx("olga"), bench.id)  # needs no file


def test_another_worker_cannot_do_the_same_rows(bench: Bench, world: Any, tmp_path: Path) -> None:
    from kith.kernel.transfer import run
    from kith.kernel.transfer.models import ImportFile

    bench.begin("olga", put(tmp_path, "people.csv", table(ROWS)))
    job = store.held(world.ctx("olga"), bench.id)
    held = list(job.files.all())
    ImportFile.objects.filter(job=job).update(cursor=1)  # by the other one, since we looked
    with pytest.raises(run.Taken):
        list(run._file(world.ctx("olga"), job, held[0], held))
    assert not connection.needs_rollback
