"""Numbers for new records: who is saved first gets the lower one.

The row of the sequence stays locked until the writer commits, so two never get the same number and none is lost when a
transaction rolls back; the price is that records of one numbered object are created one transaction after the other.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Several
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F

from kith.kernel.fields.auto_number import AutoNumber, number_in, prefix, written
from kith.kernel.fields.base import Field
from kith.kernel.records.models import Sequence
from kith.kernel.schema.spec import ObjectSpec

if TYPE_CHECKING:
    from kith.kernel.records.change import Change


def give(spec: ObjectSpec, new: Several[Change], now: datetime) -> None:
    """Number the new records that bring no number: part of step 7, so that a refused record takes none.

    One update per field and year. A number that a record brings pushes the sequence on, so that it is not given again.
    """
    for field in sorted(
        (one for one in spec.fields.values() if isinstance(one.type, AutoNumber)), key=lambda one: one.name
    ):
        for year, changes in sorted(_by_year(new, now)):
            brought = [str(one.after[field.name]) for one in changes if one.after.get(field.name)]
            bare = [one for one in changes if not one.after.get(field.name)]
            if highest := max((number_in(field, one, year) for one in brought), default=0):
                _reach(spec, field, year, highest)
            if bare:
                first = _take(spec, field, year, len(bare))
                for number, one in enumerate(bare, first):
                    value = written(field, number, year)
                    one.after[field.name] = value
                    one.diff[field.name] = (None, value)
                    field.store.save(field, value, one.record)


def _by_year(new: Several[Change], now: datetime) -> Iterable[tuple[int, list[Change]]]:
    found: dict[int, list[Change]] = defaultdict(list)
    for one in new:
        found[(one.item.at or now).year].append(one)
    return found.items()


def _take(spec: ObjectSpec, field: Field, year: int, count: int) -> int:
    """The first of ``count`` numbers that are now ours."""
    row = _row(spec, field, year)
    Sequence.objects.filter(pk=row).update(last=F("last") + count)
    last: int = Sequence.objects.values_list("last", flat=True).get(pk=row)
    return last - count + 1


def _reach(spec: ObjectSpec, field: Field, year: int, highest: int) -> None:
    Sequence.objects.filter(pk=_row(spec, field, year), last__lt=highest).update(last=highest)


def _row(spec: ObjectSpec, field: Field, year: int) -> uuid.UUID:
    """The id of the sequence, made where there is none; two who make it at once make one."""
    key = {"object": spec.name, "field": field.name, "prefix": prefix(field, year)}
    held = Sequence.objects.filter(**key).values_list("pk", flat=True)
    if not held.exists():
        Sequence.objects.bulk_create([Sequence(**key)], ignore_conflicts=True)
    found: uuid.UUID = held.get()
    return found
