"""Somebody must be able to administer the workspace, or nobody could ever mend its rights again."""

from __future__ import annotations

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.accounts.models import User
from kith.kernel.policy.grants import ADMINISTER, roles_at
from kith.kernel.policy.models import Role


def were_there(ctx: Context) -> bool:
    """Whether anybody administered when the context began; a fresh installation has nobody yet. No query."""
    keys = {key for key, role in roles_at(ctx.schema.version).items() if ADMINISTER in role.extra}
    people = directory(ctx.schema.version).people.values()
    return any(one.active and keys.intersection(one.roles) for one in people)


def are_left() -> bool:
    """Whether an active user administers, as the database stands in this transaction. Two queries."""
    rows = Role.objects.filter(deleted_at=None).values_list("key", "extra")
    keys = {key for key, extra in rows if ADMINISTER in extra}
    held = User.objects.filter(is_active=True, deleted_at=None).values_list("roles", flat=True)
    return any(keys.intersection(roles) for roles in held.iterator())
