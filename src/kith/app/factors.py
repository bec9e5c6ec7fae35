"""The forms in which people type the codes of a second factor, and ask for a new password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kith.kernel.accounts import letters, limits
from kith.kernel.accounts.notes import USERS, by, note
from kith.kernel.outside import mail


class _Counted:
    """Codes are counted in the database, and each opens once: allauth counts in a cache that each process has for
    itself.
    """

    user: Any

    def clean_code(self) -> str:
        if limits.code(self.user.pk) is None:
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            code = str(super().clean_code())  # type: ignore[misc]
        except Exception:
            note(by(None), USERS, self.user.pk, "code_failed")
            raise
        if not limits.once(self.user.pk, "".join(code.split())):
            raise ValidationError(_("This code was used already. Wait for the next one."), code="used")
        limits.forgive_codes(self.user.pk)
        return code


class Authenticate(_Counted, AuthenticateForm):
    """At sign-in."""


class Reauthenticate(_Counted, ReauthenticateForm):
    """Before a change of how somebody signs in."""


class Activate(_Counted, ActivateTOTPForm):
    """The first code of a new authenticator; it cannot be used to sign in, too."""


class AskForLink(ResetPasswordForm):
    """The address is not looked up here but by the job, so the answer takes as long for one that nobody has."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def save(self, request: HttpRequest, **_more: Any) -> str:
        email = str(self.cleaned_data["email"])
        if mail.leaves():
            letters.send_password_link.enqueue(by(None, request_id=getattr(request, "request_id", "")), email=email)
        return email
