"""What this actor can see, in the form the filter compiler asks for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.external_keys import OneKey
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import ANY
from kith.kernel.kit.text import fold, title_key
from kith.kernel.policy.mask import readable
from kith.kernel.policy.rows import rows_q
from kith.kernel.records.aside import facet_key
from kith.kernel.records.models import ContactPoint, ExternalKey, Facet, Link
from kith.kernel.schema.spec import ObjectSpec

FEW: Final = 100
"""Namesakes up to this many are looked up once and named by id, which keeps the index of the reference in use."""


def living(spec: ObjectSpec) -> QuerySet[Any]:
    """All rows of the object that are not in the bin, whoever asks."""
    return spec.model._default_manager.filter(deleted_at=None, **spec.scope)


@dataclass(frozen=True, slots=True)
class ActorSight:
    """Fields, rows and side tables as the context's actor sees them."""

    ctx: Context

    def field(self, spec: ObjectSpec, name: str) -> Field | None:
        return readable(self.ctx, spec).get(name)

    def fields(self, spec: ObjectSpec) -> Sequence[Field]:
        return tuple(readable(self.ctx, spec).values())

    def rows(self, spec: ObjectSpec) -> QuerySet[Model]:
        return living(spec).filter(rows_q(self.ctx, spec))

    def titled(self, spec: ObjectSpec, text: str) -> Any:
        """The ids of the records called ``text``, remembered for this context; a query instead where they are many."""
        key = f"titled:{spec.name}:{fold(text)}"
        if key not in self.ctx.notes:
            shown = readable(self.ctx, spec)
            named = Q(title_key=title_key(text)) if spec.title in shown else Q(pk__in=())
            if "@" in text and spec.name == "users" and "email" in shown:
                named |= Q(email=text.strip().lower())
            found = self.rows(spec).filter(named).values_list("pk", flat=True)
            few = list(found[: FEW + 1])
            self.ctx.notes[key] = few if len(few) <= FEW else found
        return self.ctx.notes[key]

    def words(self, spec: ObjectSpec, text: str) -> Q:
        from kith.kernel.records.finding import matching  # it reads, too

        return matching(self.ctx, spec, text)

    def aside(self, spec: ObjectSpec, field: Field, op: str, value: Any) -> Q:
        """The condition on a field whose values lie in another table, as a semi-join on the id; never NULL.

        ``to``: leads to one of these ids (a list or a query). ``eq``, ``in``: has one of these keys; ``primary``: the
        first one is. ``has``: has all of these values, ``eq`` on a set: exactly these. ``contains, starts, empty``.
        """
        table = _table_of(field)
        rows = table._default_manager.filter(object=spec.name)
        if table is ExternalKey:
            return self._keys(rows, field, op, value)
        rows = rows.filter(field=field.name)
        if op == "empty":
            return ~_holding(rows)
        if table is Facet:
            return _set(rows, op, value)
        if table is Link:
            return _holding(rows.filter(_leading(self.ctx, field, value)))
        return _holding(rows.filter(_points(field, op, value)))

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


def _table_of(field: Field) -> type[Model]:
    if field.type.kind is Kind.ENUMS:
        return Facet
    return {"links": Link, "keys": ExternalKey}.get(getattr(field.store, "table", ""), ContactPoint)


def _holding(rows: QuerySet[Any]) -> Q:
    return Q(pk__in=rows.values("record"))


def _leading(ctx: Context, field: Field, value: Any) -> Q:
    """Links to these ids (a list or a query); out of a field that leads to any object, to these (object, id)."""
    if field.target != ANY:
        return Q(to_object=field.target, to_record__in=value)
    by_object: dict[str, list[uuid.UUID]] = {}
    for object, id in value:
        by_object.setdefault(object, []).append(id)
    found = Q(pk__in=())
    for object, ids in by_object.items():  # where none is said, all of them: the object leads the index
        found |= Q(to_object__in=[object] if object else list(ctx.schema.objects), to_record__in=ids)
    return found


def _set(rows: QuerySet[Any], op: str, value: Any) -> Q:
    keys = [facet_key(one) for one in value]
    if op == "in":
        return _holding(rows.filter(value__in=keys))
    whole = Q()
    for one in keys:
        whole &= _holding(rows.filter(value=one))
    return whole & ~_holding(rows.exclude(value__in=keys)) if op == "eq" else whole


def _points(field: Field, op: str, value: Any) -> Q:
    if op not in ("contains", "starts"):
        found = Q(kind=getattr(field.store, "kind", ""), key__in=value)  # the kind leads the index of the keys
        return found & Q(primary=True) if op == "primary" else found
    found = Q(**{f"value__i{'startswith' if op == 'starts' else 'contains'}": value})
    digits = "".join(one for one in value if one.isdigit())
    if (
        getattr(field.store, "kind", "") == "phone"
        and op == "contains"
        and len(digits) > 2
        and not any(map(str.isalpha, value))
    ):
        found |= Q(key__contains=digits.lstrip("0"))
    return found
