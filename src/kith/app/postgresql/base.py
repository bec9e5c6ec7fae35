"""The connection: as Django's own, but whether the server is still there is asked only when something is wrong.

Django sends a statement before each request to find out, a tenth of the processor time of a page of 50 rows. A server
that stops says so, or the system does: then there is something to read on a connection that has asked nothing.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from psycopg import Connection
from psycopg_pool import ConnectionPool


def check(connection: Connection[Any]) -> None:
    """Raise ``psycopg.OperationalError`` when the server has left. A notice to read is no reason: then it is asked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(PostgreSQL):
    """Both a thread's own connection and one out of the pool are looked at so."""

    @property
    def pool(self) -> ConnectionPool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        pools: dict[str, ConnectionPool] = self._connection_pools  # type: ignore[attr-defined]
        if options and self.alias not in pools:
            made = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},  # Django sets it as it is asked to
                open=False,  # Django opens it
                configure=self._configure_connection,  # type: ignore[attr-defined]
                check=check,
                **options,
            )
            pools.setdefault(self.alias, made)  # of several threads one makes it
        return super().pool

    def is_usable(self) -> bool:
        try:
            check(self.connection)
        except self.Database.Error:
            return False
        return True
