"""API tokens as objects: a person sees and revokes their own, an administrator everybody's. The secret is shown once,
elsewhere.
"""

from __future__ import annotations

from kith.api import ObjectSpec, Owned, Section, Token, _, register


@register
class Tokens(ObjectSpec):
    model = Token
    name, one, label, icon = "tokens", "token", (_("API token"), _("API tokens")), "key"
    title = "name"
    columns = "name user scope objects_allowed expires_at last_used_at"
    sections = [Section(_("Token"), "name user scope objects_allowed expires_at last_used_at")]
    policy = Owned(owner="user_id", team="")
    verbs = frozenset({"read", "update", "delete"})
    without = "digest"
    overrides = {
        "user": {"editable": False},
        "scope": {"editable": False},
        "objects_allowed": {"editable": False},
        "expires_at": {"editable": False},
    }
    menu = ""
