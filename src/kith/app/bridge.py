"""Django's WSGI handler behind an ASGI server: one thread and one hop for each request.

Why not a2wsgi, which the tables name: it takes three hops between thread and loop for each answer (0.38 ms of processor
time against 0.20 for a small page), its threads wait for slow readers (twelve of them stopped a site with four
threads), and it joins repeated cookies with commas, lets ``X_Forwarded_For`` pass for ``X-Forwarded-For`` and loses the
length of chunked bodies.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from kith.app.flow import PATIENCE, ClientGone, Flow

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Headers = list[tuple[bytes, bytes]]

WHOLE = 1_000_000  # bytes; a streamed answer of known length up to this is sent in one piece
OPEN = 400  # requests that run or wait for a thread; a further one is told to come back


class Busy(Exception):
    """Too many requests wait already."""


class Bridge:
    """A pool of threads that run the WSGI application. Threads live as long as the process, and so do their
    connections.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._open = 0

    async def __call__(self, scope: Scope, body: BinaryIO, length: int, receive: Receive, send: Send) -> None:
        """Answer one request whose body is complete. Raises :class:`Busy`, or whatever the application let through."""
        if self._open >= OPEN:
            raise Busy
        loop = asyncio.get_running_loop()
        began: asyncio.Future[tuple[int, Headers, bytes | Flow]] = loop.create_future()
        self._open += 1
        try:
            self._pool.submit(self._answer, scope, body, length, loop, began)
            status, headers, content = await began
        finally:
            self._open -= 1
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if isinstance(content, bytes):
            await send({"type": "http.response.body", "body": content})
        else:
            await _send_flow(content, receive, send)

    def close(self) -> None:
        """Stop taking requests; those that run end first."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(
        self, scope: Scope, body: BinaryIO, length: int, loop: asyncio.AbstractEventLoop, began: asyncio.Future[Any]
    ) -> None:
        """In a thread: run the application, and settle ``began`` with the whole answer or with its head and a flow."""
        status, headers = 500, Headers()

        def start(line: str, found: list[tuple[str, str]], failure: Any = None) -> None:
            nonlocal status, headers
            status = int(line[:3])
            headers = [(name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in found]

        try:
            result: Any = self._app(environ(scope, body, length), start)
            if getattr(result, "streaming", False) and not _known_and_small(headers):
                flow = Flow(loop)
                loop.call_soon_threadsafe(_settle, began, (status, headers, flow))
                _pour(result, flow)
                return
            try:
                content = b"".join(result)
            finally:
                result.close()
            loop.call_soon_threadsafe(_settle, began, (status, headers, content))
        except Exception as error:
            loop.call_soon_threadsafe(_fail, began, error)


def environ(scope: Scope, body: BinaryIO, length: int) -> dict[str, Any]:
    """The WSGI environment of an HTTP scope. Header names with an underscore are left out: they pass for another
    header.
    """
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        if b"_" in raw or raw in (b"content-length", b"transfer-encoding"):
            continue
        name = raw.decode("latin-1").upper().replace("-", "_")
        if name != "CONTENT_TYPE":
            name = f"HTTP_{name}"
        text = value.decode("latin-1")
        if name in found:  # HTTP/2 sends a cookie in parts
            text = f"{found[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{text}"
        found[name] = text
    if length:
        found["CONTENT_LENGTH"] = str(length)
    return found


def _known_and_small(headers: Headers) -> bool:
    return any(name == b"content-length" and int(value) <= WHOLE for name, value in headers)


def _pour(result: Any, flow: Flow) -> None:
    """In the thread: the application's pieces into the flow, to the end or until the client has left."""
    try:
        for chunk in result:
            flow.put(chunk)
        flow.end()
    except ClientGone:
        pass
    except Exception as error:
        flow.fail(error)
    finally:
        result.close()


async def _send_flow(flow: Flow, receive: Receive, send: Send) -> None:
    """In the loop: what flows, to the client, until the end or until the client leaves or stops reading."""
    watch = asyncio.create_task(_until_gone(receive, flow))
    try:
        async for piece in flow.pieces():
            async with asyncio.timeout(PATIENCE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except (ClientGone, TimeoutError):
        pass  # no last message, so the server breaks the connection off
    finally:
        watch.cancel()
        flow.leave()


async def _until_gone(receive: Receive, flow: Flow) -> None:
    """Granian's `send` does not fail when the client is gone; only `receive` tells."""
    while (await receive())["type"] != "http.disconnect":
        pass
    flow.leave()


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
