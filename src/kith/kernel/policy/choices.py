"""The roles there are, offered as the choices of a user's ``roles``: rows of a table as part of the snapshot."""

from __future__ import annotations

from django.utils.translation import gettext

from kith.kernel.accounts.models import User
from kith.kernel.fields.base import Choice
from kith.kernel.policy.grants import SHIPPED
from kith.kernel.policy.models import Role
from kith.kernel.schema.registry import layer
from kith.kernel.schema.spec import ObjectSpec


class _Shipped:
    """The name of a shipped role in the reader's language, until somebody gives it another."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return gettext(self.name)


@layer
def roles_of_users(objects: dict[str, ObjectSpec]) -> None:
    """Put the roles into the ``roles`` field of whatever object stands for users."""
    users = next((spec for spec in objects.values() if spec.model is User), None)
    if users is None or "roles" not in users.fields:
        return
    rows = Role.objects.filter(deleted_at=None).order_by("title_key").values_list("key", "name")
    choices = tuple(Choice(key, _Shipped(name) if key in SHIPPED else name) for key, name in rows)
    objects[users.name] = users.with_(fields={**users.fields, "roles": users.fields["roles"].with_(choices=choices)})
