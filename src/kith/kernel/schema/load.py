"""The snapshot for a request: one cheap read of the version, then the cached schema."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.models import F

from kith.kernel.schema import registry
from kith.kernel.schema.memory import keep_aside
from kith.kernel.schema.models import SchemaVersion
from kith.kernel.schema.spec import Schema

_IN_FORCE = f"SELECT n FROM {SchemaVersion._meta.db_table} WHERE id = 1"  # noqa: S608  (a name of ours)
SHARED: Final = {"postgresql": "FOR SHARE", "mysql": "LOCK IN SHARE MODE"}


def version() -> int:
    """The number in force. A database without the row (never migrated by ``kith``) counts as 1.

    Asked with every request and every write, so not through a query set: 0.03 ms instead of 0.17.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE)
        found = cursor.fetchone()
    return int(found[0]) if found else 1


def version_for_writing() -> int:
    """The number in force, which stays in force until this transaction ends: a change of the schema waits for it.

    Writers share the lock, so they never wait for each other. SQLite has one writer at a time anyway.
    """
    lock = SHARED.get(connection.vendor)
    if lock is None:
        return version()
    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(f"{_IN_FORCE} {lock}")
            if (row := cursor.fetchone()) is not None:
                return int(row[0])
        _make()  # a row that is not there cannot be locked
    raise AssertionError("unreachable")


def current() -> Schema:
    """The snapshot in force now."""
    return registry.snapshot(version())


def begin_change() -> None:
    """Say, before anything is written, that this transaction changes the schema, people or rights.

    It waits for those who write under the version in force and keeps others out until it ends; what it builds of the
    schema meanwhile stays its own.
    """
    if connection.vendor in SHARED:
        _make()
        SchemaVersion.objects.select_for_update().get(id=1)
    keep_aside()


def bump() -> int:
    """Put a new version in force; call it inside the transaction that changes the schema. Returns the new number."""
    _make()
    SchemaVersion.objects.filter(id=1).update(n=F("n") + 1)
    keep_aside()
    return version()


def _make() -> None:
    SchemaVersion.objects.get_or_create(id=1)
