"""Handlers of events. Each keeps a cursor on ``seq``, so that nothing is missed and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[], None]
_listeners: list[Listener] = []


def on_commit(listener: Listener) -> Listener:
    """Register a function that is called after each commit that wrote events: it must only wake somebody, never work."""
    _listeners.append(listener)
    return listener


def wake() -> None:
    """Tell the sealer and the live streams of this process that there are new events."""
    for one in _listeners:
        one()
