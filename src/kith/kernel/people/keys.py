"""Who may make an API token: everybody for themselves, and none that may more than they do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts import tokens
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.models import User
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Complaint, Forbidden, Invalid
from kith.kernel.schema.spec import ObjectSpec


def may_administer(ctx: Context) -> bool:
    return grants(ctx).has(ADMINISTER)


def offered(ctx: Context) -> list[ObjectSpec]:
    """The objects that a token of this person can be narrowed to."""
    return [spec for spec in ctx.schema if may(ctx, spec, "read")]


def make(
    ctx: Context, name: str, scope: str = "read", objects: Iterable[str] = (), expires: datetime | None = None
) -> tokens.Made:
    """A token for the context's own user. A token makes no tokens. Raises :class:`Forbidden`, :class:`Invalid`."""
    if ctx.actor.kind != "user" or ctx.actor.user is None:
        raise Forbidden(_("Tokens are made by people, on this page."), "create")
    wanted = list(objects)
    wrong = []
    if not name.strip():
        wrong.append(Complaint("name", "required", _("Say what it is for")))
    if scope not in tokens.SCOPES or (scope == "admin" and not may_administer(ctx)):
        wrong.append(Complaint("scope", "too_wide", _("A token cannot do more than you can")))
    if set(wanted) - {spec.name for spec in offered(ctx)}:
        wrong.append(Complaint("objects", "unknown", _("There is no such object, or you may not see it")))
    if expires is not None and expires <= timezone.now():
        wrong.append(Complaint("expires_at", "past", _("Choose a day to come")))
    if wrong:
        raise Invalid(wrong)
    return tokens.make(ctx, User.objects.get(pk=ctx.actor.user), name.strip(), scope, wanted, expires)
