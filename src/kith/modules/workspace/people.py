"""Users and teams as objects, so that pages, API, history and rights come as for any other."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from kith.api import (
    ADMINISTER,
    Change,
    Complaint,
    Context,
    Invalid,
    ObjectSpec,
    Section,
    Shared,
    Team,
    User,
    _,
    administrators,
    by_email,
    members,
    register,
    teams_below,
)


@register
class Users(ObjectSpec):
    model = User
    name, one, label, icon = "users", "user", (_("User"), _("Users")), "user"
    title, subtitle, mark = "name", ("email",), "round"
    columns = "name email team roles is_active"
    sections = [Section(_("Person"), "name email team roles is_active"), Section(_("Locale"), "language time_zone")]
    search = {"name": "A", "email": "A"}
    policy = Shared(write=ADMINISTER)
    bumps = True
    menu = ""
    without = "password last_login preferences links_made"

    def check(self, change: Change) -> None:
        if change.changed("is_active") and not change.after["is_active"] and change.ctx.actor.user == change.id:
            change.refuse("is_active", _("You cannot close your own account. Ask another administrator."))
        other = by_email(change.ctx, change.after["email"]) if change.changed("email") else None
        if other is not None and other.id != change.id:
            change.refuse("email", _("Somebody with this address has an account already"), code="taken")
        zone = change.after.get("time_zone")
        if change.changed("time_zone") and zone and zone not in available_timezones():
            change.refuse("time_zone", _("Expected a time zone, as in Europe/Berlin"))

    def check_delete(self, change: Change) -> None:
        if change.ctx.actor.user == change.id:
            change.refuse("", _("You cannot delete your own account. Ask another administrator."))

    def settled(self, ctx: Context, changes: Sequence[Change]) -> None:
        """Whoever administered and now may not any more must leave somebody who does. Two queries, and only then."""
        weakened = [
            one
            for one in changes
            if one.before.get("is_active")
            and (one.verb == "deleted" or one.changed("roles") or one.changed("is_active"))
        ]
        if not weakened:
            return
        keys = administrators.keys()
        if any(keys.intersection(one.before.get("roles") or ()) for one in weakened) and not administrators.are_left(
            keys
        ):
            message = _(
                "Nobody would be left who may administer the workspace. Make somebody else an administrator first."
            )
            raise Invalid([Complaint("", "last_administrator", message)])


@register
class Teams(ObjectSpec):
    model = Team
    name, one, label, icon = "teams", "team", (_("Team"), _("Teams")), "users-group"
    title = "name"
    columns = "name parent"
    sections = [Section(_("Team"), "name parent")]
    policy = Shared(write=ADMINISTER)
    bumps = True
    menu = ""

    def check(self, change: Change) -> None:
        above = change.after.get("parent")
        if change.changed("parent") and (above == change.id or above in teams_below(change.ctx, change.id)):
            change.refuse("parent", _("A team cannot be part of itself or of a team below it."))

    def check_delete(self, change: Change) -> None:
        people, below = len(members(change.ctx, change.id)), len(teams_below(change.ctx, change.id))
        if people:
            change.refuse(
                "", _("%(count)s people are in this team. Move them to another one first.") % {"count": people}
            )
        if below:
            change.refuse("", _("%(count)s teams are part of this one. Move them first.") % {"count": below})

    def settled(self, ctx: Context, changes: Sequence[Change]) -> None:
        """Two teams that are put below each other in one go each look right on their own."""
        if not any(one.changed("parent") for one in changes):
            return
        above = dict(Team.objects.filter(deleted_at=None).values_list("pk", "parent_id"))
        for start in above:
            seen, here = {start}, above[start]
            while here is not None and here in above:
                if here in seen:
                    message = _("A team cannot be part of itself or of a team below it.")
                    raise Invalid([Complaint("parent", "loop", message)])
                seen.add(here)
                here = above[here]
