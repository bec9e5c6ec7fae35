"""Reading a request's body before anything else happens, so that a slow sender costs a coroutine and never a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

Receive = Callable[[], Awaitable[Any]]

IN_MEMORY = 1_000_000  # bytes; the rest of a body lies in a temporary file
GRACE = 30.0  # seconds for any body
RATE = 64_000  # bytes a second that extend it: a large upload over a slow line is honest, a byte now and then is not


class TooLarge(Exception):
    """The body is over the limit."""


class TooSlow(Exception):
    """The body did not come in time."""


class Gone(Exception):
    """The client left before the body was complete."""


async def read_body(receive: Receive, limit: int, *, grace: float = GRACE) -> tuple[BinaryIO, int]:
    """The whole body as a file at its beginning, and its length in bytes. The caller closes it.

    Writing to the temporary file blocks the loop for some 20 microseconds per 64 kB, less than handing it to a thread
    would cost.
    """
    body = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  (it outlives this function)
    length = 0
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(grace) as clock:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                chunk = message.get("body", b"")
                length += len(chunk)
                if length > limit:
                    raise TooLarge
                body.write(chunk)
                clock.reschedule(began + grace + length / RATE)
                more = message.get("more_body", False)
    except TimeoutError:
        body.close()
        raise TooSlow from None
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body, length
