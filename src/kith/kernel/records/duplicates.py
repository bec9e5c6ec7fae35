"""Is this one here already? Asked while somebody types, so it looks at indexes only: addresses by key, names by sound.

It answers from what the actor may see; a record beyond their reach is no duplicate, whatever it holds.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Points
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import fold, title_key
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.records import finding, read
from kith.kernel.records.checks import said
from kith.kernel.records.errors import Complaint
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


def typed(ctx: Context, spec: ObjectSpec, raws: Mapping[str, Any]) -> tuple[dict[str, Any], list[Complaint]]:
    """The values for ``like`` out of what stands in a form or a body, and what of it is not known or cannot be read.

    A form complains of nothing, since half an address is no mistake while it is being typed. Fields written in other
    words are turned into those that are compared: ``email`` into ``emails``, the two parts of a name into the name.
    """
    shown = mask.readable(ctx, spec)
    found: dict[str, Any] = {}
    wrong: list[Complaint] = []
    for name, raw in raws.items():
        here = shown.get(name)
        if here is None:
            words = _("%(object)s has no field “%(field)s”") % {"object": spec.label_many, "field": name}
            wrong.append(Complaint(name, "unknown_field", words))
            continue
        try:
            found[name] = here.type.parse(here, raw, ctx.locale)
            if here.expands is not None and not here.type.empty(found[name]):
                parts = here.expands.run(found[name], {})
                found |= {part: value for part, value in parts.items() if part in shown and part not in raws}
        except Unreadable as error:
            wrong.append(Complaint(name, error.code, said(error)))
    title = shown.get(spec.title)
    if title is not None and title.expands is not None and spec.title not in found:
        held = [found.get(column) for column in title.store.columns]
        if any(held):
            found[spec.title] = title.store.load(title, held)
    return found, wrong


def watched(ctx: Context, spec: ObjectSpec) -> frozenset[str]:
    """The fields that tell duplicates: the title and what writes or makes it, addresses, and what names one thing."""
    shown = mask.readable(ctx, spec)
    telling = {name for name, one in shown.items() if (name == spec.title and _is_name(spec, one)) or _names_one(one)}
    wholes = {name for name, one in shown.items() if one.expands is not None and telling & set(one.expands.to)}
    title = shown.get(spec.title)
    parts = set(title.expands.to) & set(shown) if title is not None and title.expands is not None else set()
    return frozenset(telling | wholes | parts)


def _is_name(spec: ObjectSpec, one: Field) -> bool:
    """Whether records of the same title may be the same: not where it is one of a list, nor the subject of a note."""
    return not one.choices and spec.told is None


def _names_one(one: Field) -> bool:
    return isinstance(one.type, Points) or one.unique


def like(
    ctx: Context, spec: ObjectSpec, values: Mapping[str, Any], *, besides: Iterable[uuid.UUID] = ()
) -> list[Duplicate]:
    """Records that look like these values (Python values by field name), the surest first, at most five.

    A handful of queries, however many records there are: for each field of addresses, for names, for rights and titles.
    """
    if not may(ctx, spec, "read"):
        return []
    shown = mask.readable(ctx, spec)
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for name, value in values.items():
        here = shown.get(name)
        if here is not None and not here.type.empty(value):
            for id in _holders(ctx, spec, shown, here, value):
                found[id][name] = SURE
    _by_name(ctx, spec, shown, values, found)
    for id in besides:
        found.pop(id, None)
    allowed = read.ids(ctx, spec, found)
    titles = dict(read.title_rows(ctx, spec, allowed))
    made = [Duplicate(id, titles.get(id, ""), max(found[id].values()), tuple(found[id])) for id in allowed]
    return sorted(made, key=lambda one: (-one.score, one.title))[:MOST]


def _holders(
    ctx: Context, spec: ObjectSpec, shown: Mapping[str, Field], here: Field, value: Any
) -> Iterable[uuid.UUID]:
    """Records that hold the same address in a field that is ``shown``, or the same value of a field that names one
    thing only. Rights come before the cut: forty that others hold must not hide the one that the actor may see.
    """
    if isinstance(here.type, Points):
        keys = [one.key for one in value]
        points = ContactPoint.objects.filter(kind=here.type.point_kind, key__in=keys, object=spec.name)
        points = points.filter(field__in=[name for name, one in shown.items() if isinstance(one.type, Points)])
        return points.filter(record__in=_seen(ctx, spec).values("pk")).values_list("record", flat=True)[:NEAR]
    if here.unique:
        return (
            _seen(ctx, spec).filter(**{here.store.columns[0]: value}).values_list("pk", flat=True)[:NEAR]
            if here.shipped
            else ()
        )
    return ()


def _seen(ctx: Context, spec: ObjectSpec) -> QuerySet[Any]:
    return living(spec).filter(rows_q(ctx, spec))


def _by_name(
    ctx: Context,
    spec: ObjectSpec,
    shown: Mapping[str, Field],
    values: Mapping[str, Any],
    found: dict[uuid.UUID, dict[str, int]],
) -> None:
    """Names that are the same once folded, or nearly so: compared with at most forty that the index finds near."""
    here = shown.get(spec.title)
    value = values.get(spec.title)
    if here is None or here.type.empty(value) or not _is_name(spec, here):
        return
    title = here.type.display(here, value, ctx.locale)
    key = title_key(title)
    same = _seen(ctx, spec).filter(title_key=key).values_list("pk", flat=True)[:NEAR]
    for id in same:
        found[id].setdefault(spec.title, SAME_NAME)
    for hit in finding.search(ctx, title, [spec.name], limit=NEAR):
        alike = int(fuzz.token_sort_ratio(fold(hit.title), fold(title)))
        if alike >= ALIKE:
            found[hit.id].setdefault(spec.title, round(SAME_NAME * alike / 100))
