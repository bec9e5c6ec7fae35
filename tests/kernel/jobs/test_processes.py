"""Jobs with several processes, on every database: nothing lost, nothing done twice while all are alive."""

from __future__ import annotations

import signal
import time
from collections import Counter

from tests.kernel.jobs.conftest import PATIENCE, Rig


def _wait_for(condition: object) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def test_four_workers_do_each_of_500_jobs_once(rig: Rig) -> None:
    rig.run("enqueue", "rig.mark", 500)
    workers = [rig.begin("work", f"w{n}", 30) for n in range(4)]
    for one in workers:
        rig.end(one)
    done = Counter((rig.folder / "done").read_text().split())
    assert done == Counter(str(n) for n in range(500))
    jobs = rig.run("jobs")
    assert {(one["state"], one["attempts"], one["leased_by"]) for one in jobs} == {("done", 1, "")}
    assert sorted(one["result"] for one in jobs) == list(range(500))


def test_a_job_whose_worker_is_killed_runs_again_and_has_one_result(rig: Rig) -> None:
    rig.run("enqueue", "rig.hang")
    first = rig.begin("work", "first", 1, "for ever")
    _wait_for((rig.folder / "begun").exists)
    first.send_signal(signal.SIGKILL)
    first.wait(PATIENCE)
    (job,) = rig.run("jobs")
    assert job["state"] == "running"
    second = rig.begin("work", "second", 1)
    rig.end(second)
    (job,) = rig.run("jobs")
    assert (job["state"], job["attempts"]) == ("done", 2)
    assert job["result"] == f"run by {second.pid}"


def test_a_worker_that_lost_its_lease_cannot_write_its_result(rig: Rig) -> None:
    rig.run("enqueue", "rig.mark")
    slow = rig.begin("claim_and_finish", 0.1)
    assert slow.stdout is not None and slow.stdout.readline() == "claimed\n"
    rig.run("work", "other", 30)
    assert rig.end(slow, "\n") is False
    (job,) = rig.run("jobs")
    assert (job["state"], job["result"], job["attempts"]) == ("done", 0, 2)


def test_a_schedule_fires_once_for_two_schedulers(rig: Rig) -> None:
    rig.run("make_due")
    both = [rig.begin("tick", 20) for _ in range(2)]
    for one in both:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    assert sum(rig.end(one) for one in both) == 1
    assert [one["task"] for one in rig.run("jobs") if one["task"] == "rig.tick"] == ["rig.tick"]
