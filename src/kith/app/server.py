"""One process, one port: the event stream goes to Django's ASGI handler, everything else to its WSGI handler in
threads.

Sync views under plain ASGI cost three times the processor time, and under WSGI a stream cannot flow; hence the mix.
Every body is read in the event loop first (size limit, deadline), so ten slow uploads cannot hold ten threads.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from kith.app.body import GRACE, Gone, TooLarge, TooSlow, read_body
from kith.app.bridge import Bridge, Busy, Receive, Scope, Send
from kith.app.errors import PROBLEM, problem
from kith.app.peers import Networks, client_address

ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

EVENTS = "/events"
DRAIN = 5.0  # seconds that a refused sender may go on, so that it stops to read our refusal instead of breaking off
NO_BODY = io.BytesIO()


def mix(
    wsgi: Callable[..., Any],
    asgi: ASGI,
    *,
    threads: int,
    max_body: int,
    scheme: str = "http",
    trusted: Networks = (),
    grace: float = GRACE,
    lifeline: int | None = None,
) -> ASGI:
    """The ASGI application. ``max_body`` is in bytes, ``grace`` in seconds; ``scheme`` is what people use to reach the
    site.

    ``lifeline`` is the reading end of a pipe whose other end closes when this process is to stop (see ``serving.run``).
    """
    bridge = Bridge(wsgi, threads)
    stopping = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, bridge, stopping, lifeline)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["path"] == "/healthz":  # answered here, so that a site with all threads busy still counts as alive
            await _reply(send, 200, b"ok\n", b"text/plain; charset=utf-8")
            return
        scope["scheme"] = scheme
        if trusted and scope.get("client"):
            forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
            scope["client"] = (client_address(scope["client"][0], forwarded.decode("latin-1"), trusted), 0)
        if _is_events(scope):
            scope["headers"] = [pair for pair in scope["headers"] if b"_" not in pair[0]]
            await asgi(scope, partial(_or_stop, receive, stopping), send)
            return
        await _bridged(bridge, scope, receive, send, max_body, grace)

    return application


async def _bridged(bridge: Bridge, scope: Scope, receive: Receive, send: Send, max_body: int, grace: float) -> None:
    """Read the body, answer in a thread; refuse what is too large, too slow or too much."""
    body, length = NO_BODY, 0
    declared = _declared(scope)
    try:
        if declared is not None and declared > max_body:
            raise TooLarge
        if declared != 0:
            body, length = await read_body(receive, max_body, grace=grace)  # type: ignore[assignment]
        try:
            await bridge(scope, body, length, receive, send)
        finally:
            if body is not NO_BODY:
                body.close()
    except TooLarge:
        await _refuse(receive, send, 413, f"The body is larger than {max_body:,} bytes")
    except TooSlow:
        await _refuse(receive, send, 408, "The body came too slowly", drain=False)
    except Busy:
        await _reply(send, 503, problem(503, "Too many requests at once"), PROBLEM.encode(), (b"retry-after", b"1"))
    except Gone:
        pass


def _declared(scope: Scope) -> int | None:
    """Bytes of body that the head promises; ``None`` when it does not say how many, 0 when there is none."""
    chunked = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
        chunked = chunked or name == b"transfer-encoding"
    if chunked or (scope["http_version"].startswith("2") and scope["method"] not in {"GET", "HEAD"}):
        return None
    return 0


def _is_events(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] in {"GET", "HEAD"} and (path == EVENTS or path.startswith(f"{EVENTS}/"))


async def _refuse(receive: Receive, send: Send, status: int, title: str, *, drain: bool = True) -> None:
    await _reply(send, status, problem(status, title), PROBLEM.encode(), (b"connection", b"close"))
    if not drain:
        return
    try:
        async with asyncio.timeout(DRAIN):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


async def _reply(send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _or_stop(receive: Receive, stopping: asyncio.Event) -> Any:
    """The next message, or a disconnect when the process stops: an event stream would never end by itself."""
    message, stop = asyncio.ensure_future(receive()), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({message, stop}, return_when=asyncio.FIRST_COMPLETED)
        return message.result() if message.done() else {"type": "http.disconnect"}
    finally:
        message.cancel()
        stop.cancel()


async def _lifespan(
    receive: Receive, send: Send, bridge: Bridge, stopping: asyncio.Event, lifeline: int | None
) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        """The parent stops, or was killed: a worker left alone would keep the port and answer with old code."""
        loop.remove_reader(lifeline or 0)
        stopping.set()
        os.kill(os.getpid(), signal.SIGTERM)

    await receive()
    if lifeline is not None:
        loop.add_reader(lifeline, stop)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    bridge.close()
    await send({"type": "lifespan.shutdown.complete"})
