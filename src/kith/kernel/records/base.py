"""The base of every business object's table, and the helper that keeps indexes and paging in step."""

from __future__ import annotations

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.external_keys import ExternalKeysField
from kith.kernel.fields.key_column import InOrder
from kith.kernel.fields.tags import TagsField
from kith.kernel.schema.kept import Kept


def keyset(*columns: str) -> models.Index:
    """An index that serves a list ordered by these columns: the id is added as the tie-break that ``page`` always uses.

    ``keyset("stage", "-updated_at")``. The name is made from the columns, so two objects never clash.
    """
    direction = "-" if columns[-1].startswith("-") else ""
    fields = [*columns, f"{direction}id"]
    digest = hashlib.sha256(" ".join(fields).encode()).hexdigest()[:8]
    return models.Index(fields=fields, name=f"%(class)s_{digest}")  # Django allows 30 letters


def text_index(column: str) -> models.Index:
    """An index that serves "is" and the order of a text column, both of which ignore case. MariaDB goes without."""
    return models.Index(InOrder(column), "id", name=f"%(class)s_{column}"[:30])


class Record(Kept):
    """A record that somebody owns. Columns common to all business objects; see ``Kept`` for the rest."""

    owner = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Owner"),
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Team"),
        db_index=False,
    )
    tags = TagsField(_("Tags"), default=list, blank=True)
    external_ids = ExternalKeysField()

    class Meta:
        abstract = True
        indexes = [
            keyset("title_key"),
            keyset("-updated_at"),
            keyset("owner", "title_key"),
            keyset("owner", "-updated_at"),
            keyset("team", "title_key"),
            keyset("team", "-updated_at"),
        ]


class CustomRecord(Record):
    """A record of any user-made object; ``object`` says of which. Its values lie in ``custom``, its name in a
    column.
    """

    object = models.CharField(max_length=60, editable=False)
    name = models.CharField(_("Name"), max_length=200)

    class Meta:
        app_label = "records"
        db_table = "kith_custom_record"
        indexes = [
            keyset("object", "title_key"),
            keyset("object", "-updated_at"),
            keyset("object", "owner", "title_key"),
            keyset("object", "owner", "-updated_at"),
            keyset("object", "team", "title_key"),
            keyset("object", "team", "-updated_at"),
        ]
