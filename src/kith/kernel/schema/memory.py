"""What a process keeps of the schema version in force, and where it keeps it while that version may yet be taken back.

A transaction that changes the schema, or people and their rights, sees its own changes before anybody else does, and
may be rolled back. Whatever is built within it is kept beside the transaction and goes with it, so that no other thread
ever meets a snapshot, a directory or a role that never came to be.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, MutableMapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[T]):
    """What ``build`` makes of the newest version, once a process. ``build`` takes the version's number."""

    def __init__(self, build: Callable[[int], T]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._held: tuple[int, T] | None = None

    def at(self, version: int) -> T:
        """The one of that version."""
        held = self._held
        if held is not None and held[0] == version:
            return held[1]
        if (aside := _aside()) is not None:
            kept = aside.stores.setdefault(id(self), {})
            if version not in kept:
                kept[version] = self._build(version)
            return kept[version]  # type: ignore[no-any-return]
        with self._lock:
            if self._held is None or self._held[0] != version:
                self._held = version, self._build(version)
            return self._held[1]

    def forget(self) -> None:
        """Drop it: for tests that change things behind its back."""
        self._held = None
        if (aside := _aside()) is not None:
            aside.stores.pop(id(self), None)


class _Aside:
    """What one transaction keeps to itself.

    It stands in Django's list of what follows a commit. So it is dropped when the transaction is rolled back, or the
    savepoint in which it was begun; and called, which does nothing, when it is committed.
    """

    def __init__(self) -> None:
        self.stores: dict[int, dict[Any, Any]] = {}

    def __call__(self) -> None:
        """Nothing to do: others build their own at their next request."""


def keep_aside() -> None:
    """From here on, until this transaction ends, keep what is built within it."""
    connections[DEFAULT_DB_ALIAS].on_commit(_Aside())


def place(everybodys: MutableMapping[K, V]) -> MutableMapping[K, V]:
    """Where to keep what was worked out just now: for everybody, or within a transaction that changes the schema."""
    aside = _aside()
    return everybodys if aside is None else aside.stores.setdefault(id(everybodys), {})


def _aside() -> _Aside | None:
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.in_atomic_block:
        return None
    return next((each[1] for each in reversed(connection.run_on_commit) if isinstance(each[1], _Aside)), None)
