"""Jobs run as whoever asked for them, with the rights they have by then."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import SYSTEM, Actor, Context
from kith.kernel.accounts.directory import Directory, directory
from kith.kernel.accounts.models import Token
from kith.kernel.jobs.acting import Gone, Who, rebuilds
from kith.kernel.schema.load import current


@rebuilds
def context(who: Who) -> Context:
    """The context of a job. Raises :class:`Gone` when the user was deactivated or the token revoked since."""
    schema = current()
    return Context(_actor(who, directory(schema.version)), who.source, schema, who.request_id, who.locale)


def _actor(who: Who, people: Directory) -> Actor:
    if who.kind == "system":
        return replace(SYSTEM, depth=who.depth)
    if who.kind == "token":
        return _token(who, people)
    if who.kind == "user":
        return _user(who, people)
    # An automation, a plugin, a portal: no roles, so no rights, until whoever makes such actors says otherwise here.
    return Actor(who.kind, who.id, who.name, depth=who.depth)  # type: ignore[arg-type]


def _user(who: Who, people: Directory) -> Actor:
    actor = people.actor(who.user) if who.user else None
    if actor is None:
        raise Gone(_("%(name)s is no longer active") % {"name": who.name or _("The user")})
    return replace(actor, depth=who.depth)


def _token(who: Who, people: Directory) -> Actor:
    held = Token.objects.filter(pk=who.id, deleted_at=None).first() if who.id else None
    expired = held is not None and held.expires_at is not None and held.expires_at <= timezone.now()
    if held is None or expired:
        raise Gone(_("The token “%(name)s” is no longer valid") % {"name": who.name})
    user = _user(who, people)
    allowed = frozenset(word for one in held.objects_allowed.split(",") if (word := one.strip()))
    scope = cast(Literal["", "read", "write", "admin"], held.scope)
    return replace(user, kind="token", id=held.pk, name=who.name, scope=scope, objects=allowed)
