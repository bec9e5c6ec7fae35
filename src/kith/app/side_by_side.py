"""Pieces of work in several processes, each of them a fork of this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Final, cast

from django.db import connections

Piece = Callable[[], None]
Told = Callable[[int, int], None]
MOST: Final = 4
"""Processes: of those that write to SQLite only one does so at a time, and no more of them gain anything."""


class Ended(Exception):
    """A process ended before its work was done; what went wrong it has said on stderr."""


def processes() -> int:
    """As many as this process may use processors, and at most ``MOST``."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(len(usable), MOST)


def run(pieces: Sequence[Piece], told: Told = lambda _done, _count: None) -> None:
    """Make all pieces, in any order; ``told`` hears after each how many are done, of how many. Raises :class:`Ended`.

    Whatever goes wrong, Ctrl-C included, no process is left when this ends. Should this one be killed, each of the
    others ends with the piece that it has in hand. Call it with no thread running and in no transaction.
    """
    count = min(processes(), len(pieces))
    if count < 2:
        for done, piece in enumerate(pieces, 1):
            piece()
            told(done, len(pieces))
        return
    connections.close_all()  # two processes on one connection are one too many
    fork = multiprocessing.get_context("fork")  # pieces are functions, and need not be sent
    workers: dict[Connection, ForkProcess] = {}
    try:
        for _one in range(count):
            here, there = fork.Pipe()
            worker = fork.Process(target=_work, args=(pieces, there, [*workers, here]), daemon=True)
            workers[here] = worker
            worker.start()
            there.close()  # so that the pipe ends with the process
        _hand_out(len(pieces), list(workers), told)
    except BaseException:
        for worker in workers.values():
            if worker.pid is not None:
                worker.terminate()  # the database takes back what is not committed
        raise
    finally:
        for here, worker in workers.items():
            here.close()  # which ends whoever waits for more
            if worker.pid is not None:
                worker.join()


def _hand_out(count: int, workers: Sequence[Connection], told: Told) -> None:
    left = iter(range(count))
    done = 0
    try:
        for one in workers:
            one.send(next(left))
        while done < count:
            for one in cast("list[Connection]", wait(workers)):
                one.recv()
                done += 1
                told(done, count)
                if (number := next(left, None)) is not None:
                    one.send(number)
    except (EOFError, ConnectionError):
        raise Ended from None


def _work(pieces: Sequence[Piece], pipe: Connection, others: Iterable[Connection]) -> None:
    """In the fork: make the pieces whose numbers come, until none does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for all its processes: the first one ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for one in others:
        one.close()
    while (number := _next(pipe)) is not None:
        pieces[number]()
        with suppress(ConnectionError):
            pipe.send(number)
    connections.close_all()


def _next(pipe: Connection) -> int | None:
    try:
        return int(pipe.recv())
    except (EOFError, ConnectionError):  # all is done, or the first one is gone
        return None
