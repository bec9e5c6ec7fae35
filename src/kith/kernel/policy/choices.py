"""Roles and teams offered as the choices of fields: rows of tables as part of the snapshot."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kith.kernel.accounts.models import Invitation, Team, User
from kith.kernel.fields.base import Choice
from kith.kernel.policy.audiences import EVERYBODY
from kith.kernel.policy.grants import SHIPPED
from kith.kernel.policy.models import Role
from kith.kernel.schema.registry import layer
from kith.kernel.schema.spec import ObjectSpec, Owned


class _Shipped:
    """The name of a shipped role in the reader's language, until somebody gives it another."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return gettext(self.name)


@layer
def people_and_audiences(objects: dict[str, ObjectSpec]) -> None:
    """Put the roles into the ``roles`` field of whatever objects stand for users and for those who are to become some,
    and all audiences into the column that says with whom a record is shared. A query each.
    """
    roles = _roles()
    for spec in list(objects.values()):
        if spec.model in (User, Invitation) and "roles" in spec.fields:
            _offer(objects, spec, "roles", roles)
        if isinstance(spec.policy, Owned) and spec.policy.shared in spec.fields:
            _offer(objects, spec, spec.policy.shared, _audiences(roles))


def _offer(objects: dict[str, ObjectSpec], spec: ObjectSpec, name: str, choices: tuple[Choice, ...]) -> None:
    objects[spec.name] = spec.with_(fields={**spec.fields, name: spec.fields[name].with_(choices=choices)})


def _roles() -> tuple[Choice, ...]:
    rows = Role.objects.filter(deleted_at=None).order_by("title_key").values_list("key", "name")
    return tuple(Choice(key, _Shipped(name) if key in SHIPPED else name) for key, name in rows)


def _audiences(roles: tuple[Choice, ...]) -> tuple[Choice, ...]:
    teams = Team.objects.filter(deleted_at=None).order_by("title_key").values_list("pk", "name")
    return (
        Choice(EVERYBODY, _("Everybody")),
        *(Choice(f"team:{id}", name) for id, name in teams),
        *(Choice(f"role:{one.key}", one.label) for one in roles),
    )
