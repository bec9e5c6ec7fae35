"""Is this one here already? Asked while somebody types, so it looks at indexes only: addresses by key, names by sound.

It answers from what the actor may see; a record beyond their reach is no duplicate, whatever it holds.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Points
from kith.kernel.kit.text import fold, title_key
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import finding, read
from kith.kernel.records.models import ContactPoint
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec

SURE: Final = 100
SAME_NAME: Final = 80
ALIKE: Final = 90  # of 100: how alike two names must be to be mentioned
MOST: Final = 5
NEAR: Final = 40  # candidates whose names are compared


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that may be the same: its title, how sure we are (0 to 100), and the fields that say so."""

    id: uuid.UUID
    title: str
    score: int
    fields: tuple[str, ...]


def like(
    ctx: Context, spec: ObjectSpec, values: Mapping[str, Any], *, besides: Iterable[uuid.UUID] = ()
) -> list[Duplicate]:
    """Records that look like these values (Python values by field name), the surest first, at most five.

    Four queries, however many records there are: one for addresses, one for equal keys, one for names, one for titles.
    """
    if not may(ctx, spec, "read"):
        return []
    shown = mask.readable(ctx, spec)
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for name, value in values.items():
        here = shown.get(name)
        if here is not None and not here.type.empty(value):
            for id in _holders(spec, here, value):
                found[id][name] = SURE
    _by_name(ctx, spec, shown, values, found)
    for id in besides:
        found.pop(id, None)
    allowed = read.ids(ctx, spec, found)
    titles = dict(read.title_rows(ctx, spec, allowed))
    made = [Duplicate(id, titles.get(id, ""), max(found[id].values()), tuple(found[id])) for id in allowed]
    return sorted(made, key=lambda one: (-one.score, one.title))[:MOST]


def _holders(spec: ObjectSpec, here: Field, value: Any) -> Iterable[uuid.UUID]:
    """Records that hold the same address, or the same value of a field that names one thing only."""
    if isinstance(here.type, Points):
        keys = [one.key for one in value]
        points = ContactPoint.objects.filter(kind=here.type.point_kind, key__in=keys, object=spec.name)
        return points.values_list("record", flat=True)[:NEAR]
    if here.unique or here.name == "domain":
        return (
            living(spec).filter(**{here.store.columns[0]: value}).values_list("pk", flat=True)[:NEAR]
            if here.shipped
            else ()
        )
    return ()


def _by_name(
    ctx: Context,
    spec: ObjectSpec,
    shown: Mapping[str, Field],
    values: Mapping[str, Any],
    found: dict[uuid.UUID, dict[str, int]],
) -> None:
    """Names that are the same once folded, or nearly so: compared with at most forty that the index holds to be near."""
    here = shown.get(spec.title)
    value = values.get(spec.title)
    if here is None or here.type.empty(value):
        return
    title = here.type.display(here, value, ctx.locale)
    key = title_key(title)
    same = living(spec).filter(title_key=key).values_list("pk", flat=True)[:NEAR]
    for id in same:
        found[id].setdefault(spec.title, SAME_NAME)
    for hit in finding.search(ctx, title, [spec.name], limit=NEAR):
        alike = int(fuzz.token_sort_ratio(fold(hit.title), fold(title)))
        if alike >= ALIKE:
            found[hit.id].setdefault(spec.title, round(SAME_NAME * alike / 100))
