"""Rights while something long goes on: whoever loses one between two pages or chunks has lost it from then on."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.jobs import acting
from kith.kernel.jobs.acting import Gone
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Forbidden
from kith.kernel.schema import load
from kith.kernel.schema.spec import ObjectSpec


def today(ctx: Context) -> Context:
    """The same actor with the rights of now, where anything has changed since; one query. Raises :class:`Gone`."""
    if load.version() == ctx.schema.version:
        return ctx
    if ctx.actor.is_system:
        return ctx.with_(schema=load.current())
    fresh = acting.context(acting.who(ctx).dump())
    if not isinstance(fresh, Context):
        raise Gone(_("The user is no longer active"))
    return fresh.with_(batch=ctx.batch, source=ctx.source)


def still(ctx: Context, spec: ObjectSpec, verb: str, fields: Sequence[Field] = ()) -> Context:
    """The rights of now, if they still hold the verb and these fields. Raises :class:`Forbidden` or :class:`Gone`."""
    fresh = today(ctx)
    if fresh is ctx:
        return ctx
    here = fresh.schema.get(spec.name)
    known = mask.readable(fresh, here) if here is not None and may(fresh, here, verb) else None
    if known is None or any(one.name not in known for one in fields):
        raise Forbidden(_("Your rights have changed in the meantime"), verb)
    return fresh
