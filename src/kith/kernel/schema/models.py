"""The schema as data: its version, and what users have added to it or said differently."""

from __future__ import annotations

from django.db import models

from kith.kernel.fields.json_column import JSONColumn


class SchemaVersion(models.Model):
    """One row: the number of the snapshot in force. Whoever changes the schema adds one, and every process follows."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    n = models.PositiveBigIntegerField(default=1)

    class Meta:
        db_table = "kith_schema_version"


class CustomObject(models.Model):
    """An object that a user made. Its records lie in ``CustomRecord``; its fields are ``CustomField`` rows."""

    name = models.CharField(max_length=60, unique=True)  # "x_sites": as in the URL, immutable
    one = models.CharField(max_length=60)
    labels = JSONColumn(default=dict)  # {"one": {"en": …, "zh-hans": …}, "many": {…}}
    icon = models.CharField(max_length=60, default="circle-dashed")
    owned = models.BooleanField(default=True)
    columns = JSONColumn(default=list)
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kith_custom_object"
        ordering = ["position", "id"]


class CustomField(models.Model):
    """A field that a user made. Values are kept under ``f<id>``, which never changes: a rename writes no record.

    A change of type makes a new row and leaves the old one, with all its values, in ``deleted_at``: nothing can be
    lost.
    """

    object = models.CharField(max_length=60)
    name = models.CharField(max_length=60)  # "x_region": as in the API
    type = models.CharField(max_length=40)
    labels = JSONColumn(default=dict)
    help = JSONColumn(default=dict)
    options = JSONColumn(default=dict)
    choices = JSONColumn(default=list)  # [{"key", "labels", "hue", "active"}]
    target = models.CharField(max_length=60, default="", blank=True)
    required = models.BooleanField(default=False)
    unique = models.BooleanField(default=False)
    readable = models.CharField(max_length=60, default="", blank=True)
    section = models.CharField(max_length=60, default="", blank=True)
    position = models.PositiveIntegerField(default=0)
    promoted = models.BooleanField(default=False)  # has an accelerator index
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kith_custom_field"
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["object", "name"], name="custom_field_name")]

    @property
    def key(self) -> str:
        """The immutable key under which values lie in the JSON column."""
        return f"f{self.pk}"


class Override(models.Model):
    """What a user says differently of a shipped object (``field`` is "") or of one of its fields."""

    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60, default="", blank=True)
    labels = JSONColumn(default=dict)
    help = JSONColumn(default=dict)
    choices = JSONColumn(default=list)
    values = JSONColumn(default=dict)  # required, hidden, columns, icon

    class Meta:
        db_table = "kith_override"
        constraints = [models.UniqueConstraint(fields=["object", "field"], name="override_once")]
