"""Changing a field's type without losing a value.

The values are read as the new type and written under a new key; the old field goes into the bin with everything it
held. What could not be read stays there, and the report says how much that is and shows some of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Json
from kith.kernel.records import aside, shape
from kith.kernel.records.errors import Complaint, Invalid
from kith.kernel.schema.custom import field_from
from kith.kernel.schema.load import current
from kith.kernel.schema.models import CustomField
from kith.kernel.schema.spec import ObjectSpec

BATCH: Final = 500
SAMPLES: Final = 20


@dataclass(slots=True)
class Report:
    """How many values the new type can read, how many it cannot, and examples of the latter as (record, text)."""

    converted: int = 0
    left: int = 0
    samples: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def preview(ctx: Context, object: str, name: str, type: str, **more: Any) -> Report:
    """What a change of type would do, without doing it: reads every record that has a value."""
    spec = ctx.schema[object]
    old = _custom(spec, name)
    row = CustomField(id=0, object=object, name=name, type=type, labels={})
    shape._fill(ctx, spec, row, more)
    return _convert(ctx, spec, old, field_from(row), write=False)


def retype(ctx: Context, object: str, name: str, type: str, **more: Any) -> Report:
    """Give a user-made field another type. One transaction; ``restore_field`` brings the old one back with its
    values.
    """
    spec = ctx.schema[object]
    old = _custom(spec, name)
    with transaction.atomic():
        held = CustomField.objects.get(object=object, name=name, deleted_at=None)
        shape.delete_field(ctx, object, name)
        new = CustomField(
            object=object, name=name, type=type, labels=held.labels, help=held.help, section=held.section,
            position=held.position, readable=held.readable, replaces=held,
        )  # fmt: skip
        shape._fill(ctx, spec, new, more)
        with shape._changing(
            ctx, "field.retyped", {"object": object, "name": name, "type": type, "was": held.type, "id": held.pk}
        ):
            new.save(force_insert=True)
        return _convert(ctx, current()[object], old, field_from(new), write=True)


def _custom(spec: ObjectSpec, name: str) -> Field:
    old = spec.field(name)
    if old is None or not isinstance(old.store, Json):
        raise Invalid([Complaint(name, "not_custom", "Only user-made fields with values of their own change type")])
    return old


def _convert(ctx: Context, spec: ObjectSpec, old: Field, new: Field, *, write: bool) -> Report:
    report = Report()
    for records in _holding(spec, old):
        changed = []
        for record in records:
            value = old.store.load(old, [record.custom])
            if old.type.empty(value):
                continue
            text = old.type.display(old, value, ctx.locale)
            try:
                made = new.type.parse(
                    new, old.type.dump(old, value) if old.type.kind is new.type.kind else text, ctx.locale
                )
                new.type.check(new, made)
            except ValueError:
                report.left += 1
                if len(report.samples) < SAMPLES:
                    report.samples.append((record.pk, text))
                continue
            report.converted += 1
            new.store.save(new, made, record)
            changed.append((record, made))
        if write and changed:
            spec.model._default_manager.bulk_update([record for record, _made in changed], ["custom"])
            if new.type.kind is Kind.ENUMS or not new.store.columns:
                aside.write(spec, [(record.pk, new, made) for record, made in changed])
    return report


def _holding(spec: ObjectSpec, old: Field) -> Iterator[list[Any]]:
    """All records that have a value under the old key, binned ones too, in batches by id."""
    after = uuid.UUID(int=0)
    rows = spec.model._default_manager.filter(**spec.scope).only("id", "custom").order_by("id")
    while records := list(rows.filter(id__gt=after)[:BATCH]):
        yield [one for one in records if one.custom.get(old.store.key) is not None]  # type: ignore[attr-defined]
        after = records[-1].pk
