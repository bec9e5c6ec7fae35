"""Which rows a verb reaches, as a list of branches: each an equality on an indexed column.

``page.py`` reads one keyset page per branch and merges them; the same rule as one OR took 495 ms on a million rows of
PostgreSQL where the branches take 0.2 to 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from kith.kernel.accounts.context import Context
from kith.kernel.policy.audiences import audiences
from kith.kernel.policy.conditions import condition
from kith.kernel.policy.grants import READ_VERBS, Grants, Reach, RoleRights, grants
from kith.kernel.schema.spec import ObjectSpec, Owned, Shared


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows whose ``column`` equals ``value`` (without a column: all rows) and that meet the role's condition ``only``.

    ``reason`` and ``role`` say why, for "who can see this".
    """

    column: str = ""
    value: Any = None
    reason: str = ""
    role: str = ""
    only: Q | None = None

    @property
    def q(self) -> Q:
        mine = Q(**{self.column: self.value}) if self.column else Q()
        return mine if self.only is None else mine & self.only

    def holds(self, row: Any) -> bool:
        """Whether a row lies in this branch; a role's condition is asked of the database, where the row must stand by
        then.
        """
        if self.column and getattr(row, self.column) != self.value:
            return False
        return self.only is None or type(row)._default_manager.filter(self.only, pk=row.pk).exists()


SYSTEM: Final = (Branch(reason="system"),)


def branches(ctx: Context, spec: ObjectSpec, verb: str = "read") -> tuple[Branch, ...]:
    """The rows of ``spec`` that ``verb`` reaches for this actor; ``()`` when none."""
    key = f"branches:{spec.name}:{verb}"
    if (held := ctx.notes.get(key)) is None:
        held = ctx.notes[key] = _branches(ctx, grants(ctx), spec, verb)
    return held


def _branches(ctx: Context, held: Grants, spec: ObjectSpec, verb: str) -> tuple[Branch, ...]:
    if held.actor.is_system:
        return SYSTEM
    if not may(ctx, spec, verb):
        return ()
    found: dict[tuple[str, Any, str], Branch] = {}
    for role in held.roles:
        for one in _of_role(ctx, held, role, spec, verb):
            if not one.column and one.only is None:
                return (one,)  # nothing is wider than everything
            # the role stands for its condition: a condition that hops holds a query, which writing it out would run
            found.setdefault((one.column, one.value, role.key if one.only is not None else ""), one)
    return tuple(found.values())


def _of_role(ctx: Context, held: Grants, role: RoleRights, spec: ObjectSpec, verb: str) -> Iterator[Branch]:
    reach = held.of_role(role, spec.name, verb)
    if reach is Reach.NONE:
        return
    only = condition(ctx, spec, role, verb)
    if reach is Reach.ALL or (isinstance(spec.policy, Shared) and (verb in READ_VERBS or spec.policy.write)):
        yield Branch("", None, "all", role.key, only)
    elif isinstance(spec.policy, Owned):
        if held.actor.user:
            yield Branch(spec.policy.owner, held.actor.user, "own", role.key, only)
        if reach is Reach.TEAM and spec.policy.team:
            for team in held.actor.teams:
                yield Branch(spec.policy.team, team, "team", role.key, only)
        if spec.policy.shared and verb in READ_VERBS:
            for audience in audiences(ctx):
                yield Branch(spec.policy.shared, audience, "shared", role.key, only)


def rows_q(ctx: Context, spec: ObjectSpec, verb: str = "read") -> Q:
    """All branches as one condition: for counts, aggregates and subqueries, where no order is wanted."""
    found = branches(ctx, spec, verb)
    if not found:
        return Q(pk__in=())
    by_column: dict[str, list[Any]] = {}
    whole = Q()
    for one in found:
        if not one.column and one.only is None:
            return Q()
        if one.only is None:
            by_column.setdefault(one.column, []).append(one.value)
        else:
            whole |= one.q
    for column, values in by_column.items():
        whole |= Q(**{f"{column}__in": values})
    return whole


def holds(ctx: Context, spec: ObjectSpec, verb: str, row: Any) -> bool:
    """Whether ``verb`` reaches this loaded row."""
    return any(one.holds(row) for one in branches(ctx, spec, verb))


def may(ctx: Context, spec: ObjectSpec, verb: str) -> bool:
    """Whether the actor may do this at all, on some rows."""
    held = grants(ctx)
    if isinstance(spec.policy, Shared):
        right = spec.policy.read if verb in READ_VERBS else spec.policy.write
        if right and not held.has(right):
            return False
    return verb in spec.verbs and held.reach(spec.name, verb) is not Reach.NONE
