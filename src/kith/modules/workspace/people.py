"""Users and teams as objects, so that pages, API, history and rights come as for any other."""

from __future__ import annotations

from kith.api import ADMINISTER, ObjectSpec, Section, Shared, Team, User, _, register


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
    without = "password last_login preferences"


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
