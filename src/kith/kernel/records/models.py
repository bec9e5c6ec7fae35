"""Tables shared by all objects: saved views, addresses, keys of other systems, links, facets of set-valued fields."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.ids import new_id
from kith.kernel.records.base import CustomRecord as CustomRecord  # Django finds models here
from kith.kernel.records.base import keyset
from kith.kernel.schema.kept import Kept


class KeyOfChoice(models.CharField[str, str]):
    """The key of a choice whose list the snapshot fills in."""

    kith_type = "choice"


class View(Kept):
    """A list as somebody saved it: what its address would carry. ``records.views`` reads them, a module declares them.

    ``filter`` is a tree as in the address, ``sort`` and ``columns`` names with commas; empty means as usual.
    """

    name = models.CharField(_("Name"), max_length=100)
    of = KeyOfChoice(_("Object"), max_length=60)
    filter = JSONColumn(_("Filter"), default=dict, blank=True)
    sort = models.CharField(_("Order"), max_length=400, blank=True)
    columns = models.CharField(_("Columns"), max_length=2000, blank=True)
    shared = KeyOfChoice(_("Shared with"), max_length=60, blank=True)
    owner = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Owner"),
        db_index=False,
    )

    class Meta:
        db_table = "kith_view"
        indexes = [
            keyset("title_key"),
            keyset("owner", "title_key"),
            keyset("shared", "title_key"),
            models.Index(fields=["of"], name="view_of"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPoint(models.Model):
    """One e-mail address, phone number or messenger name of a record. ``key`` is the normal form by which it is
    found.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.CharField(max_length=60)
    record = models.UUIDField()
    field = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)  # "email", "phone"
    use = models.CharField(max_length=20, default="", blank=True)  # "work", "home", "mobile", as the user says
    value = models.CharField(max_length=320)
    key = models.CharField(max_length=320)
    primary = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="", blank=True)  # "", "bounced", "opted_out"
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "kith_contact_point"
        indexes = [
            models.Index(fields=["kind", "key"], name="point_key"),
            models.Index(fields=["object", "record"], name="point_record"),
        ]


class ExternalKey(models.Model):
    """The key of a record in another system. Unique, so that a second import updates instead of doubling."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    system = models.CharField(max_length=60)
    object = models.CharField(max_length=60)
    key = models.CharField(max_length=190)
    record = models.UUIDField()

    class Meta:
        db_table = "kith_external_key"
        constraints = [models.UniqueConstraint(fields=["system", "object", "key"], name="external_key_once")]
        indexes = [models.Index(fields=["object", "record"], name="external_key_record")]


class Link(models.Model):
    """A reference out of a field that may hold several, with attributes of its own (role, from, to)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.CharField(max_length=60)
    record = models.UUIDField()
    field = models.CharField(max_length=60)
    to_object = models.CharField(max_length=60)
    to_record = models.UUIDField()
    attributes = JSONColumn(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "kith_link"
        indexes = [
            models.Index(fields=["object", "record"], name="link_from"),
            models.Index(fields=["to_object", "to_record", "object"], name="link_to"),
        ]


class Facet(models.Model):
    """One value of a set-valued field (tags, several choices) of one record, so that "has" is an index look-up on every
    database.

    Derived from the column of the field; ``kith rebuild indexes`` writes it anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=120)
    record = models.UUIDField()

    class Meta:
        db_table = "kith_facet"
        indexes = [
            models.Index(fields=["object", "field", "value", "record"], name="facet_value"),
            models.Index(fields=["record", "field"], name="facet_record"),
        ]


class SampleMark(models.Model):
    """A record of the sample company. Derived from the event log, where its source stands."""

    record = models.UUIDField(primary_key=True, editable=False)
    object = models.CharField(max_length=60)

    class Meta:
        db_table = "kith_sample_mark"
        indexes = [models.Index(fields=["object", "record"], name="sample_mark_object")]


class Sequence(models.Model):
    """The last number given to records of one object by one auto-number field, for each prefix ("Q-2026-") anew."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    prefix = models.CharField(max_length=30, default="", blank=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "kith_sequence"
        constraints = [models.UniqueConstraint(fields=["object", "field", "prefix"], name="sequence_once")]


class UniqueKey(models.Model):
    """A value that only one living record may hold: uniqueness for user-made fields, and for shipped ones beside the
    bin.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    key = models.CharField(max_length=190)
    record = models.UUIDField()

    class Meta:
        db_table = "kith_unique_key"
        constraints = [models.UniqueConstraint(fields=["object", "field", "key"], name="unique_key_once")]
        indexes = [models.Index(fields=["record", "field"], name="unique_key_record")]
