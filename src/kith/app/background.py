"""The work beside the requests (sealing events, handlers, jobs, schedules), in one process of its own, so that it never
slows a page.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

import structlog

Loop = Callable[[threading.Event], None]

SEALER = "kith.kernel.events.sealer:run"
HANDLERS = "kith.kernel.events.delivery:run"
WORKER = "kith.kernel.jobs.worker:run"
SCHEDULER = "kith.kernel.jobs.schedule:run"
LOOPS: tuple[str, ...] = (SEALER, HANDLERS, WORKER, SCHEDULER)
"""Each a ``module:function`` that works until the event it is handed is set. A loop that raises is started again."""

EVENTS, SEALED, JOBS = b"e", b"s", b"j"
"""How the bell rings: events were written, or numbered outside the sealer, or a job is ready."""

PAUSE = 5.0  # seconds before a failed loop starts again
PATIENCE = 4.0  # seconds for loops to end what they do; what does not end is left to its lease
_log = structlog.get_logger(__name__)


def start() -> Callable[[], None]:
    """Start the loops in a forked process; the answer stops it. Without loops there is no process.

    Call it with no thread running and no database connection open. The process also ends when this one is gone. Commits
    in this process, and in those forked from it later, wake the loops at once.
    """
    if not LOOPS:
        return lambda: None
    lifeline, end = os.pipe()
    bell, rope = os.pipe()
    os.set_blocking(rope, False)
    os.set_blocking(bell, False)

    def child() -> None:
        os.close(end)
        os.close(rope)
        run(LOOPS, lifeline, bell)

    process = multiprocessing.get_context("fork").Process(target=child, name="kith-background")
    process.start()
    os.close(lifeline)
    os.close(bell)
    _pull(rope)

    def stop() -> None:
        os.close(end)
        process.join(PATIENCE + 1)
        if process.is_alive():
            process.kill()
            process.join()

    return stop


def run(
    names: Sequence[str], lifeline: int | None = None, bell: int | None = None, ready: Callable[[], None] | None = None
) -> None:
    """Run the loops, a thread each, until SIGTERM, SIGINT or the end of ``lifeline`` (a pipe). What comes through
    ``bell`` (another) wakes those that it is for. ``ready`` is called once they run and a signal ends them well.
    """
    stop = threading.Event()
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)  # by the system's own handler: Python's may be due just when select has gone to sleep
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    threads = [threading.Thread(target=_keep, args=(name, stop), name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    if ready:
        ready()
    ends = [awake] if lifeline is None else [awake, lifeline]
    while strokes := _heard(ends, bell):
        _ring(strokes)
    stop.set()
    _ring(EVENTS + SEALED + JOBS)
    limit = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, limit - time.monotonic()))


def _heard(ends: list[int], bell: int | None) -> bytes:
    """Wait for the bell and tell how it rang; nothing means the end."""
    ready, _none, _none = select.select([*ends, *([] if bell is None else [bell])], [], [])
    if bell is None or any(one in ready for one in ends):
        return b""
    return os.read(bell, 65_536)  # nothing to read: nobody holds the rope any more


def _ring(strokes: bytes) -> None:
    """Wake the loops that this is for: all of them at each commit took 1.3 ms of processor time for a new contact."""
    from kith.kernel.events import handlers
    from kith.kernel.jobs import wake

    if EVENTS in strokes:
        handlers.wake()
    if SEALED in strokes:
        handlers.sealed()
    if JOBS in strokes:
        wake.wake()


def _pull(rope: int) -> None:
    """From now on a commit in this process, or in a fork of it, rings the bell of the loops' process."""
    from kith.kernel.events import handlers
    from kith.kernel.jobs import wake

    def pull(stroke: bytes) -> None:
        try:
            os.write(rope, stroke)
        except (BlockingIOError, BrokenPipeError):
            return  # it is ringing already, or there is nobody: the loops look once a second anyway

    handlers.on_commit(partial(pull, EVENTS))
    handlers.on_sealed(partial(pull, SEALED))
    wake.on_enqueue(partial(pull, JOBS))


def _keep(name: str, stop: threading.Event) -> None:
    """Run one loop again and again until ``stop``."""
    module, _colon, function = name.partition(":")
    loop: Loop = getattr(import_module(module), function)
    while not stop.is_set():
        try:
            loop(stop)
        except Exception:
            _log.exception("background loop failed", loop=name)
            stop.wait(PAUSE)
