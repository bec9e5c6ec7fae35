"""Handlers of events. Each keeps a cursor on ``seq``, so that nothing is missed, also not what commits late.

An event comes at least once and in order: after a crash the last hundred may come again, so a handler is idempotent by
the event's id. It is quick (slow work is enqueued as a job) and opens its own transactions. One that fails does not
hold the others up: its event becomes a job and is tried again with back-off, while the cursor moves on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # whoever only wants to wake somebody needs no models
    from kith.kernel.events.models import Event

Listener = Callable[[], None]
Function = Callable[["Event"], None]
Start = Literal["end", "beginning"]

_listeners: list[Listener] = []
_sealed: list[Listener] = []
_handlers: dict[str, Handler] = {}


class Clash(Exception):
    """Two handlers claim the same name, and so the same cursor."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A declared handler. ``objects`` and ``verbs`` empty mean all; ``start`` says where a new one begins."""

    name: str
    function: Function
    objects: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    start: Start = "end"


def handler(
    name: str, *, objects: Iterable[str] = (), verbs: Iterable[str] = (), start: Start = "end"
) -> Callable[[Function], Function]:
    """Decorator: ``@handler("webhooks", objects={"deals"})`` over ``def deliver(event): …``.

    The name is that of the cursor: another name begins anew, at the ``end`` of the log or at its ``beginning``.
    """

    def declare(function: Function) -> Function:
        held = _handlers.get(name)
        if held is not None and held.function.__module__ != function.__module__:
            raise Clash(f"handler {name!r} is declared in {held.function.__module__} and {function.__module__}")
        _handlers[name] = Handler(name, function, frozenset(objects), frozenset(verbs), start)
        return function

    return declare


def declared() -> tuple[Handler, ...]:
    """All handlers."""
    return tuple(_handlers.values())


def find(name: str) -> Handler | None:
    """The handler of that name; None when this version does not have it."""
    return _handlers.get(name)


def on_commit(listener: Listener) -> Listener:
    """Register a function that is called after each commit that wrote events. It only wakes somebody."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def on_sealed(listener: Listener) -> Listener:
    """The same for events that have just got their numbers, in this process."""
    if listener not in _sealed:
        _sealed.append(listener)
    return listener


def forget(listener: Listener) -> None:
    """Take a listener back."""
    for listeners in (_listeners, _sealed):
        if listener in listeners:
            listeners.remove(listener)


def wake() -> None:
    """Tell the sealer and the live streams of this process that there are new events."""
    for one in tuple(_listeners):
        one()


def sealed() -> None:
    """Tell those who follow ``seq`` in this process that it has grown."""
    for one in tuple(_sealed):
        one()
