"""Which rows a verb reaches, as a list of branches: each an equality on an indexed column.

``page.py`` reads one keyset page per branch and merges them; the same rule as one OR took 495 ms on a million rows of
PostgreSQL where the branches take 0.2 to 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from kith.kernel.accounts.context import Context
from kith.kernel.policy.grants import Grants, Reach, grants
from kith.kernel.schema.spec import ObjectSpec, Owned


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows whose ``column`` equals ``value``; without a column: all rows. ``reason`` is a phrase for "who sees this, and why"."""

    column: str = ""
    value: Any = None
    reason: str = ""

    @property
    def q(self) -> Q:
        return Q(**{self.column: self.value}) if self.column else Q()

    def holds(self, row: Any) -> bool:
        """Whether a model instance lies in this branch."""
        return not self.column or getattr(row, self.column) == self.value


EVERYTHING = (Branch(reason="all"),)


def branches(ctx: Context, spec: ObjectSpec, verb: str = "read") -> tuple[Branch, ...]:
    """The rows of ``spec`` that ``verb`` reaches for this actor; ``()`` when none."""
    key = f"branches:{spec.name}:{verb}"
    if (held := ctx.notes.get(key)) is None:
        held = ctx.notes[key] = _branches(grants(ctx), spec, verb)
    return held  # type: ignore[no-any-return]


def _branches(held: Grants, spec: ObjectSpec, verb: str) -> tuple[Branch, ...]:
    reach = held.reach(spec.name, verb)
    if reach is Reach.NONE:
        return ()
    if reach is Reach.ALL or not isinstance(spec.policy, Owned):
        return EVERYTHING if reach is Reach.ALL or verb == "read" else ()
    found: list[Branch] = []
    if held.actor.user:
        found.append(Branch(spec.policy.owner, held.actor.user, "own"))
    if reach is Reach.TEAM:
        found.extend(Branch(spec.policy.team, team, "team") for team in held.actor.teams)
    return tuple(found)


def rows_q(ctx: Context, spec: ObjectSpec, verb: str = "read") -> Q:
    """All branches as one condition: for counts, aggregates and subqueries, where no order is wanted."""
    found = branches(ctx, spec, verb)
    if not found:
        return Q(pk__in=())
    by_column: dict[str, list[Any]] = {}
    for one in found:
        if not one.column:
            return Q()
        by_column.setdefault(one.column, []).append(one.value)
    whole = Q()
    for column, values in by_column.items():
        whole |= Q(**{f"{column}__in": values})
    return whole


def holds(ctx: Context, spec: ObjectSpec, verb: str, row: Any) -> bool:
    """Whether ``verb`` reaches this loaded row."""
    return any(one.holds(row) for one in branches(ctx, spec, verb))


def may(ctx: Context, spec: ObjectSpec, verb: str) -> bool:
    """Whether the actor may do this at all, on some rows."""
    return verb in spec.verbs and grants(ctx).reach(spec.name, verb) is not Reach.NONE
