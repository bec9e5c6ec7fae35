"""Roles as data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.schema.kept import Kept


class Role(Kept):
    """A named set of rights. A user has the sum of their roles."""

    key = models.CharField(max_length=60, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=100)
    description = models.CharField(_("Description"), max_length=300, blank=True)
    rights = JSONColumn(default=dict, blank=True, editable=False)  # object or "*" -> verb -> none, own, team, all
    conditions = JSONColumn(default=dict, blank=True, editable=False)  # object -> verb -> filter tree that narrows it further
    masks = JSONColumn(default=dict, blank=True, editable=False)  # "contacts.phone" -> hidden or read
    extra = JSONColumn(default=list, blank=True, editable=False)  # named rights: "sales.see_amounts", "workspace.administer"

    class Meta:
        db_table = "kith_role"

    def __str__(self) -> str:
        return self.name
