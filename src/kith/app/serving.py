"""Running granian: one supervising process, and workers that are forked from it with everything imported."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import resource
import socket
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.errors import FatalError
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from kith.app.words import _

CONNECTIONS = 8_192  # a worker holds this many, event streams and slow clients included; more wait in the backlog
BACKLOG = 1_024
HEAD = 20_000  # milliseconds for a request's head
STOP = 10  # seconds for open requests when stopping


class CannotServe(Exception):
    """The address cannot be had; the message says why and what to do."""


def check_address(host: str, port: int) -> None:
    """Raise :class:`CannotServe` when another process has this address.

    Granian's workers share their port (SO_REUSEPORT), so a second Kith would start without a word and take half of the
    requests.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = _("Port {port} on {host} is in use. Stop what uses it, or choose another with --port.")
        elif error.errno == errno.EACCES:
            text = _("Port {port} needs more rights than you have. Choose one above 1023 with --port.")
        else:
            text = _("Cannot listen on {host}:{port}: {error}")
        raise CannotServe(text.format(host=host, port=port, error=error.strerror or error)) from None


def run(
    build: Callable[[int], Any], host: str, port: int, *, workers: int = 1, after: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM. ``build`` makes the ASGI application in each worker; it is handed the lifeline.

    Call it with no thread running and no database connection open: the workers are forks. ``after`` runs when they have
    stopped.
    """
    _raise_open_files()
    multiprocessing.set_start_method("fork", force=True)  # the other ways would import everything again
    lifeline, end = os.pipe()

    def in_worker() -> Any:
        os.close(end)  # only the parent holds it: the pipe ends when the parent closes it or is killed
        return build(lifeline)

    server = _Server(
        target="kith",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        http=HTTPModes.auto,
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP,
    )
    server.ends = [end]
    if after:
        server.on_shutdown(after)
    share()
    try:
        server.serve(target_loader=in_worker, wrap_loader=False)
    except FatalError as error:
        raise CannotServe(str(error)) from None


def share() -> None:
    """Before a fork: what is loaded stays shared. The collector would touch, and copy, every page (20 MB a process)."""
    gc.collect()
    gc.freeze()


class _Server(MPServer):
    """Granian waits for open connections when it stops; an event stream never closes by itself, so the workers are told
    first.
    """

    ends: list[int]

    def signal_handler_interrupt(self, *args: Any, **more: Any) -> None:
        while self.ends:
            os.close(self.ends.pop())
        super().signal_handler_interrupt(*args, **more)


def _raise_open_files() -> None:
    """As many open files as the system lets us have: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
