"""What this actor can see, in the form the filter compiler asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import OneKey
from kith.kernel.fields.kinds import Kind
from kith.kernel.policy.mask import readable
from kith.kernel.policy.rows import rows_q
from kith.kernel.records.models import ContactPoint, ExternalKey, Facet, Link
from kith.kernel.schema.spec import ObjectSpec


def living(spec: ObjectSpec) -> QuerySet[Any]:
    """All rows of the object that are not in the bin, whoever asks."""
    return spec.model._default_manager.filter(deleted_at=None, **spec.scope)


@dataclass(frozen=True, slots=True)
class ActorSight:
    """Fields, rows and side tables as the context's actor sees them."""

    ctx: Context

    def field(self, spec: ObjectSpec, name: str) -> Field | None:
        return readable(self.ctx, spec).get(name)

    def rows(self, spec: ObjectSpec) -> QuerySet[Model]:
        return living(spec).filter(rows_q(self.ctx, spec))

    def aside(self, spec: ObjectSpec, field: Field, op: str, value: Any) -> Q:
        """The condition on a field whose values lie in another table, as a semi-join on the id."""
        table, column = _table_of(field)
        rows = table._default_manager.filter(object=spec.name)
        if table is ExternalKey:
            return self._keys(rows, field, op, value)
        rows = rows.filter(field=field.name)
        if op != "empty":
            rows = rows.filter(_test(field, column, op, value))
        return Q(pk__in=rows.values("record")) if op != "empty" else ~Q(pk__in=rows.values("record"))

    def _keys(self, rows: QuerySet[Any], field: Field, op: str, value: Any) -> Q:
        """Keys of other systems: one system's (``external_id``), or any (``external_ids`` as ``{system: key}``)."""
        if isinstance(field.store, OneKey):
            rows = rows.filter(system=field.store.kind)
            rows = rows if op == "empty" else rows.filter(key__in=value if isinstance(value, list) else [value])
        elif op != "empty":
            pairs = [pair for group in (value if op == "in" else [value]) for pair in group]
            match = Q(pk__in=())
            for system, key in pairs:
                match |= Q(system=system, key=key)
            rows = rows.filter(match)
        found = Q(pk__in=rows.values("record"))
        return ~found if op == "empty" else found


def _table_of(field: Field) -> tuple[type[Model], str]:
    if field.type.kind is Kind.ENUMS:
        return Facet, "value"
    if getattr(field.store, "table", "") == "links":
        return Link, "to_record"
    if getattr(field.store, "table", "") == "keys":
        return ExternalKey, "key"
    return ContactPoint, "key"


def _test(field: Field, column: str, op: str, value: Any) -> Q:
    if op in ("eq", "has"):
        values = list(value) if isinstance(value, tuple | list) else [value]
        return Q(**{f"{column}__in": [_key(one) for one in values]})
    if op == "in":
        return Q(**{f"{column}__in": [_key(one) for group in value for one in (group if isinstance(group, tuple | list) else [group])]})
    return Q(**{f"value__{'istartswith' if op == 'starts' else 'icontains'}": value})


def _key(one: Any) -> Any:
    return getattr(one, "key", one)
