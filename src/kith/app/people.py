"""What the command line does to people and tokens. Each change is an event like any other, made by Kith itself."""

from __future__ import annotations

from typing import Any

from kith.app.words import _
from kith.kernel.accounts import tokens
from kith.kernel.accounts.context import system
from kith.kernel.accounts.models import User
from kith.kernel.people import care, joining
from kith.kernel.policy.models import Role
from kith.kernel.records.change import change
from kith.kernel.records.errors import Invalid

SOURCE = "command"


class Refused(Exception):
    """It cannot be done; the message says why and what would do."""


def add(email: str, name: str, role: str, password: str, **more: str) -> User:
    """A new user with one role and a password. Raises :class:`Refused`."""
    held = Role.objects.filter(key=role, deleted_at=None).first()
    if held is None:
        keys = ", ".join(Role.objects.filter(deleted_at=None).order_by("key").values_list("key", flat=True))
        raise Refused(_("There is no role {role}. Use one of {roles}.").format(role=role, roles=keys))
    try:
        return joining.make(system(SOURCE), {"email": email, "name": name, **more}, [held.key], password)
    except Invalid as invalid:
        raise _refused(invalid) from None


def find(email: str) -> User:
    """The user with that address, whatever its case."""
    try:
        return User.objects.get(email__iexact=email.strip(), deleted_at=None)
    except User.DoesNotExist:
        raise Refused(_("There is no user {email}. See: kith user list").format(email=email)) from None


def people() -> list[dict[str, Any]]:
    """All users by name, with their roles."""
    found = User.objects.filter(deleted_at=None).order_by("title_key")
    return [
        {
            "email": user.email,
            "name": user.name,
            "roles": sorted(user.roles),
            "active": user.is_active,
        }
        for user in found
    ]


def set_password(user: User, password: str) -> None:
    """A new password. It ends every session of that user, since sessions carry a digest of the password."""
    try:
        care.set_password(system(SOURCE), user, password)
    except Invalid as invalid:
        raise _refused(invalid) from None


def deactivate(user: User) -> None:
    """The user can no longer sign in; open sessions and tokens end with the next request. Records stay theirs."""
    ctx = system(SOURCE)
    try:
        change(ctx, ctx.schema["users"], user.id, {"is_active": False})
    except Invalid as invalid:
        raise _refused(invalid) from None


def reset_second_factors(user: User) -> int:
    """Forget authenticators, passkeys and recovery codes; returns how many there were."""
    return care.reset_factors(system(SOURCE), user.id)


def add_token(user: User, name: str, scope: str, objects: list[str]) -> str:
    """A new API token of that user; only its digest is kept, so this is the one time it can be read."""
    ctx = system(SOURCE)
    try:
        return tokens.make(ctx, user, name, scope, objects).secret
    except ValueError as unknown:
        names = ", ".join(sorted(ctx.schema.objects))
        raise Refused(_("There is no object {name}. Use some of {names}.").format(name=unknown, names=names)) from None


def _refused(invalid: Invalid) -> Refused:
    return Refused(" ".join(str(one.message) for one in invalid.complaints))
