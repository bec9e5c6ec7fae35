"""Invitations as objects: who administers sees and makes them. The link is made elsewhere and shown or mailed once."""

from __future__ import annotations

from kith.api import ADMINISTER, Change, Invitation, ObjectSpec, Section, Shared, _, register


@register
class Invitations(ObjectSpec):
    model = Invitation
    name, one, label, icon = "invitations", "invitation", (_("Invitation"), _("Invitations")), "mail"
    title, subtitle = "name", ("email",)
    columns = "name email roles team created_by expires_at accepted_at"
    sections = [Section(_("Person"), "email name language"), Section(_("Access"), "team roles")]
    policy = Shared(read=ADMINISTER, write=ADMINISTER)
    verbs = frozenset({"create", "read", "update", "delete"})
    without = "digest"
    menu = ""

    def check(self, change: Change) -> None:
        if not change.is_new and change.record.accepted_at is not None:
            change.refuse("email", _("This invitation was accepted. Change the user instead."))
