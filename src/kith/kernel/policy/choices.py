"""The roles there are, offered as the choices of a ``roles`` field: rows of a table as part of the snapshot."""

from __future__ import annotations

from django.utils.translation import gettext

from kith.kernel.accounts.models import Invitation, User
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
def roles_of_people(objects: dict[str, ObjectSpec]) -> None:
    """Put the roles into the ``roles`` field of whatever objects stand for users and for those who are to become
    some.
    """
    found = [spec for spec in objects.values() if spec.model in (User, Invitation) and "roles" in spec.fields]
    if not found:
        return
    choices = roles()
    for spec in found:
        objects[spec.name] = spec.with_(fields={**spec.fields, "roles": spec.fields["roles"].with_(choices=choices)})


def roles() -> tuple[Choice, ...]:
    """All roles by name. One query."""
    rows = Role.objects.filter(deleted_at=None).order_by("title_key").values_list("key", "name")
    return tuple(Choice(key, _Shipped(name) if key in SHIPPED else name) for key, name in rows)
