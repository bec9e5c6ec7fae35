"""The columns that every stored object has, users and teams included. Abstract; ``records.base.Record`` adds owner and
team.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.fields.key_column import KeyColumn
from kith.kernel.kit.ids import new_id


class Kept(models.Model):
    """Identity, version, bin and custom values of a record. Times and the version are written by ``records.change``
    alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(_("Created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("Created by"),
        db_index=False,
    )
    updated_at = models.DateTimeField(_("Updated"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(_("Version"), default=1, editable=False)
    deleted_at = models.DateTimeField(_("Deleted"), null=True, blank=True, editable=False)
    title_key = KeyColumn(max_length=200, default="", editable=False)
    custom = JSONColumn(default=dict, editable=False)
    derived = JSONColumn(default=dict, editable=False)

    composites: ClassVar[dict[str, Any]] = {}

    class Meta:
        abstract = True
