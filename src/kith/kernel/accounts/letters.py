"""The letters about accounts, in the language of whoever gets them, and the jobs that send them.

A link is made by the job that mails it, so that it stands in no table; and asking for one takes as long for an address
that nobody has as for one that somebody has.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kith.kernel.accounts import invites, passwords
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.accounts.models import Invitation, User
from kith.kernel.accounts.notes import USERS, note
from kith.kernel.jobs.task import job
from kith.kernel.outside import mail
from kith.kernel.outside.mail import Letter

HAPPENED: Final[dict[str, Any]] = {
    "password_changed": gettext_lazy("Your password was changed."),
    "second_factor_added": gettext_lazy("An authenticator app was added to your account."),
    "second_factor_removed": gettext_lazy("A second factor was removed from your account."),
    "passkey_added": gettext_lazy("A passkey was added to your account."),
    "passkey_removed": gettext_lazy("A passkey was removed from your account."),
    "recovery_codes_made": gettext_lazy("New recovery codes were made for your account; the old ones work no more."),
    "second_factors_reset": gettext_lazy("An administrator removed the second factors of your account."),
}
"""What the owner of an account is told by mail, by the verb of the event."""


@job("accounts.invite", unique="id", retries=3)
def send_invitation(ctx: Context, _progress: Any, *, id: str) -> bool:
    """Mail the invitation's link. False when it was accepted or withdrawn meanwhile."""
    held = Invitation.objects.filter(pk=id, deleted_at=None, accepted_at=None).first()
    if held is None:
        return False
    with translation.override(_language(ctx, held.language)):
        with transaction.atomic():
            link = invites.link(ctx, held)
        mail.send(held.email, invitation(ctx, held, link))
    return True


def invitation(ctx: Context, held: Invitation, link: str) -> Letter:
    firm = directory(ctx.schema.version).company.name
    return Letter(
        _("%(who)s invites you to %(company)s on Kith") % {"who": ctx.actor.name, "company": firm},
        [
            _("Hello %(name)s,") % {"name": held.name} if held.name else _("Hello,"),
            _("%(who)s asks you to work with %(company)s on Kith. Follow the link and choose a password.")
            % {"who": ctx.actor.name, "company": firm},
        ],
        link,
        _("Accept the invitation"),
        _("The link works for %(count)s days and once.") % {"count": invites.DAYS},
    )


@job("accounts.password_link", retries=3)
def send_password_link(ctx: Context, _progress: Any, *, email: str) -> bool:
    """Mail a link for a new password, if there is somebody with this address who may sign in."""
    user = User.objects.filter(email__iexact=email.strip(), is_active=True, deleted_at=None).first()
    if user is None:
        return False
    with translation.override(_language(ctx, user.language)):
        link = passwords.link(user)
        note(ctx, USERS, user.pk, "password_link_made")
        mail.send(user.email, password_link(user, link))
    return True


def password_link(user: User, link: str) -> Letter:
    return Letter(
        _("A new password for Kith"),
        [_("Hello %(name)s,") % {"name": user.name}, _("Follow the link and choose a new password.")],
        link,
        _("Choose a new password"),
        _("The link works for an hour and once. If you did not ask for it, nothing happens: leave it be."),
    )


@job("accounts.tell", retries=3)
def tell(ctx: Context, _progress: Any, *, user: str, verb: str, address: str = "") -> bool:
    """Tell the owner of an account what happened to it."""
    held = User.objects.filter(pk=user).first()
    if held is None or verb not in HAPPENED:
        return False
    with translation.override(_language(ctx, held.language)):
        where = [_("It was done from the address %(address)s.") % {"address": address}] if address else []
        letter = Letter(
            _("Your Kith account"),
            [_("Hello %(name)s,") % {"name": held.name}, str(HAPPENED[verb]), *where],
            settings.KITH_BASE_URL + "/settings/security",
            _("Look at my account"),
            _("If it was not you, change your password and tell an administrator."),
        )
        mail.send(held.email, letter)
    return True


def trial(ctx: Context) -> Letter:
    """What "Send a test mail" sends."""
    firm = directory(ctx.schema.version).company.name
    return Letter(_("Test mail from Kith"), [_("Mail from %(company)s arrives.") % {"company": firm}])


def _language(ctx: Context, own: str) -> str:
    return own or directory(ctx.schema.version).company.language
