"""How Django and allauth sign people in here: the password hash, who may sign up (nobody), how often a password may be
tried, and second factors kept encrypted.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest

from kith.kernel.accounts import letters, limits, sessions
from kith.kernel.accounts.models import User
from kith.kernel.accounts.notes import USERS, by, note
from kith.kernel.outside import keys, mail


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: Django's 100 MiB would let four sign-ins at once fill a small
    machine.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class Backend(AuthenticationBackend):
    """allauth's, for which a person in the bin is nobody either."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(super().user_can_authenticate(user)) and user.deleted_at is None


class AccountAdapter(DefaultAccountAdapter):
    """People are invited; nobody makes an account by themselves. Every password that is looked at is counted and
    noted.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The other end of the connection as the server knows it; what a header says was weighed there (``peers``)."""
        return str(request.META.get("REMOTE_ADDR") or "")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before anything is looked at: first by the cache, which is cheap, then by the database, which
        lasts.
        """
        super().pre_authenticate(request, **credentials)
        self.taken = limits.password(_login(credentials), self.get_client_ip(request))
        if self.taken is None:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None and self.taken is not None:
            self.taken.give_back()
            limits.forgive_account(_login(credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One event for each password that was wrong. What was typed is not in it: it may be a password in the wrong
        box.
        """
        user = User.objects.filter(email__iexact=_login(credentials)).first()
        ctx = by(None, request_id=getattr(request, "request_id", ""))
        note(ctx, USERS, user.pk if user else None, "sign_in_failed", {"address": self.get_client_ip(request)})

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Whoever lies in the bin is told what a deactivated person is told."""
        if user.deleted_at is not None:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **more)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in: Django gives the session a new key, and its owner will find it in their list."""
        super().login(request, user)
        address = self.get_client_ip(request)
        sessions.begin(user, request.session.session_key or "", request.META.get("HTTP_USER_AGENT", ""), address)
        ctx = by(user, request_id=getattr(request, "request_id", ""))
        note(ctx, USERS, user.pk, "signed_in", {"address": address})

    def send_notification_mail(self, template_prefix: str, user: Any, context: Any = None, email: Any = None) -> None:
        """What happened to an account, as an event; and as a letter to its owner, where letters leave the house."""
        verb = HAPPENED.get(template_prefix)
        if verb is None:
            return
        address = self.get_client_ip(self.request)
        ctx = by(user, request_id=getattr(self.request, "request_id", ""))
        note(ctx, USERS, user.pk, verb, {"address": address})
        if mail.leaves():
            letters.tell.enqueue(ctx, user=str(user.pk), verb=verb, address=address)

    def add_message(self, *args: Any, **more: Any) -> None:
        """allauth's remarks ("Successfully signed in as …") say what everybody sees."""


HAPPENED = {
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/password_set": "password_changed",
    "mfa/email/totp_activated": "second_factor_added",
    "mfa/email/totp_deactivated": "second_factor_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}
"""What allauth tells of, as the verb of an event."""


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


class MFAAdapter(DefaultMFAAdapter):
    """allauth keeps second-factor seeds as they are; here they are encrypted under the secret key."""

    def encrypt(self, text: str) -> str:
        return keys.encrypt(text, "second factors")

    def decrypt(self, encrypted_text: str) -> str:
        return keys.decrypt(encrypted_text, "second factors")
