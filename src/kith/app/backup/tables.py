"""The tables of a database as rows that any of the databases can take: read in one consistent moment, written in one
go.

The models are those of the migrations that the database has had, not those of this version's code: so a database is
copied before it is migrated, and an old backup is put back into tables of its own time.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.migrations.loader import MigrationLoader

from kith.kernel.kit import json

LEFT_OUT: Final = frozenset({"kith_search_doc", "django_session"})
"""Derived, and written anew; and sessions, which a backup must not bring back to life."""
READ: Final = 2_000  # rows at a time
WRITTEN: Final = 500

Key = tuple[str, str]  # app, migration


def applied(alias: str = "default") -> list[Key]:
    """The migrations that this database has had, in order."""
    return sorted(MigrationLoader(connections[alias]).applied_migrations)


def unknown(migrations: Iterable[Key]) -> list[Key]:
    """Those that this version of Kith does not have: a newer one made that database.

    In safe mode the plugins' are not there either, and that is as it should be.
    """
    found = set(migrations) - set(MigrationLoader(None).disk_migrations)
    if settings.KITH_SAFE_MODE:
        found = {(label, name) for label, name in found if label in apps.app_configs}
    return sorted(found)


def models_of(migrations: Iterable[Key]) -> list[Any]:
    """The models as these migrations leave them, those of relations between many included."""
    loader = MigrationLoader(None)
    nodes = [one for one in migrations if one in loader.graph.nodes]
    state = loader.project_state(nodes, at_end=True)
    found = state.apps.get_models(include_auto_created=True)
    return [one for one in found if one._meta.managed and not one._meta.proxy]


def kept(migrations: Iterable[Key], *, whole: bool = False) -> list[Any]:
    """The models whose rows a backup holds, in the order of their tables; ``whole`` leaves nothing out."""
    found = [one for one in models_of(migrations) if whole or one._meta.db_table not in LEFT_OUT]
    return sorted(found, key=lambda model: str(model._meta.db_table))


@contextmanager
def one_moment(alias: str = "default") -> Iterator[None]:
    """Within it, everything that is read is of the same moment, whatever others write meanwhile."""
    connection = connections[alias]
    vendor = connection.vendor
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if vendor == "postgresql":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        elif vendor == "mysql":
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        try:
            yield
        finally:
            if vendor == "mysql" and connection.is_usable():
                cursor.execute("COMMIT")
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")


def columns(model: Any) -> list[Any]:
    """The fields that have a column, in a fixed order."""
    return sorted(model._meta.local_concrete_fields, key=lambda field: str(field.column))


def rows(model: Any, alias: str = "default") -> Iterator[bytes]:
    """The rows of a table as lines of JSON, in the order of their keys; 2,000 in memory at a time."""
    fields = columns(model)
    ways = [_out(field) for field in fields]
    key = [field.attname for field in fields].index(model._meta.pk.attname)
    query = model._base_manager.using(alias).order_by("pk").values_list(*[field.attname for field in fields])
    page = list(query[:READ])
    while page:
        for row in page:
            yield (
                json.dumps([value if way is None else way(value) for way, value in zip(ways, row, strict=True)]) + b"\n"
            )
        page = list(query.filter(pk__gt=page[-1][key])[:READ]) if len(page) == READ else []


def write(
    model: Any, named: list[str], lines: Iterable[bytes], told: Callable[[int], None], alias: str = "default"
) -> int:
    """Write such lines into the table; ``named`` are the columns in their order. Returns how many."""
    connection = connections[alias]
    known = {str(field.column): field for field in columns(model)}
    fields = [known[one] for one in named]
    ways = [_in(field) for field in fields]
    quote = connection.ops.quote_name
    into, places = ", ".join(quote(one) for one in named), ", ".join(["%s"] * len(named))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({into}) VALUES ({places})"  # noqa: S608  (names out of models)
    count, batch = 0, []
    with connection.cursor() as cursor:
        for line in lines:
            values = json.loads(line)
            batch.append(
                [
                    field.get_db_prep_save(way(value), connection)
                    for field, way, value in zip(fields, ways, values, strict=True)
                ]
            )
            if len(batch) == WRITTEN:
                cursor.executemany(statement, batch)
                count += len(batch)
                told(count)
                batch = []
        if batch:
            cursor.executemany(statement, batch)
            count += len(batch)
            told(count)
    return count


def count(model: Any, alias: str = "default") -> int:
    """How many rows a table has."""
    return int(model._base_manager.using(alias).count())


def empty(found: Iterable[Any], alias: str = "default") -> None:
    """Delete every row of these tables: what migrations put in is in the backup, too."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for model in found:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608


def reset_sequences(found: Iterable[Any], alias: str = "default") -> None:
    """Let the next row get a number after the highest that is there."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(found)):
            cursor.execute(statement)


def _out(field: Any) -> Callable[[Any], Any] | None:
    """How a value of this column is written where JSON has no form of its own for it."""
    if isinstance(field, models.BinaryField):
        return lambda value: None if value is None else b64encode(bytes(value)).decode()
    if isinstance(field, models.DurationField):
        return lambda value: None if value is None else value // timedelta(microseconds=1)
    if isinstance(field, models.DateTimeField):
        return _moment
    return None


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _in(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.BinaryField):
        return lambda value: None if value is None else b64decode(value)
    if isinstance(field, models.DurationField):
        return lambda value: None if value is None else timedelta(microseconds=value)
    found: Callable[[Any], Any] = field.to_python
    return found
