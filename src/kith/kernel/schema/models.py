"""The schema as data: its version, and what users have added to it."""

from __future__ import annotations

from django.db import models


class SchemaVersion(models.Model):
    """One row: the number of the snapshot in force. Whoever changes the schema adds one, and every process follows."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    n = models.PositiveBigIntegerField(default=1)

    class Meta:
        db_table = "kith_schema_version"
