"""Where a field's value lies. The only thing in which a user-made field differs from a shipped one.

``Column``   one column of the object's table
``Json``     a key of the ``custom`` JSON column, under an immutable id (``f12``), so that a rename writes nothing
``WireColumn``  one JSON column of the object's table, for values that are lists or objects
``Aside``    rows of a table of its own (``ContactPoint``, ``Link``), fetched for a whole page at once

Composite types (money, address, person name) bring a store of their own beside their type.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F
from django.db.models.expressions import BaseExpression, Combinable, Func
from django.utils.translation import gettext_noop

from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import clean

if TYPE_CHECKING:
    from kith.kernel.fields.base import Field

type_of_kind: dict[Kind, type[models.Field[Any, Any]]] = {
    Kind.NUMBER: models.DecimalField,
    Kind.BOOL: models.BooleanField,
}


class Store:
    """The contract of a place for values."""

    columns: tuple[str, ...] = ()
    """Names of the model's columns that ``load`` is given, in this order."""

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        """The value from the columns of one row."""
        raise NotImplementedError

    def save(self, field: Field, value: Any, record: Any) -> None:
        """Put ``value`` on a model instance that will be saved."""
        raise NotImplementedError

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable | BaseExpression:
        """The SQL expression to filter, sort and group by; ``prefix`` leads over a relation (``company__``)."""
        raise NotImplementedError

    def operand(self, field: Field, value: Any, part: str = "") -> Any:
        """``value`` in the form in which ``expr`` compares it."""
        return value


class Column(Store):
    """One column. ``column`` is the attribute name on the model (``company_id`` for a foreign key)."""

    __slots__ = ("columns",)

    def __init__(self, column: str) -> None:
        self.columns = (column,)

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        return raw[0]

    def save(self, field: Field, value: Any, record: Any) -> None:
        if value is None and not record._meta.get_field(self.columns[0]).null:
            value = ""  # text columns hold no NULL: one way to say "nothing"
        setattr(record, self.columns[0], value)

    def expr(self, field: Field, part: str = "", prefix: str = "") -> Combinable:
        return F(prefix + self.columns[0])


class JsonKey(Func):
    """A key of a JSON column as SQL, with the path as a literal; with ``part`` a key inside the object that lies there.

    Django's ``KeyTransform`` binds the path, and SQLite uses an expression index only when the path is a literal
    (measured: SCAN against SEARCH). The key is made by us (``f12``) and the part is declared by a field type, neither
    is typed by a user, and both must be plain identifiers; so nothing can be injected.
    """

    def __init__(self, column: str, key: str, kind: Kind, part: str = "", virtual: str = "") -> None:
        for one in (key, *filter(None, (part, virtual))):
            if not one.isidentifier() or not one.isascii():
                raise ValueError(f"not a stored key: {one!r}")
        self.key, self.part, self.value_kind, self.virtual = key, part, kind, virtual
        field_class = type_of_kind.get(kind, models.TextField)
        output = field_class(max_digits=38, decimal_places=10) if field_class is models.DecimalField else field_class()
        super().__init__(F(column), output_field=output)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        sql = {
            "sqlite": f"JSON_EXTRACT({column}, '$.{self._path}')",
            "postgresql": self._postgresql(column),
            "mysql": self._mysql(column),
        }[connection.vendor]
        return sql, list(params)

    @property
    def _path(self) -> str:
        return f"{self.key}.{self.part}" if self.part else self.key

    def _postgresql(self, column: str) -> str:
        text = f"({column} -> '{self.key}' ->> '{self.part}')" if self.part else f"({column} ->> '{self.key}')"
        return {Kind.NUMBER: f"({text})::numeric", Kind.BOOL: f"({text})::boolean"}.get(self.value_kind, text)

    def _mysql(self, column: str) -> str:
        if self.virtual and self.value_kind is not Kind.TEXT:
            return self.virtual_column(column)
        several = self.value_kind in (Kind.JSON, Kind.ENUMS)  # JSON_VALUE has NULL for what is no scalar
        text = f"{'JSON_EXTRACT' if several else 'JSON_VALUE'}({column}, '$.{self._path}')"
        if self.value_kind is Kind.NUMBER:
            return f"CAST({text} AS DECIMAL(38,10))"
        if self.value_kind is Kind.BOOL:
            return f"({text} IN ('true','1'))"
        return f"(CONVERT({text} USING utf8mb4) COLLATE utf8mb4_bin)"

    def virtual_column(self, column: str) -> str:
        """The virtual column beside ``column`` (quoted, with its table) in which MariaDB keeps a promoted value."""
        return f"{column.rpartition('.')[0]}.`{self.virtual}`" if "." in column else f"`{self.virtual}`"

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []


class Json(Store):
    """A key of the JSON column ``custom``. The value is kept in its wire form; an absent key means no value."""

    columns = ("custom",)

    def __init__(self, key: str, column: str = "custom", virtual: str = "") -> None:
        """``virtual`` names the column in which MariaDB keeps a promoted value; it has no indexes on expressions."""
        self.key, self.columns, self.virtual = key, (column,), virtual

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        held = raw[0].get(self.key) if raw[0] else None
        return None if held is None else field.type.parse(field, held)

    def save(self, field: Field, value: Any, record: Any) -> None:
        held = getattr(record, self.columns[0])
        if held is None:
            setattr(record, self.columns[0], held := {})
        if field.type.empty(value):
            held.pop(self.key, None)
        else:
            held[self.key] = field.type.dump(field, value)

    def expr(self, field: Field, part: str = "", prefix: str = "") -> JsonKey:
        inside = part or field.type.main
        kind = field.type.parts[inside] if inside else field.type.kind
        return JsonKey(prefix + self.columns[0], self.key, kind, inside, "" if part else self.virtual)

    def operand(self, field: Field, value: Any, part: str = "") -> Any:
        if part:
            return part_operand(field.type.parts[part], value)
        wire = field.type.dump(field, value)
        main = field.type.main
        return part_operand(field.type.parts[main], wire[main]) if main else wire


class WireColumn(Column):
    """One JSON column that holds the wire form of a value: several choices, tags, a file's reference."""

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        if field.type.kind is Kind.ENUMS:
            return tuple(raw[0] or ())  # what we wrote ourselves, for every row of every list
        return field.type.parse(field, raw[0])

    def save(self, field: Field, value: Any, record: Any) -> None:
        column = record._meta.get_field(self.columns[0])
        setattr(
            record, self.columns[0], column.get_default() if field.type.empty(value) else field.type.dump(field, value)
        )


def part_operand(kind: Kind, raw: Any) -> Any:
    """A value to compare one part of a composite with. Parts know kinds only. Raises :class:`Unreadable`."""
    if kind is Kind.NUMBER:
        try:
            number = None if isinstance(raw, bool) else Decimal(str(raw).strip())
        except (ArithmeticError, ValueError):
            number = None
        if number is None or not number.is_finite() or abs(number.adjusted()) > 30:
            raise Unreadable("not_a_number", gettext_noop("Expected a number, as in 1200 or 12.5"))
        return number
    if not isinstance(raw, str):
        raise Unreadable("not_text", gettext_noop("Expected text"))
    return clean(raw)


class Aside(Store):
    """Rows of another table: ``points`` (ContactPoint), ``links`` (Link), ``keys`` (ExternalKey).

    ``records.read`` fetches them with one query per table for a whole page, ``records.change`` writes them in step 7.
    """

    def __init__(self, table: str, kind: str = "") -> None:
        self.table, self.kind = table, kind

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        return None

    def save(self, field: Field, value: Any, record: Any) -> None:
        """Nothing on the row itself."""


class Computed(Store):
    """A value worked out from columns of the row and never written: ``load`` is a function of those columns."""

    def __init__(self, columns: Sequence[str], load: Any) -> None:
        self.columns, self._load = tuple(columns), load

    def load(self, field: Field, raw: Sequence[Any]) -> Any:
        return self._load(*raw)

    def save(self, field: Field, value: Any, record: Any) -> None:
        """Nothing: a computed value is not written."""
