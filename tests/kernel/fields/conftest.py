"""The table of the sheets, made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from kith.kernel.accounts.context import Context
from kith.kernel.schema.spec import ObjectSpec


@pytest.fixture(scope="package")
def sheet_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    from django.db import connection

    from tests.kernel.fields.sheets import Sheet

    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Sheet)
            # PostgreSQL empties no table that an unknown one refers to, as it must after a test with real transactions
            editor.deferred_sql = [one for one in editor.deferred_sql if "FOREIGN KEY" not in str(one)]
        connection.close()
    yield
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.delete_model(Sheet)
        connection.close()


@dataclass(frozen=True)
class Desk:
    """Where a test writes and reads sheets, through the two paths of the kernel."""

    ctx: Context
    spec: ObjectSpec

    def save(self, values: dict[str, Any], id: Any = None, **more: Any) -> Any:
        from kith.api import change

        return change(self.ctx, self.spec, id, values, **more)

    def rows(self, where: Any = None, sort: str = "", fields: tuple[str, ...] = (), limit: int = 50) -> list[Any]:
        """All rows through as many pages as it takes, so that cursors are tried, too."""
        from kith.api import Query, read
        from kith.kernel.query.tree import ALL, from_json

        tree = from_json(where) if where else ALL
        found: list[Any] = []
        after = ""
        while True:
            asked = Query(
                tree, sort=(sort,) if sort else (), fields=fields or tuple(self.spec.fields), limit=limit, after=after
            )
            page = read.rows(self.ctx, self.spec, asked)
            found += page.rows
            after = page.next
            if not after:
                return found

    def ids(self, field: str, op: str = "eq", value: Any = None) -> set[Any]:
        return {row.id for row in self.rows({"field": field, "op": op, "value": value}, fields=("version",))}


@pytest.fixture
def desk(sheet_table: None, db: None) -> Desk:
    from tests.kernel.fields.sheets import context, spec

    made = spec()
    return Desk(context(made), made)
