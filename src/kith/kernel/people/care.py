"""What an administrator does for somebody who cannot get in: a link for a new password, second factors taken away."""

from __future__ import annotations

import uuid

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from kith.kernel.accounts import letters, limits, passwords
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.models import User
from kith.kernel.accounts.notes import USERS, note
from kith.kernel.outside import mail
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import read
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound


def password_link(ctx: Context, id: uuid.UUID) -> str:
    """A link with which that user chooses a password, for an hour and once. Raises :class:`Forbidden`,
    :class:`NotFound`.
    """
    user = _user(ctx, id)
    if not user.is_active:
        raise Invalid(
            [Complaint("", "inactive", _("%(name)s cannot sign in. Activate the account first.") % _named(user))]
        )
    with transaction.atomic():
        link = passwords.link(user)
        note(ctx, USERS, user.pk, "password_link_made")
    limits.forgive_account(user.email)
    return link


def set_password(ctx: Context, user: User, password: str) -> None:
    """A new password, for the command line. It ends every session of that user. Raises :class:`Invalid`."""
    if weak := passwords.complaints(password, user):
        raise Invalid([Complaint("password", "weak", one) for one in weak])
    with transaction.atomic():
        user.set_password(password)
        User.objects.filter(pk=user.pk).update(password=user.password)
        note(ctx, USERS, user.pk, "password_changed")
    limits.forgive_account(user.email)


def reset_factors(ctx: Context, id: uuid.UUID) -> int:
    """Take away authenticator, passkeys and recovery codes; how many there were. The owner is told by mail."""
    user = _user(ctx, id)
    with transaction.atomic():
        count, _by_model = Authenticator.objects.filter(user=user).delete()
        if count:
            note(ctx, USERS, user.pk, "second_factors_reset")
            if mail.leaves():
                letters.tell.enqueue(ctx, user=str(user.pk), verb="second_factors_reset")
    limits.forgive_codes(user.pk)
    return int(count)


def with_second_factor(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these users have a second factor."""
    rows = Authenticator.objects.filter(user_id__in=ids).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))


def _user(ctx: Context, id: uuid.UUID) -> User:
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(_("Only who administers the workspace may do this."), "update")
    if not read.ids(ctx, ctx.schema[USERS], [id]):
        raise NotFound(USERS, id)
    return User.objects.get(pk=id)


def _named(user: User) -> dict[str, str]:
    return {"name": user.name}
