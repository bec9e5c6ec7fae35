"""The work beside the requests (sealing events, jobs, schedules), in one process of its own, so that it never slows a
page.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Callable
from importlib import import_module

import structlog

Loop = Callable[[threading.Event], None]

LOOPS: tuple[str, ...] = ()
"""Each a ``module:function`` that works until the event it is handed is set. A loop that raises is started again."""

PAUSE = 5.0  # seconds before a failed loop starts again
PATIENCE = 10.0  # seconds for loops to end what they do
_log = structlog.get_logger(__name__)


def start() -> Callable[[], None]:
    """Start the loops in a forked process; the answer stops it. Without loops there is no process.

    Call it with no thread running and no database connection open. The process also ends when this one is gone.
    """
    if not LOOPS:
        return lambda: None
    lifeline, end = os.pipe()

    def child() -> None:
        os.close(end)
        run(LOOPS, lifeline)

    process = multiprocessing.get_context("fork").Process(target=child, name="kith-background")
    process.start()
    os.close(lifeline)

    def stop() -> None:
        os.close(end)
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()

    return stop


def run(names: tuple[str, ...], lifeline: int | None = None) -> None:
    """Run the loops, a thread each, until SIGTERM, SIGINT or the end of ``lifeline`` (a pipe)."""
    stop = threading.Event()
    awake, wake = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(wake, b"x"))
    threads = [threading.Thread(target=_keep, args=(name, stop), name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    select.select([awake] if lifeline is None else [awake, lifeline], [], [])
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)


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
