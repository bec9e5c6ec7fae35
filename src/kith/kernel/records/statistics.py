"""What the query planner knows of the tables. PostgreSQL and MariaDB keep it up by themselves; SQLite must be told.

Without it SQLite takes every index for as good as any other. On a million contacts a user of whom 1,000 are waited 900
ms for those of one region, because the region's 180,000 were walked instead of the 1,000 (0.3 ms; measured).
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection, transaction

from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import job

NIGHTLY: Final = "50 3 * * *"
MANY: Final = 10_000
"""After so many new records it is worth doing at once, and again whenever an import has brought four times as many."""


def refresh() -> int:
    """Count again, table by table, so that writers wait for one of them at most (6 s for a million contacts). Returns
    how many tables.
    """
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'kith_search_fts%'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for name in tables:
            with transaction.atomic():  # in the queue of those who write
                cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
    return len(tables)


@scheduled(NIGHTLY, "records.statistics")
@job("records.statistics", unique=True)
def nightly(_ctx: Any, _progress: Any) -> int:
    """:func:`refresh`, every night."""
    return refresh()
