"""Roles as data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.ids import new_id
from kith.kernel.schema.kept import Kept


def new_key() -> str:
    """The key of a role that a user made; it is stored with the users and never changes, whatever the role is
    called.
    """
    return f"r_{new_id().hex[-12:]}"


class Role(Kept):
    """A named set of rights. A user has the sum of their roles."""

    key = models.CharField(max_length=60, unique=True, editable=False, default=new_key)
    name = models.CharField(_("Name"), max_length=100)
    description = models.CharField(_("Description"), max_length=300, blank=True)
    rights = JSONColumn(_("Rights"), default=dict, blank=True)  # object or "*" -> verb -> none, own, team, all
    conditions = JSONColumn(
        _("Conditions"), default=dict, blank=True
    )  # object -> verb -> filter tree that narrows it further
    masks = JSONColumn(_("Hidden and fixed fields"), default=dict, blank=True)  # "contacts.phone" -> hidden or read
    extra = JSONColumn(
        _("Named rights"), default=list, blank=True
    )  # named rights: "sales.see_amounts", "workspace.administer"

    class Meta:
        db_table = "kith_role"

    def __str__(self) -> str:
        return self.name
