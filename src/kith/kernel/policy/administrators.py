"""Somebody must be able to administer the workspace, or nobody could ever mend its rights again."""

from __future__ import annotations

from collections.abc import Iterable

from kith.kernel.accounts.models import User
from kith.kernel.policy.grants import ADMINISTER
from kith.kernel.policy.models import Role


def keys() -> set[str]:
    """The roles that administer, as the database stands in this transaction. One query."""
    rows = Role.objects.filter(deleted_at=None).values_list("key", "extra")
    return {key for key, extra in rows if ADMINISTER in extra}


def are_left(known: Iterable[str] | None = None) -> bool:
    """Whether an active user administers, as the database stands in this transaction. One query, and that of
    ``keys``.
    """
    wanted = keys() if known is None else set(known)
    held = User.objects.filter(is_active=True, deleted_at=None).values_list("roles", flat=True)
    return any(wanted.intersection(roles) for roles in held.iterator())
