"""The accelerator of a user-made field. A module of its own: an index is made outside any transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from kith.api import Query, change, read
from kith.kernel.query.tree import Is
from kith.kernel.records import index, shape
from kith.kernel.schema.load import current

LABELS = {"en": "Region"}


def _now(ctx: Any) -> Any:
    return ctx.with_(schema=current())


@pytest.mark.django_db(transaction=True)
def test_a_promoted_field_is_filtered_and_sorted_by_its_index() -> None:
    from tests.world import build

    ctx = build().ctx("ada")
    shape.add_field(ctx, "contacts", "text", LABELS)
    ctx = _now(ctx)
    key = shape.CustomField.objects.get(object="contacts", name="x_region", deleted_at=None).key
    shape.promote(ctx, "contacts", "x_region")
    ctx = _now(ctx)
    try:
        assert f"promoted_{key}" in index.present()
        assert index.sync(ctx.schema) == ([], [])  # nothing left to do
        spec = ctx.schema["contacts"]
        id = change(ctx, spec, None, {"name": "Ada", "x_region": "Nørre"}).id
        assert [row.id for row in read.rows(ctx, spec, Query(where=Is("x_region", "eq", "nørre"))).rows] == [id]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                held = f"LOWER(JSON_EXTRACT(custom, '$.{key}')) COLLATE BINARY"
                cursor.execute(f"EXPLAIN QUERY PLAN SELECT id FROM kith_contact WHERE {held} = 'x'")
                assert f"promoted_{key}" in str(cursor.fetchall())
    finally:
        shape.promote(ctx, "contacts", "x_region", on=False)
    assert f"promoted_{key}" not in index.present()
