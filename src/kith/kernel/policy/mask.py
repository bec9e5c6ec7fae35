"""Which fields an actor may read and write. A hidden field does not exist: for filters, sorts, groups, search, export,
history.
"""

from __future__ import annotations

from collections.abc import Callable

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy.grants import MOST_WORKED_OUT, grants, worked_out
from kith.kernel.schema.memory import place
from kith.kernel.schema.spec import ObjectSpec


def readable(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields of ``spec`` that this actor may read, by name, in the spec's order."""
    return _fields(ctx, spec, "readable", _readable)


def writable(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields that this actor may write: readable (but for secrets), editable, and not masked."""
    return _fields(ctx, spec, "writable", _writable)


def _fields(
    ctx: Context, spec: ObjectSpec, what: str, test: Callable[[Context, ObjectSpec, Field], bool]
) -> dict[str, Field]:
    """Kept for all who hold the same roles: it follows from roles, a token's scope and the snapshot, not from the
    person.
    """
    actor = ctx.actor
    key = (ctx.schema.version, what, spec.name, actor.is_system, actor.roles, actor.scope, actor.objects)
    kept: tuple[ObjectSpec | None, dict[str, Field]] = worked_out.get(key, (None, {}))
    if kept[0] is not spec:
        store = place(worked_out)
        kept = store.get(key, (None, {}))
        if kept[0] is not spec:
            if len(store) > MOST_WORKED_OUT:
                store.clear()
            kept = store[key] = spec, {name: one for name, one in spec.fields.items() if test(ctx, spec, one)}
    return kept[1]


# A hidden last name hides the name that shows it, and a hidden name both of its parts: ``spec.kin``.


def _readable(ctx: Context, spec: ObjectSpec, field: Field) -> bool:
    return not any(_hidden(ctx, spec, one) for one in spec.kin[field.name])


def _writable(ctx: Context, spec: ObjectSpec, field: Field) -> bool:
    held = grants(ctx)
    return field.editable and all(
        not _hidden(ctx, spec, one, secret=False)
        and (not one.writable or held.has(one.writable))
        and held.mask(spec.name, one.name) == ""
        for one in spec.kin[field.name]
    )


def _hidden(ctx: Context, spec: ObjectSpec, field: Field, secret: bool = True) -> bool:
    held = grants(ctx)
    locked = bool(field.readable) and not held.has(field.readable)
    return locked or (secret and field.write_only) or held.mask(spec.name, field.name) == "hidden"
