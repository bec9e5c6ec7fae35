"""Whether a condition means the same whenever this actor asks it, so that its query may be kept (``prepared``).

It does not where it names a day by today's, a record by its title, free words, or an amount that a rate turns into
another; nor where a role's own condition stands among the actor's rights.
"""

from __future__ import annotations

import re
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.ids import identity
from kith.kernel.policy.rows import branches
from kith.kernel.query.operands import ME
from kith.kernel.query.tree import And, Is, Not, Or, Tree
from kith.kernel.schema.spec import ObjectSpec

PLAIN: Final = frozenset({Kind.TEXT, Kind.NUMBER, Kind.BOOL, Kind.ENUM, Kind.ENUMS})
MOMENTS: Final = frozenset({Kind.DATE, Kind.DATETIME})
_EXACT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?")


def lasting(ctx: Context, spec: ObjectSpec, tree: Tree) -> bool:
    """Whether the query of this condition may be kept for this actor and snapshot. When in doubt it may not."""
    if isinstance(tree, Not):
        return lasting(ctx, spec, tree.item)
    if isinstance(tree, And | Or):
        return all(lasting(ctx, spec, one) for one in tree.items)
    return isinstance(tree, Is) and _leaf(ctx, spec, tree)


def lasting_rights(ctx: Context, spec: ObjectSpec) -> bool:
    """Whether what the actor may read of an object follows from who they are alone."""
    return all(one.only is None for one in branches(ctx, spec))


def _leaf(ctx: Context, spec: ObjectSpec, leaf: Is) -> bool:
    *hops, last = leaf.field.split(".")
    for name in hops:
        field = spec.fields.get(name)
        target = ctx.schema.get(field.target) if field is not None else None
        if target is None or not lasting_rights(ctx, target):
            return False
        spec = target
    field = spec.fields.get(last)
    if field is None or field.type.parts or leaf.op == "within":
        return False
    values = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
    return all(one is None or one == "" or _plain(field, one) for one in values)


def _plain(field: Field, value: Any) -> bool:
    if field.target:
        return identity(value) is not None or (
            field.target == "users" and isinstance(value, str) and value.casefold() in ME
        )
    if field.type.kind in MOMENTS:
        return isinstance(value, str) and _EXACT.fullmatch(value) is not None
    return field.type.kind in PLAIN and isinstance(value, str | int | bool)
