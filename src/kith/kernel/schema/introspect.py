"""Fields read from a Django model, so that a declaration says each thing once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.fields import NOT_PROVIDED
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.base import Choice, Field, type_named
from kith.kernel.fields.number import BIGGEST
from kith.kernel.fields.store import Column, Store, WireColumn
from kith.kernel.schema.spec import ObjectSpec, names

KEPT_BY_KITH = frozenset({"title_key", "custom", "derived", "deleted_at", "id", "object"})
"""Columns that are no fields of the object: nobody filters, reads or writes them by name."""

TYPE_OF_COLUMN: list[tuple[type[Any], str]] = [
    (models.BooleanField, "bool"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.URLField, "url"),
    (models.EmailField, "email"),
    (models.IntegerField, "number"),
    (models.DecimalField, "number"),
    (models.TextField, "long_text"),
    (models.FileField, "file"),
    (models.JSONField, "json"),
    (models.CharField, "text"),
]
"""The type of a plain Django column; a column of our own says it itself (``kith_type``)."""


def fields_of(spec: ObjectSpec, object_of: Mapping[type[Any], str]) -> dict[str, Field]:
    """All fields of the spec's model by API name, with the spec's overrides. ``object_of`` names the object of each
    model.
    """
    found: dict[str, Field] = {}
    for one in _read(spec, object_of):
        changes = dict(spec.overrides.get(one.name, {}))
        if rule := spec.sensitive.get(one.name):
            changes["readable"] = rule
        found[one.name] = one.with_(**changes) if changes else one
    return found


def _read(spec: ObjectSpec, object_of: Mapping[type[Any], str]) -> Iterator[Field]:
    model = spec.model
    left_out = KEPT_BY_KITH | set(names(spec.without))
    columns = [
        one
        for one in model._meta.get_fields()
        if isinstance(one, models.Field) and not one.many_to_many and one.name not in left_out
    ]
    composed = {column for one in model.composites.values() for column in one.column_names}
    own = [one for one in columns if one.name not in composed]
    made = [made for composite in model.composites.values() for made in composite.fields()]
    order = {one.name: one.creation_counter for one in columns}
    yield from sorted([*made, *(field_of(one, object_of) for one in own)], key=lambda one: _rank(one, order))


def _rank(one: Field, order: Mapping[str, int]) -> int:
    """The place of a field in its class: composites stand where their first column stands."""
    columns = (one.name, *one.store.columns, getattr(one.store, "primary", ""))
    held = [order[column] for column in columns if column in order]
    return min(held, default=10**9)


def field_of(column: models.Field[Any, Any], object_of: Mapping[type[Any], str]) -> Field:
    """The field that a model's column means."""
    type_name = _type_name(column)
    store: Store = WireColumn(column.attname) if isinstance(column, models.JSONField) else Column(column.attname)
    options: dict[str, Any] = dict(getattr(column, "kith_options", {}))
    if isinstance(column, models.DecimalField):
        options.setdefault("decimals", column.decimal_places)
    if type_name in ("number", "percent"):
        for bound, limit in _limits(column).items():
            options.setdefault(bound, limit)
    target = ""
    if isinstance(column, models.ForeignKey):
        target = object_of.get(column.related_model, "")
    default = (
        None
        if column.default is NOT_PROVIDED or callable(column.default) or column.default in ("", None)
        else column.default
    )
    return Field(
        name=column.name,
        type=type_named(type_name),
        store=store,
        label=column.verbose_name,
        help=column.help_text,
        required=not column.blank and not column.null and default is None and column.editable,
        unique=bool(column.unique),
        default=default,
        max_length=getattr(column, "max_length", None),
        choices=tuple(Choice(key, label, hue) for hue, (key, label) in _choices(column)),
        target=target,
        options=options,
        editable=column.editable,
        hidden=not column.editable and column.name not in {"created_at", "updated_at", "created_by"},
    )


def _limits(column: models.Field[Any, Any]) -> dict[str, Any]:
    """What the column can hold on every database. SQLite takes more, PostgreSQL and MariaDB fail the statement."""
    if isinstance(column, models.DecimalField):
        most = Decimal(10 ** (column.max_digits - column.decimal_places)) - Decimal(1).scaleb(-column.decimal_places)
        return {"min": -most, "max": most}
    low, high = BaseDatabaseOperations.integer_field_ranges.get(column.get_internal_type(), (None, None))
    if low is None or high is None:
        return {}
    return {"min": max(low, -int(BIGGEST)), "max": min(high, int(BIGGEST))}


def _choices(column: Any) -> Iterator[tuple[int, tuple[str, Any]]]:
    for place, pair in enumerate(column.choices or ()):
        yield place % 7 + 1, pair


def _type_name(column: models.Field[Any, Any]) -> str:
    if own := getattr(column, "kith_type", ""):
        return str(own)
    if isinstance(column, models.ForeignKey):
        return "owner" if column.name == "owner" else "reference"
    if column.choices:
        return "choice"
    for base, name in TYPE_OF_COLUMN:
        if isinstance(column, base):
            return name
    raise TypeError(_("no field type for column %(column)s") % {"column": column})
