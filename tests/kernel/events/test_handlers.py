"""Handlers: in order, from their cursor on, each event at least once, and a bad one stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kith.kernel.events import delivery, handlers
from kith.kernel.events.delivery import behind, run_handlers
from kith.kernel.events.handlers import handler
from kith.kernel.events.models import Cursor, Event, Seal
from kith.kernel.events.sealer import seal_all
from kith.kernel.jobs import acting
from kith.kernel.jobs.models import Job
from kith.kernel.jobs.worker import Worker
from tests.kernel.events.test_sealing import write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No handler but the test's, and a system that jobs can run for."""
    monkeypatch.setattr(handlers, "_handlers", {})
    monkeypatch.setattr(acting, "_rebuild", lambda who: who)
    Event.objects.all().delete()
    Seal.objects.all().delete()
    Cursor.objects.all().delete()


def all_of(chunk: int = 100) -> int:
    count = 0
    while number := run_handlers(chunk):
        count += number
    return count


def collects(seen: list[Any]) -> Callable[[Event], None]:
    return lambda row: seen.append(row.seq)


def test_events_come_in_order_once_they_are_sealed() -> None:
    seen: list[int] = []
    handler("t", start="beginning")(collects(seen))
    write(7)
    assert all_of() == 0
    seal_all()
    assert all_of(chunk=3) == 7
    assert seen == list(range(1, 8))
    assert all_of() == 0
    assert Cursor.objects.get(name="t").seq == 7 and behind() == {"t": 0}


def test_a_new_handler_begins_where_it_says() -> None:
    new: list[int] = []
    old: list[int] = []
    write(3)
    seal_all()
    handler("new")(collects(new))
    handler("old", start="beginning")(collects(old))
    all_of()
    write(2)
    seal_all()
    all_of()
    assert (new, old) == ([4, 5], [1, 2, 3, 4, 5])


def test_a_handler_gets_only_what_it_asked_for_and_its_cursor_passes_the_rest() -> None:
    seen: list[int] = []
    handler("deals", objects={"deals"}, verbs={"updated"}, start="beginning")(collects(seen))
    write(3, "deals")
    write(4, "things")
    Event.objects.filter(object="deals").order_by("-id")[:1].get()
    odd = write(1, "deals")[0]
    Event.objects.filter(pk=odd.pk).update(verb="created")
    seal_all()
    assert all_of(chunk=2) == 3
    assert seen == [1, 2, 3] and Cursor.objects.get(name="deals").seq == 8


def test_a_bad_event_becomes_a_job_and_stops_nobody() -> None:
    seen: list[int] = []
    broken = [True]

    @handler("picky", start="beginning")
    def picky(row: Event) -> None:
        if row.seq == 3 and broken:
            raise ValueError("not this one")
        seen.append(row.seq or 0)

    other: list[int] = []
    handler("other", start="beginning")(collects(other))
    rows = write(5)
    seal_all()
    all_of()
    assert (seen, other) == ([1, 2, 4, 5], [1, 2, 3, 4, 5])
    row = Job.objects.get(task="events.deliver")
    assert row.args == {"handler": "picky", "event": str(rows[2].pk)}
    assert Worker("w").run_one()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.run_after > timezone.now()
    broken.clear()
    Job.objects.update(run_after=timezone.now() - timedelta(seconds=1))
    assert Worker("w").run_one()
    row.refresh_from_db()
    assert (row.state, seen) == ("done", [1, 2, 4, 5, 3])


def test_an_event_that_nobody_can_handle_ends_among_the_dead_letters() -> None:
    @handler("never", start="beginning")
    def never(_row: Event) -> None:
        raise ValueError("-".join(["CNR", "not-to-be-kept"]))  # the guard on the log listens for it

    write(1)
    seal_all()
    all_of()
    worker = Worker("w")
    for _ in range(9):
        assert worker.run_one()
        Job.objects.filter(state="waiting").update(run_after=timezone.now() - timedelta(seconds=1))
    row = Job.objects.get(task="events.deliver")
    assert (row.state, row.attempts) == ("dead", 9)
    assert "kept" not in row.error


def test_a_crash_between_handing_over_and_moving_on_repeats_and_skips_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    handler("t", start="beginning")(collects(seen))
    write(4)
    seal_all()
    move = delivery._move

    def die(*_: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "_move", die)
    with pytest.raises(KeyboardInterrupt):
        run_handlers()
    monkeypatch.setattr(delivery, "_move", move)
    all_of()
    assert seen == [1, 2, 3, 4, 1, 2, 3, 4]


def test_a_process_that_was_held_up_does_not_pull_the_cursor_back() -> None:
    seen: list[int] = []
    one = handlers.Handler("t", collects(seen), start="beginning")
    write(6)
    seal_all()
    assert delivery._advance(one, None, 6, 100) == 6
    assert delivery._advance(one, 0, 6, 2) == 2  # it still believes to be at 0
    assert Cursor.objects.get(name="t").seq == 6


def test_two_handlers_of_one_name_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    handler("same")(lambda row: None)
    other: Any = lambda row: None  # noqa: E731
    other.__module__ = "elsewhere"
    with pytest.raises(handlers.Clash):
        handler("same")(other)


def test_listeners_hear_of_commits_and_seals_until_they_leave() -> None:
    heard: list[str] = []

    def committed() -> None:
        heard.append("commit")

    def numbered() -> None:
        heard.append("seal")

    handlers.on_commit(committed)
    handlers.on_commit(committed)
    handlers.on_sealed(numbered)
    handlers.wake()
    handlers.sealed()
    for one in (committed, numbered, numbered):
        handlers.forget(one)
    handlers.wake()
    handlers.sealed()
    assert heard == ["commit", "seal"]
