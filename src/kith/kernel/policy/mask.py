"""Which fields an actor may read and write. A hidden field does not exist: for filters, sorts, groups, search, export,
history.
"""

from __future__ import annotations

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy.grants import grants
from kith.kernel.schema.spec import ObjectSpec


def readable(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields of ``spec`` that this actor may read, by name, in the spec's order."""
    key = f"readable:{spec.name}"
    if (held := ctx.notes.get(key)) is None:
        held = ctx.notes[key] = {name: one for name, one in spec.fields.items() if _readable(ctx, spec, one)}
    return held


def writable(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields that this actor may write: readable (but for secrets), editable, and not masked."""
    key = f"writable:{spec.name}"
    if (held := ctx.notes.get(key)) is None:
        held = ctx.notes[key] = {name: one for name, one in spec.fields.items() if _writable(ctx, spec, one)}
    return held


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
