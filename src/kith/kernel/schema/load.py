"""The snapshot for a request: one cheap read of the version, then the cached schema."""

from __future__ import annotations

from django.db.models import F

from kith.kernel.schema import registry
from kith.kernel.schema.models import SchemaVersion
from kith.kernel.schema.spec import Schema


def version() -> int:
    """The number in force. A database without the row (never migrated by ``kith``) counts as 1."""
    n = SchemaVersion.objects.filter(id=1).values_list("n", flat=True).first()
    return 1 if n is None else n


def current() -> Schema:
    """The snapshot in force now."""
    return registry.snapshot(version())


def bump() -> int:
    """Put a new version in force; call it inside the transaction that changes the schema. Returns the new number."""
    SchemaVersion.objects.get_or_create(id=1)
    SchemaVersion.objects.filter(id=1).update(n=F("n") + 1)
    return version()
