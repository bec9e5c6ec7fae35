"""How somebody becomes a user who can sign in: the first administrator, an invitation, the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kith.kernel.accounts import invites, passwords, setup
from kith.kernel.accounts.context import Actor, Context, system
from kith.kernel.accounts.models import Invitation, Organisation, User
from kith.kernel.accounts.notes import USERS, note
from kith.kernel.kit.ids import new_id
from kith.kernel.people import company
from kith.kernel.records.change import change
from kith.kernel.records.errors import Complaint, Forbidden, Invalid
from kith.kernel.schema.load import current

ADMINISTRATOR = "administrator"


class LinkDead(Exception):
    """The link opens nothing: used, expired, replaced, withdrawn, or never made. Nobody is told which."""


def make(ctx: Context, values: Mapping[str, Any], roles: Sequence[str], password: str) -> User:
    """A new user with a password. ``ctx`` is Kith's own or an administrator's. Raises :class:`Invalid` with every
    complaint.

    Roles are part of the one change, so they are checked, and stand in its event, like any other value.
    """
    email = str(values.get("email") or "").strip().lower()  # people type capitals, and must not become two users by it
    weak = passwords.complaints(password, User(email=email, name=str(values.get("name") or "")))
    given = {name: value for name, value in values.items() if value not in (None, "")}
    with transaction.atomic():
        try:
            user: User = change(ctx, ctx.schema[USERS], None, {**given, "email": email, "roles": list(roles)}).record
        except Invalid as error:
            raise Invalid([*error.complaints, *_weak(weak)]) from None
        if weak:
            raise Invalid(_weak(weak))
        user.set_password(password)
        User.objects.filter(pk=user.pk).update(password=user.password)
    return user


def try_company(firm: Mapping[str, Any]) -> None:
    """Whether these would do as the company's settings; nothing is written. Raises :class:`Invalid`."""
    with transaction.atomic():
        ctx = system("setup")
        held = Organisation.objects.first()
        change(ctx, ctx.schema["organisation"], held.pk if held else None, dict(firm))
        transaction.set_rollback(True)


def first(firm: Mapping[str, Any], logo: bytes | None, person: Mapping[str, Any], password: str) -> User:
    """The company and its first administrator, once: whoever comes second is refused, even in the same moment.

    Raises :class:`LinkDead` when somebody was there before, :class:`Invalid` with every complaint about either.
    """
    with transaction.atomic():
        if not setup.needed():
            raise LinkDead
        batch = new_id()
        ctx = system("setup", batch=batch)
        user = make(ctx, person, [ADMINISTRATOR], password)
        ctx = system("setup", batch=batch)  # a user is part of the snapshot: a new one each time
        held = Organisation.objects.first()
        change(ctx, ctx.schema["organisation"], held.pk if held else None, dict(firm))
        if logo is not None:
            company.put_logo(system("setup", batch=batch), logo)
        if not setup.burn():
            raise LinkDead
    return user


def accept(token: str, name: str, password: str, language: str = "") -> User:
    """Make the user of an invitation, in that person's own name, and use the link up. All or nothing.

    Raises :class:`LinkDead` or :class:`Invalid`.
    """
    with transaction.atomic():
        held = invites.find(token, lock=True)
        if held is None:
            raise LinkDead
        ctx = Context(Actor("system", name=name[:150] or held.email), "invitation", current())
        values = {"email": held.email, "name": name, "language": language or held.language, "team": _team(ctx, held)}
        known = {one.key for one in ctx.schema[USERS].fields["roles"].choices}
        user = make(ctx, values, [key for key in held.roles if key in known], password)
        invites.use(held)
        note(Context(Actor("user", user.pk, user.name, user.pk), "web", current()), invites.OBJECT, held.pk, "accepted")
    return user


def link(ctx: Context, invitation: Invitation) -> str:
    """A fresh link of an invitation, for whoever may invite. Raises :class:`Forbidden`."""
    from kith.kernel.policy.rows import may

    if not may(ctx, ctx.schema[invites.OBJECT], "update"):
        raise Forbidden(_("Only who administers the workspace may invite."), "update")
    with transaction.atomic():
        return invites.link(ctx, invitation)


def in_the_name_of(ctx: Context) -> Context:
    """The same person, with the rights of Kith: for the few things that everybody may do to what is theirs."""
    return ctx.with_(actor=replace(ctx.actor, kind="system"))


def _team(ctx: Context, held: Invitation) -> str | None:
    """The team of the invitation, unless it went to the bin meanwhile."""
    from kith.kernel.accounts.directory import directory

    known = directory(ctx.schema.version).teams
    return str(held.team_id) if held.team_id in known else None


def _weak(messages: Sequence[str]) -> list[Complaint]:
    return [Complaint("password", "weak", one) for one in messages]
