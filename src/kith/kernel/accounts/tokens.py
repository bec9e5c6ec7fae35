"""API tokens: made here, whoever asks for one. The secret is given back once; only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.models import Token, User
from kith.kernel.accounts.notes import note
from kith.kernel.kit.text import title_key

PREFIX: Final = "kith_"  # public, so that scanners for leaked secrets know one
OBJECT: Final = "tokens"
SCOPES: Final = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Made:
    """A new token and its secret, which nobody can read again."""

    token: Token
    secret: str


def digest(secret: str) -> str:
    """What is kept of a secret. It is random and long, so one round of SHA-256 cannot be reversed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(
    ctx: Context,
    user: User,
    name: str,
    scope: str = "read",
    objects: Iterable[str] = (),
    expires: datetime | None = None,
) -> Made:
    """A token that acts for ``user``, and its event, made in the name of the context's actor.

    Whether that actor may is asked a floor above (``people.keys``); here the values only have to be possible. Raises
    ``ValueError`` for an unknown scope or object.
    """
    wanted = tuple(dict.fromkeys(objects))
    if scope not in SCOPES:
        raise ValueError(scope)
    if unknown := [one for one in wanted if ctx.schema.get(one) is None]:
        raise ValueError(unknown[0])
    secret = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        token = Token.objects.create(
            user=user,
            name=name[:100],
            title_key=title_key(name[:100]),
            digest=digest(secret),
            scope=scope,
            objects_allowed=",".join(wanted),
            expires_at=expires,
            created_at=now,
            updated_at=now,
            created_by_id=ctx.actor.user,
        )
        note(ctx, OBJECT, token.pk, "created", _payload(ctx, token))
    return Made(token, secret)


def _payload(ctx: Context, token: Token) -> dict[str, Any]:
    """The event's: the visible fields in wire form, as a change would have told them."""
    spec = ctx.schema.get(OBJECT)
    diff: dict[str, list[Any]] = {}
    for name in ("user", "name", "scope", "objects_allowed", "expires_at"):
        here = spec.fields.get(name) if spec else None
        if here is None:
            continue
        value = here.store.load(here, [getattr(token, column) for column in here.store.columns])
        if not here.type.empty(value):
            diff[name] = [None, here.type.dump(here, value)]
    return {"diff": diff, "title": token.name, "version": token.version}
