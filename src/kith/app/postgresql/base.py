"""The connection: as Django's own, but whether the server is still there is asked only when something is wrong, and
what finds rows by their keys is prepared.

Django sends a statement before each request to find out, a tenth of the processor time of a page of 50 rows. A server
that stops says so, or the system does: then there is something to read on a connection that has asked nothing.
"""

from __future__ import annotations

import select
from typing import Any, Final

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import Connection
from psycopg_pool import ConnectionPool

from kith.kernel.kit.steady import Steady

PREPARED_FROM: Final = 5
"""Times that a statement has come on a connection before the server keeps it."""


def check(connection: Connection[Any]) -> None:
    """Raise ``psycopg.OperationalError`` when the server has left. A notice to read is no reason: then it is asked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class Cursor(ServerBindingCursor):
    """Has the server keep the statements that one plan serves; each of the others is planned for its own values."""

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, **more: Any) -> Cursor:
        if prepare is None and not isinstance(query, Steady):
            prepare = False
        super().execute(query, params, prepare=prepare, **more)  # type: ignore[misc]  # of psycopg's: Django's stubs lack it
        return self


class DatabaseWrapper(PostgreSQL):
    """Both a thread's own connection and one out of the pool are looked at so.

    ``server_side_binding`` can be switched off for what stands in between and knows no prepared statements.
    """

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.settings_dict["OPTIONS"].get("server_side_binding") is True:
            params |= {"cursor_factory": Cursor, "prepare_threshold": PREPARED_FROM}
        return params

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
