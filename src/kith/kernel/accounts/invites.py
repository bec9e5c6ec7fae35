"""Invitations: a link by which somebody who was asked in becomes a user. Making the user is ``people.joining``'s.

The link names the invitation and carries 256 random bits. What is kept is a digest of those and of the address that was
invited, so that a copy of the database opens nothing, and a link to an address that was changed since is worthless.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.models import Invitation, User
from kith.kernel.accounts.notes import note

OBJECT: Final = "invitations"
DAYS: Final = 7


def link(ctx: Context, invitation: Invitation) -> str:
    """A fresh link, which works for :data:`DAYS`; an earlier one works no more. Its making is an event, the link is not
    in it.
    """
    secret = secrets.token_urlsafe(32)
    invitation.digest = _digest(secret, invitation.email)
    invitation.expires_at = timezone.now() + timedelta(days=DAYS)
    Invitation.objects.filter(pk=invitation.pk).update(digest=invitation.digest, expires_at=invitation.expires_at)
    note(ctx, OBJECT, invitation.pk, "link_made")
    return f"{settings.KITH_BASE_URL}/join/{invitation.pk.hex}-{secret}"


def find(token: str, *, lock: bool = False) -> Invitation | None:
    """The invitation that this token opens. Used, expired, replaced, withdrawn, of another address, or never made:
    ``None``.

    Looking does not use it up, since mail scanners look, too. ``lock`` keeps a second one out until the transaction
    ends.
    """
    number, _dash, secret = token.partition("-")
    try:
        id = uuid.UUID(hex=number)
    except ValueError:
        return None
    rows = Invitation.objects.select_for_update() if lock else Invitation.objects.all()
    held = rows.filter(pk=id, deleted_at=None, accepted_at=None, expires_at__gt=timezone.now()).first()
    if held is None or not hmac.compare_digest(held.digest, _digest(secret, held.email)):
        return None
    # Somebody got an account with this address in another way: whoever holds the link must not become a second one.
    return None if User.objects.filter(email__iexact=held.email).exists() else held


def use(invitation: Invitation) -> None:
    """It was accepted, and opens nothing any more."""
    invitation.accepted_at, invitation.digest = timezone.now(), ""
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=invitation.accepted_at, digest="")


def _digest(secret: str, email: str) -> str:
    return hashlib.sha256(f"{secret}\n{email.strip().casefold()}".encode()).hexdigest()
