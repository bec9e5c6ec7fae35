"""What the command line does to people and tokens. Each change is an event like any other, made by Kith itself."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from kith.app.words import _
from kith.kernel.accounts.context import system
from kith.kernel.accounts.models import Token, User
from kith.kernel.policy.models import Role
from kith.kernel.records.change import change
from kith.kernel.records.errors import Invalid
from kith.kernel.schema.load import bump

SOURCE = "command"
TOKEN_PREFIX = "kith_"  # noqa: S105  (public, so that scanners for leaked secrets know one)


class Refused(Exception):
    """It cannot be done; the message says why and what would do."""


def add(email: str, name: str, role: str, password: str, **more: str) -> User:
    """A new user with one role and a password. Raises :class:`Refused`."""
    held = Role.objects.filter(key=role, deleted_at=None).first()
    if held is None:
        keys = ", ".join(Role.objects.filter(deleted_at=None).order_by("key").values_list("key", flat=True))
        raise Refused(_("There is no role {role}. Use one of {roles}.").format(role=role, roles=keys))
    email = email.strip().lower()  # people type capitals, and must not become two users by it
    _check_password(password, User(email=email, name=name))
    ctx = system(SOURCE)
    try:
        with transaction.atomic():
            user: User = change(ctx, ctx.schema["users"], None, {"email": email, "name": name, **more}).record
            user.set_password(password)
            user.roles = [held.key]
            user.save(update_fields=["password", "roles"])
            bump()
    except Invalid as invalid:
        raise Refused(str(invalid)) from None
    return user


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
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def deactivate(user: User) -> None:
    """The user can no longer sign in; open sessions and tokens end with the next request. Records stay theirs."""
    ctx = system(SOURCE)
    with transaction.atomic():
        change(ctx, ctx.schema["users"], user.id, {"is_active": False})
        bump()


def reset_second_factors(user: User) -> int:
    """Forget authenticators, passkeys and recovery codes; returns how many there were."""
    from allauth.mfa.models import Authenticator

    count, _by_model = Authenticator.objects.filter(user=user).delete()
    return int(count)


def add_token(user: User, name: str, scope: str, objects: list[str]) -> str:
    """A new API token of that user; only its digest is kept, so this is the one time it can be read."""
    known = system(SOURCE).schema.objects
    if unknown := [one for one in objects if one not in known]:
        raise Refused(
            _("There is no object {name}. Use some of {names}.").format(name=unknown[0], names=", ".join(sorted(known)))
        )
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    Token.objects.create(user=user, name=name, digest=digest, scope=scope, objects_allowed=",".join(objects))
    return token


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Refused(" ".join(str(message) for message in weak.messages)) from None
