"""An answer that is made piece by piece, on its way from the thread that makes it to a client that may read slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from threading import Condition, Lock

IN_MEMORY = 1_000_000  # bytes of one answer; what a slow client has not read yet goes to a temporary file
AHEAD = 100_000_000  # bytes that a thread may be ahead of its client
ALL_AHEAD = 1_000_000_000  # bytes that all of them may; beyond that each may be ahead by what fits in memory
PATIENCE = 30.0  # seconds that a thread waits for a client that reads nothing
PIECE = 256_000  # bytes sent at once

_all_unread = 0  # of this process
_counting = Lock()


class ClientGone(ConnectionError):
    """Nobody reads this answer any more; whoever makes it stops."""


class Flow:
    """One writer (a thread) and one reader (the event loop).

    Up to ``AHEAD`` the writer never waits, so slow readers of pages and usual exports hold no thread. The price is a
    temporary file for each, bounded by ``ALL_AHEAD`` together.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed = Condition()
        self._ready = asyncio.Event()
        self._kept = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (closed by `leave`)
        self._read = self._written = 0
        self._ended = self._left = False
        self._failure: Exception | None = None

    def put(self, chunk: bytes) -> None:
        """Add a piece; called in the thread. Raises :class:`ClientGone` when there is nobody to read it."""
        with self._changed:
            while not self._left and self._written - self._read > (AHEAD if _all_unread < ALL_AHEAD else IN_MEMORY):
                before = self._read
                if not self._changed.wait(PATIENCE) and self._read == before:
                    self._failure = ClientGone("reads nothing")
                    raise self._failure
            if self._left:
                raise ClientGone
            if self._read == self._written:  # all is read: begin again, so that a long answer stays small
                self._kept.seek(0)
                self._kept.truncate()
                self._read = self._written = 0
            self._kept.seek(self._written)
            self._kept.write(chunk)
            self._written += len(chunk)
            _count(len(chunk))
        self._loop.call_soon_threadsafe(self._ready.set)

    def end(self) -> None:
        """No more will come; called in the thread."""
        with self._changed:
            self._ended = True
        self._loop.call_soon_threadsafe(self._ready.set)

    def fail(self, error: Exception) -> None:
        """Making the answer failed; called in the thread. The reader gets it, so half an answer never looks whole."""
        with self._changed:
            self._failure = error
        self._loop.call_soon_threadsafe(self._ready.set)

    def leave(self) -> None:
        """The client is gone, or has all of it; called in the event loop."""
        with self._changed:
            if not self._kept.closed:
                _count(self._read - self._written)
                self._kept.close()
            self._left = True
            self._changed.notify()
        self._ready.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was put, in order, as it comes; ends at ``end`` or ``leave``."""
        while True:
            self._ready.clear()
            with self._changed:
                if self._left:
                    return
                self._kept.seek(self._read)
                piece = self._kept.read(PIECE)
                self._read += len(piece)
                _count(-len(piece))
                done, failure = self._ended, self._failure
                self._changed.notify()
            if piece:
                yield piece
            elif failure is not None:
                raise failure
            elif done:
                return
            else:
                await self._ready.wait()


def _count(change: int) -> None:
    global _all_unread
    with _counting:
        _all_unread += change
