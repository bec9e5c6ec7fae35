"""Saved views as objects: a list kept under a name, one's own or shared with others."""

from __future__ import annotations

from kith.api import Change, ObjectSpec, Owned, Section, View, _, register, said, view_problems


@register
class Views(ObjectSpec):
    model = View
    name, one, label, icon = "views", "view", (_("Saved view"), _("Saved views")), "list-details"
    title = "name"
    columns = "name of shared owner updated_at"
    sections = [Section(_("View"), "name of shared owner"), Section(_("What it shows"), "filter sort columns")]
    policy = Owned(team="", shared="shared")
    menu = ""

    def check(self, change: Change) -> None:
        """A view that its owner cannot open helps nobody; the rights of its readers are asked when they open it."""
        if change.diff.keys() & {"of", "filter", "sort", "columns"}:
            for name, error in view_problems(change.ctx, change.after):
                if change.changed(name) or change.changed("of"):
                    change.refuse(name, said(error), error.code)
