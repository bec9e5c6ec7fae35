"""Writing anew what may be lost: search documents, accelerator indexes, facets, computed values. Safe while others
work.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db import transaction

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside
from kith.kernel.records import aside, finding, index, statistics
from kith.kernel.records.models import Facet
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.search import engines
from kith.kernel.search.models import SearchDoc

Told = Callable[[str, int], None]  # an object, and how many of its records are through
BATCH: Final = 1_000


def search(ctx: Context, told: Told) -> int:
    """The documents of all records, and the full-text index over them; how many documents. Searches find less
    meanwhile.
    """
    with transaction.atomic():  # never documents without the triggers that keep the index in step with them
        engines.remove()
        SearchDoc.objects.all().delete()
        engines.install()
    searched = [spec for spec in ctx.schema if spec.search]
    return sum(finding.rebuild(ctx, spec, lambda count, name=spec.name: told(name, count)) for spec in searched)  # type: ignore[misc]


def indexes(ctx: Context, told: Told) -> tuple[list[str], list[str]]:
    """Accelerators of promoted fields, triggers of the search, and the facets of set-valued fields. Returns the names
    of the accelerators that were made, and of those that were dropped.
    """
    engines.install()
    made, gone = index.sync(ctx.schema)
    for spec in ctx.schema:
        if fields := [one for one in spec.fields.values() if _has_facets(one)]:
            _facets(spec, fields, told)
    statistics.refresh()
    return made, gone


def derived(_ctx: Context, _told: Told) -> int:
    """Formulas and roll-ups; how many records. No object has any yet."""
    return 0


def _has_facets(one: Field) -> bool:
    return one.type.kind is Kind.ENUMS and not one.target and not isinstance(one.store, Aside)


def _facets(spec: ObjectSpec, fields: list[Field], told: Told) -> None:
    Facet.objects.filter(object=spec.name).exclude(field__in=[one.name for one in fields]).delete()
    count = 0
    for rows in _batches(spec):
        with transaction.atomic():
            aside.write(spec, [(row.pk, one, _held(one, row)) for row in rows for one in fields])
        count += len(rows)
        told(spec.name, count)


def _held(one: Field, row: Any) -> Any:
    return one.store.load(one, [getattr(row, column) for column in one.store.columns])


def _batches(spec: ObjectSpec) -> Iterator[list[Any]]:
    """All rows of an object, those in the bin as well: they keep their facets for the day they come back."""
    every, after = spec.model._default_manager.filter(**spec.scope), uuid.UUID(int=0)
    while rows := list(every.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield rows
        after = rows[-1].pk
