"""The connection: as Django's own, but a statement may have as many parameters as the library allows.

Django 5.2 assumes 999, the limit of 2020; so 500 contacts of 40 columns were 21 statements. SQLite has taken 32,766
since 3.32, and says itself how many.

Writers queue before the database. SQLite itself lets them try again after naps of up to 100 ms, so of eight at once one
was always asleep while nobody wrote: 190 updates a second instead of 96, and 1 % waited 780 ms instead of 120.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from typing import Any, Final

from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.backends.sqlite3.features import DatabaseFeatures as SQLiteFeatures


def _limit() -> int:
    connection = sqlite3.connect(":memory:")
    try:
        return min(connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER), 32_766)
    finally:
        connection.close()


MOST: Final = _limit()


class DatabaseFeatures(SQLiteFeatures):
    max_query_params = MOST


NAP: Final = 0.001
"""Seconds between two looks at the queue of the other processes: asked for with a limit, since whoever is at its head
may hang.
"""

_inside = threading.Lock()  # the writers of this process; of several processes those that are first in theirs


class DatabaseWrapper(SQLite):
    """A transaction holds the queue from its beginning to its end. Whoever does not queue, as the ``sqlite3`` command,
    meets SQLite's own lock.
    """

    features_class = DatabaseFeatures
    _turn: int | None = None  # the locked file beside the database; the system frees it when the process is killed

    def _start_transaction_under_autocommit(self) -> None:
        try:
            self._wait()
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # one that fails is rolled back
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _wait(self) -> None:
        """Until it is our turn, or until SQLite's own time has passed: then its error says what is wrong."""
        if self._turn is not None or self.is_in_memory_db():
            return
        until = time.monotonic() + self._patience()
        if _inside.acquire(timeout=self._patience()):
            try:
                self._turn = os.open(f"{self.settings_dict['NAME']}-queue", os.O_RDWR | os.O_CREAT, 0o600)
            except BaseException:
                _inside.release()
                raise
            while not _locked(self._turn) and time.monotonic() < until:
                time.sleep(NAP)

    def _patience(self) -> float:
        options: dict[str, Any] = self.settings_dict["OPTIONS"]
        return float(options.get("timeout", 5))

    def _leave(self) -> None:
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None
            _inside.release()


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
