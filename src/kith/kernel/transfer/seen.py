"""What an import has seen so far, in a temporary file of its own: a million keys would take 200 MB of memory, here they
take four. Asked and told a chunk at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

SHORT: Final = (1 << 62) - 1
PIECE: Final = 500


class Seen:
    """Numbers by key. Keys are cut to 62 bits, so two of a million are the same once in four million imports."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # deleted when it is closed
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA cache_size = -4000")
        self._db.execute("CREATE TABLE seen (k INTEGER PRIMARY KEY, v INTEGER NOT NULL) WITHOUT ROWID")

    def of(self, keys: Iterable[int]) -> dict[int, int]:
        """The numbers of those keys that are there."""
        wanted, found = list({key & SHORT for key in keys}), dict[int, int]()
        for at in range(0, len(wanted), PIECE):
            part = wanted[at : at + PIECE]
            marks = ",".join("?" * len(part))
            found.update(self._db.execute(f"SELECT k, v FROM seen WHERE k IN ({marks})", part))  # noqa: S608  (marks only)
        return found

    def add(self, numbers: Mapping[int, int]) -> None:
        """Note numbers; a key that is there keeps its own."""
        if numbers:
            rows = [(key & SHORT, value) for key, value in numbers.items()]
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("DELETE FROM seen")


def digest(*parts: Any) -> int:
    """A key for this process alone."""
    return hash(parts) & SHORT
