"""Actions that a spec declares: which of them a record offers to whom, and carrying one out.

An action names values and the write path does the rest, so that history, undo and rights are those of any other change.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.policy.rows import holds, may
from kith.kernel.records.change import Change, change
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import Action, ObjectSpec


def offered(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> list[Action]:
    """The actions that this actor may take on this record as it is now, in the order of the spec.

    One query where the spec declares actions, none where it does not. A record in the bin offers nothing.
    """
    allowed = [one for one in spec.actions if may(ctx, spec, one.right)]
    record = living(spec).filter(pk=id).first() if allowed else None
    if record is None or not holds(ctx, spec, "read", record):
        return []
    reached = [one for one in allowed if holds(ctx, spec, one.right, record)]
    shown = _shown(ctx, spec, record)
    return [one for one in reached if one.when is None or one.when(shown)]


def act(ctx: Context, spec: ObjectSpec, id: uuid.UUID, name: str) -> Change:
    """Carry out one action.

    Raises :class:`NotFound` for an unknown action and a record that may not be seen, :class:`Forbidden`,
    :class:`Invalid` when the action is not offered now, and whatever the write path says of the values.
    """
    action = next((one for one in spec.actions if one.name == name), None)
    record = living(spec).filter(pk=id).first() if action is not None else None
    if action is None or record is None or not holds(ctx, spec, "read", record):
        raise NotFound(spec.name, id)
    if not may(ctx, spec, action.right) or not holds(ctx, spec, action.right, record):
        raise Forbidden(verb=action.right)
    version = record.version
    shown = _shown(ctx, spec, record)
    if action.when is not None and not action.when(shown):
        message = _("“%(action)s” cannot be done with this record as it is.") % {"action": action.label}
        raise Invalid([Complaint("", "not_now", message)])
    values = {
        field: one.pk if isinstance(one, Model) else one for field, one in (getattr(spec, name)(shown) or {}).items()
    }
    return change(ctx, spec, id, values, expect=version)  # what the action decided on must still be so


def _shown(ctx: Context, spec: ObjectSpec, record: Any) -> Any:
    """The record without what is hidden from the actor: whether an action is offered must not tell it."""
    readable = mask.readable(ctx, spec)
    columns = {column for name, one in spec.fields.items() if name not in readable for column in one.store.columns}
    shown = {column for one in readable.values() for column in one.store.columns}
    for column in columns - shown:
        if hasattr(record, column):
            setattr(record, column, None)
    return record
