"""Passwords that somebody chooses by a link: an administrator's, or the one that "Forgot it?" sends.

Nothing of a link is kept. It holds a MAC over the user, the password, the address, the last sign-in, the record's
version and how many links were made; so it dies by its use, by a newer one, by signing in, and by any change of the
account.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kith.kernel.accounts.models import User

MINUTES: Final = 60
LONGEST: Final = 128


class Links(PasswordResetTokenGenerator):
    """Django's tokens, which also die when a newer one is made, when the account changes, and when it is closed."""

    def make_token(self, user: User) -> str:
        User.objects.filter(pk=user.pk).update(links_made=F("links_made") + 1)
        user.refresh_from_db(fields=["links_made"])
        return str(super().make_token(user))

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}|{user.links_made}|{user.version}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if user is None or not user.is_active or user.deleted_at is not None:
            return False
        return bool(super().check_token(user, token))


def link(user: User) -> str:
    """A link with which this user chooses a password, for :data:`MINUTES`; every earlier one is worthless from
    now on.
    """
    key = Links().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user.pk.hex, "key": key})
    return f"{settings.KITH_BASE_URL}{path}"


class AtMost:
    """A password validator: no longer than :data:`LONGEST` characters, since hashing a megabyte is work for nothing."""

    def __init__(self, max_length: int = LONGEST) -> None:
        self.most = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.most:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return ngettext("At most %(count)s character.", "At most %(count)s characters.", self.most) % {
            "count": self.most
        }


def complaints(password: str, user: User) -> list[str]:
    """What is wrong with this password for this user, in words; empty when it will do."""
    if not password:
        return [_("Choose a password")]
    try:
        validate_password(password, user)
    except ValidationError as weak:
        return [str(message) for message in weak.messages]
    return []
