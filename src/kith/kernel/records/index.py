"""Accelerator indexes: a promoted user-made field is as fast to filter and sort as a column of its own.

Derived and rebuildable: ``sync`` compares what the schema wants with what the database has. An expression index on
SQLite and PostgreSQL; a virtual column on MariaDB, which has no expression indexes, at most 20 a table (InnoDB allows
64 keys).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Case

from kith.kernel.fields.base import Field
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Json, JsonKey
from kith.kernel.schema.custom import PROMOTED
from kith.kernel.schema.spec import ObjectSpec, Schema

MOST_ON_MARIADB: Final = 20
TEXT_ON_MARIADB: Final = "VARCHAR(700) COLLATE utf8mb4_bin"
_MARIADB: Final = {Kind.NUMBER: "DECIMAL(38,10)", Kind.BOOL: "TINYINT"}


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One index that a promoted field wants: its name, its table, and the SQL that makes it."""

    name: str
    table: str
    sql: tuple[str, ...]


def wanted(schema: Schema) -> list[Accelerator]:
    """The accelerators of all promoted fields."""
    return [made for spec in schema for field in promoted(spec) for made in accelerators(spec, field)]


def promoted(spec: ObjectSpec) -> list[Field]:
    """The fields of an object that have an accelerator."""
    return [one for one in spec.fields.values() if isinstance(one.store, Json) and one.options.get("promoted")]


def accelerators(spec: ObjectSpec, field: Field) -> Iterator[Accelerator]:
    """The indexes of one field: on what it is filtered by, and on what it is sorted by where that is something else.

    Text is compared as it is sorted (folded, in binary order), so it needs one.
    """
    if not isinstance(store := field.store, Json):
        return
    bare = field.with_(
        store=Json(store.key, store.columns[0])
    )  # the expression itself, not the column that stands for it
    sort, name = bare.type.sort_expr(bare), f"{PROMOTED}{store.key}"
    if isinstance(sort, InOrder):
        yield _accelerator(spec, name, _sql(spec, sort), TEXT_ON_MARIADB)
        return
    of_few = bare.type.kind in (Kind.ENUM, Kind.BOOL)
    kind = _MARIADB.get(bare.type.kind, TEXT_ON_MARIADB)
    yield _accelerator(spec, name, _sql(spec, bare.type.expr(bare)), kind, titled=of_few)
    if (
        sort is not None
        and connection.vendor != "mysql"
        and not isinstance(sort, JsonKey)
        and not isinstance(sort, Case)
    ):
        yield _accelerator(spec, f"{name}_s", _sql(spec, sort), "")


def _accelerator(spec: ObjectSpec, name: str, expression: str, kind: str, *, titled: bool = False) -> Accelerator:
    """The index of an expression, with the id as the tie-break of every order.

    ``titled``: with the title before it. Of a choice, a value is what thousands of rows have in common and hardly ever
    an order: filtered by it they come by title, and are read in that order instead of sorted (150 ms of 180,000 rows).
    """
    table = spec.model._meta.db_table
    quote = connection.ops.quote_name
    order = ", ".join(map(quote, (["title_key"] if titled else []) + ["id"]))
    if connection.vendor == "mysql":
        column = quote(name)
        made = f"LEFT({expression}, 700)" if kind == TEXT_ON_MARIADB else expression
        add = f"ALTER TABLE {quote(table)} ADD COLUMN IF NOT EXISTS {column} {kind} AS ({made}) VIRTUAL"
        return Accelerator(name, table, (add, f"CREATE INDEX {column} ON {quote(table)} ({column}, {order})"))
    object = spec.scope.get("object")
    only = f" WHERE {quote('object')} = '{object}'" if object else ""  # a name we made: letters, digits, underscores
    return Accelerator(
        name,
        table,
        (f"CREATE INDEX IF NOT EXISTS {quote(name)} ON {quote(table)} (({expression}), {order}){only}",),
    )


def _sql(spec: ObjectSpec, expr: Any) -> str:
    """The expression's SQL with bare column names, as an index wants it. Everything in it is a literal of ours."""
    compiler = spec.model._default_manager.all().query.get_compiler(connection=connection)
    sql, params = compiler.compile(expr.resolve_expression(compiler.query))
    if params:
        raise ValueError(f"an index cannot hold parameters: {sql}")
    return str(sql).replace(f"{connection.ops.quote_name(spec.model._meta.db_table)}.", "")


def present() -> dict[str, str]:
    """The accelerators that the database has, by name, with their table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND name LIKE %s", [f"{PROMOTED}%"]
            )
        elif connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE %s",
                [f"{PROMOTED}%"],
            )
        else:
            cursor.execute(
                "SELECT DISTINCT index_name, table_name FROM information_schema.statistics "
                "WHERE table_schema = DATABASE() AND index_name LIKE %s",
                [f"{PROMOTED}%"],
            )
        return dict(cursor.fetchall())


def sync(schema: Schema) -> tuple[list[str], list[str]]:
    """Make what is missing and drop what is no longer wanted; run twice, it does nothing. Returns both lists of
    names.
    """
    need = {one.name: one for one in wanted(schema)}
    have = present()
    made = [one for name, one in need.items() if name not in have]
    gone = [name for name in have if name not in need]
    make(made)
    _run(statement for name in gone for statement in _drop(name, have[name]))
    return [one.name for one in made], gone


def make(accelerators: Iterable[Accelerator]) -> None:
    """Build those that are missing; on PostgreSQL without locking anybody out, unless a transaction is open."""
    have = present()
    free = connection.vendor == "postgresql" and not connection.in_atomic_block
    for one in accelerators:
        if one.name not in have:
            _run(sql.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1) if free else sql for sql in one.sql)


def _drop(name: str, table: str) -> tuple[str, ...]:
    quote = connection.ops.quote_name
    if connection.vendor == "mysql":
        return (
            f"DROP INDEX {quote(name)} ON {quote(table)}",
            f"ALTER TABLE {quote(table)} DROP COLUMN IF EXISTS {quote(name)}",
        )
    return (f"DROP INDEX IF EXISTS {quote(name)}",)


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)
