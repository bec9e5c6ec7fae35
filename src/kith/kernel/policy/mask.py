"""Which fields an actor may read and write. A hidden field does not exist: for filters, sorts, groups, search, export, history."""

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
    return held  # type: ignore[no-any-return]


def writable(ctx: Context, spec: ObjectSpec) -> dict[str, Field]:
    """The fields that this actor may write: readable (but for secrets), editable, and not masked."""
    key = f"writable:{spec.name}"
    if (held := ctx.notes.get(key)) is None:
        held = ctx.notes[key] = {name: one for name, one in spec.fields.items() if _writable(ctx, spec, one)}
    return held  # type: ignore[no-any-return]


def _readable(ctx: Context, spec: ObjectSpec, field: Field) -> bool:
    held = grants(ctx)
    return not field.write_only and (not field.readable or held.has(field.readable)) and held.mask(spec.name, field.name) != "hidden"


def _writable(ctx: Context, spec: ObjectSpec, field: Field) -> bool:
    held = grants(ctx)
    return (
        field.editable
        and (not field.readable or held.has(field.readable))
        and (not field.writable or held.has(field.writable))
        and held.mask(spec.name, field.name) == ""
    )
