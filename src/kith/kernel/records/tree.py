"""Records below and above each other, by a reference of an object to itself (``ObjectSpec.tree``).

None lies below itself: whoever changes who lies below whom stands in line until the one before has committed, so two
who would each close half a circle cannot. Numbers over a whole branch (``rollups``) are of what the reader may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.kit.ids import identity
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import And, BadFilter, Is, from_json
from kith.kernel.records import read
from kith.kernel.records.models import Sequence as Queue
from kith.kernel.schema.spec import ObjectSpec, Rollup

if TYPE_CHECKING:
    from kith.kernel.records.change import Change

DEEPEST: Final = 50
MOST: Final = 1000
"""Records of a branch that are looked at; numbers over a larger one say "more than"."""


@dataclass(frozen=True, slots=True)
class Node:
    """A record of a branch: its name, and the records right below it."""

    id: uuid.UUID
    title: str
    below: tuple[Node, ...] = ()

    @property
    def count(self) -> int:
        """How many lie below."""
        return sum(1 + one.count for one in self.below)


@dataclass(frozen=True, slots=True)
class Branch:
    """A record with those above it, the topmost first, and those below. ``exact`` is false where it stopped at its cap;
    ``totals`` are the numbers of the spec's roll-ups, in wire form, those of what this actor may not read left out.
    """

    above: tuple[Node, ...]
    here: Node
    exact: bool
    totals: Mapping[str, Any] = field(default_factory=dict)


def branch(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> Branch:
    """The branch of a record as this actor sees it. Raises :class:`NotFound`.

    What lies below a record that they may not see is not shown, nor what lies above one. Five statements, and one per
    object and filter of the roll-ups, however large the branch.
    """
    read.one(ctx, spec, id, (spec.title,) if spec.title in mask.readable(ctx, spec) else ())
    shown = spec.tree in mask.readable(ctx, spec)
    upwards = _walk(spec, [id], up=True) if shown else {}
    downwards = _walk(spec, [id], up=False) if shown else {id: None}
    exact = len(downwards) <= MOST
    seen = read.ids(ctx, spec, {*upwards, *downwards, id})
    chain = _chain(upwards, id, seen)
    children: dict[uuid.UUID, list[uuid.UUID]] = {}
    for one, parent in list(downwards.items())[:MOST]:
        if one in seen and parent is not None and one != id:
            children.setdefault(parent, []).append(one)
    inside = _reached(children, id)
    titles = dict(read.title_rows(ctx, spec, [*inside, *chain]))
    above = tuple(Node(one, titles.get(one, "")) for one in chain)
    return Branch(above, _node(id, children, titles, {id}), exact, _totals(ctx, spec, inside))


def check(spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Complain of every record that would lie below itself, also by the other changes of the same batch."""
    if not spec.tree:
        return
    moved = [one for one in changes if one.after.get(spec.tree) and (one.changed(spec.tree) or one.verb == "restored")]
    if not moved:
        return
    _stand_in_line(spec)
    parents = _walk(spec, [one.after[spec.tree] for one in moved], up=True)
    parents |= {one.id: one.after.get(spec.tree) for one in changes if one.changed(spec.tree)}
    for one in moved:
        seen, here = set[uuid.UUID](), one.after[spec.tree]
        while here is not None and here not in seen and here != one.id:
            seen.add(here)
            here = parents.get(here)
        if here == one.id:
            one.refuse(
                spec.tree,
                _("%(object)s cannot lie below itself, not even by way of others: choose another one")
                % {"object": spec.label_one},
                "loop",
            )
        elif len(seen) > DEEPEST:
            one.refuse(spec.tree, _("At most %(most)s levels") % {"most": DEEPEST}, "too_deep")


def _stand_in_line(spec: ObjectSpec) -> None:
    """Wait for whoever is changing this tree: a row of its own is locked until commit."""
    key = {"object": spec.name, "field": spec.tree, "prefix": "tree"}
    if not Queue.objects.filter(**key).exists():
        Queue.objects.bulk_create([Queue(**key)], ignore_conflicts=True)
    list(Queue.objects.select_for_update().filter(**key).values_list("pk"))


def _walk(spec: ObjectSpec, starts: Iterable[uuid.UUID], *, up: bool) -> dict[uuid.UUID, uuid.UUID | None]:
    """Each living record above (or below) these and themselves, with the one right above it: one statement.

    A circle that is there already ends at ``DEEPEST`` levels; below, it stops at one more than ``MOST`` records, the
    nearest first.
    """
    model, key = spec.model, spec.model._meta.pk
    quote = connection.ops.quote_name
    table, id, parent = quote(model._meta.db_table), quote("id"), quote(spec.fields[spec.tree].store.columns[0])
    wanted = [key.get_db_prep_value(one, connection) for one in dict.fromkeys(starts)]
    marks = ", ".join(["%s"] * len(wanted))
    step = f"c.{id} = t.parent" if up else f"c.{parent} = t.id"
    sql = (
        f"WITH RECURSIVE t(id, parent, depth) AS (SELECT {id}, {parent}, 0 FROM {table} WHERE {id} IN ({marks})"  # noqa: S608
        f" UNION SELECT c.{id}, c.{parent}, t.depth + 1 FROM {table} c JOIN t ON {step}"
        f" WHERE t.depth <= {DEEPEST} AND c.deleted_at IS NULL)"
        f" SELECT id, parent AS tree_parent, MIN(depth) FROM t GROUP BY id, parent ORDER BY MIN(depth), id LIMIT %s"
    )
    rows = model._default_manager.raw(sql, [*wanted, DEEPEST * len(wanted) + len(wanted) if up else MOST + 1])
    return {row.pk: identity(vars(row)["tree_parent"]) for row in rows}


def _chain(upwards: Mapping[uuid.UUID, uuid.UUID | None], id: uuid.UUID, seen: set[uuid.UUID]) -> list[uuid.UUID]:
    """The ids above, the topmost first, as far as they are seen."""
    found: list[uuid.UUID] = []
    here = upwards.get(id)
    while here is not None and here in seen and here in upwards and here not in (id, *found):
        found.append(here)
        here = upwards[here]
    return found[::-1]


def _reached(children: Mapping[uuid.UUID, Sequence[uuid.UUID]], id: uuid.UUID) -> list[uuid.UUID]:
    """The record and all that hang on it."""
    found, at = [id], 0
    while at < len(found):
        found += [one for one in children.get(found[at], ()) if one not in found[:1]]
        at += 1
    return list(dict.fromkeys(found))


def _node(
    id: uuid.UUID,
    children: Mapping[uuid.UUID, Sequence[uuid.UUID]],
    titles: Mapping[uuid.UUID, str],
    on: set[uuid.UUID],
) -> Node:
    below = [_node(one, children, titles, {*on, one}) for one in children.get(id, ()) if one not in on]
    return Node(id, titles.get(id, ""), tuple(sorted(below, key=lambda one: one.title.casefold())))


def _totals(ctx: Context, spec: ObjectSpec, inside: Sequence[uuid.UUID]) -> dict[str, Any]:
    """The roll-ups over these records: one statement for those of the same object and filter."""
    from kith.kernel.records.aggregate import aggregate  # it reads, too

    groups: dict[str, list[Rollup]] = {}
    for one in spec.rollups:
        groups.setdefault(f"{one.object} {one.by} {one.where}", []).append(one)
    found: dict[str, Any] = {}
    for those in groups.values():
        first = those[0]
        other = ctx.schema.get(first.object) if first.object else spec
        if other is None or not may(ctx, other, "read"):
            continue
        held = mask.readable(ctx, other)
        asked = [one for one in those if one.measure == "count" or one.measure.partition(":")[2] in held]
        where = And(
            (
                *([Is(first.by, "in", [str(id) for id in inside])] if first.object else ()),
                *([from_json(first.where)] if first.where else ()),
            )
        )
        try:
            measures = [one.measure for one in asked]
            (row,) = aggregate(ctx, other, where, measures=measures, among=None if first.object else inside)
        except BadFilter:
            continue  # it hangs on a field that this actor may not read
        found |= {one.name: row[one.measure] for one in asked}
    return {one.name: found[one.name] for one in spec.rollups if one.name in found}
