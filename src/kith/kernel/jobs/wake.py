"""Waking the workers of this process when a job was enqueued. Other processes look once a second anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[], None]
_listeners: list[Listener] = []


def on_enqueue(listener: Listener) -> Listener:
    """Call this after each commit that made a job ready: it must only wake somebody, never work."""
    _listeners.append(listener)
    return listener


def wake() -> None:
    """There is something to do."""
    for one in tuple(_listeners):
        one()


@contextmanager
def bell() -> Iterator[threading.Event]:
    """An event that is set whenever there is something to do. Whoever waits for it clears it."""
    ring = threading.Event()
    on_enqueue(ring.set)
    try:
        yield ring
    finally:
        _listeners.remove(ring.set)
