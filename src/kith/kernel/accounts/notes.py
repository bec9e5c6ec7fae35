"""Events that no change of a record tells: somebody signed in, a password or a second factor changed, a link was made.

They stand in the history of the user like any other; what is secret is never in them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kith.kernel.accounts.context import ANONYMOUS, Actor, Context
from kith.kernel.accounts.models import User
from kith.kernel.events.handlers import wake
from kith.kernel.events.models import Event
from kith.kernel.events.record import event
from kith.kernel.schema.load import current

USERS: Final = "users"

PRIVATE: Final = frozenset(
    {
        "signed_in",
        "sign_in_failed",
        "code_failed",
        "password_changed",
        "password_link_made",
        "second_factor_added",
        "second_factor_removed",
        "second_factors_reset",
        "passkey_added",
        "passkey_removed",
        "recovery_codes_made",
    }
)
"""What happens to an account and is no change of the record: the business of its owner and of administrators alone."""


def note(
    ctx: Context, object: str, record: uuid.UUID | None, verb: str, payload: Mapping[str, Any] | None = None
) -> Event:
    """Write one event in the name of the context's actor. In a transaction it is part of it."""
    row = event(ctx, object, record, verb, dict(payload or {}), timezone.now())
    row.save(force_insert=True)
    transaction.on_commit(wake)
    return row


def by(user: User | None, *, request_id: str = "") -> Context:
    """A context without rights, to say who did something: that user, or nobody who is known."""
    actor = ANONYMOUS if user is None else Actor("user", user.pk, user.name, user.pk)
    return Context(actor, "web", current(), request_id)
