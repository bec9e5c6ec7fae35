"""An answer that is made piece by piece, on its way from the thread that makes it to a client that may read slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from threading import Lock

IN_MEMORY = 1_000_000  # bytes; what a slow client has not read yet goes to a temporary file
LIMIT = 4_000_000_000  # bytes not yet read; beyond that the answer is given up
PIECE = 256_000  # bytes sent at once


class ClientGone(ConnectionError):
    """Nobody reads this answer any more; whoever makes it stops."""


class Flow:
    """One writer (a thread) and one reader (the event loop). The writer never waits, so slow readers hold no thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = Lock()
        self._ready = asyncio.Event()
        self._kept = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (closed by `leave`)
        self._read = self._written = 0
        self._ended = self._left = False
        self._failure: Exception | None = None

    def put(self, chunk: bytes) -> None:
        """Add a piece; called in the thread. Raises :class:`ClientGone` when there is nobody to read it."""
        with self._lock:
            if self._left or self._written - self._read > LIMIT:
                raise ClientGone
            if self._read == self._written:  # all is read: begin again, so that a long answer does not fill the disk
                self._kept.seek(0)
                self._kept.truncate()
                self._read = self._written = 0
            self._kept.seek(self._written)
            self._kept.write(chunk)
            self._written += len(chunk)
        self._loop.call_soon_threadsafe(self._ready.set)

    def end(self) -> None:
        """No more will come; called in the thread."""
        with self._lock:
            self._ended = True
        self._loop.call_soon_threadsafe(self._ready.set)

    def fail(self, error: Exception) -> None:
        """Making the answer failed; called in the thread. The reader gets the error, so that half an answer never looks
        whole.
        """
        with self._lock:
            self._failure = error
        self._loop.call_soon_threadsafe(self._ready.set)

    def leave(self) -> None:
        """The client is gone; called in the event loop."""
        with self._lock:
            self._left = True
            self._kept.close()
        self._ready.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was put, in order, as it comes; ends at ``end`` or ``leave``."""
        while True:
            self._ready.clear()
            with self._lock:
                if self._left:
                    return
                self._kept.seek(self._read)
                piece = self._kept.read(PIECE)
                self._read += len(piece)
                done, failure = self._ended, self._failure
            if piece:
                yield piece
            elif failure is not None:
                raise failure
            elif done:
                return
            else:
                await self._ready.wait()
