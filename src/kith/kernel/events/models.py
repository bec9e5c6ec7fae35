"""The event log."""

from __future__ import annotations

from django.db import models

from kith.kernel.kit.ids import new_id


class Event(models.Model):
    """One change of one record. Head and payload are apart, so that the payload can be blanked and the chain still
    holds.

    ``digest`` is SHA-256 over salt and payload, written by the writer; ``seq`` and ``chain`` are set once, after
    commit, by the sealer. A row without ``seq`` is committed but not yet sealed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seq = models.BigIntegerField(null=True, unique=True, editable=False)
    chain = models.CharField(max_length=64, default="", editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=150, default="")
    source = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64, default="")
    object = models.CharField(max_length=60)
    record = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    batch = models.UUIDField(null=True, db_index=True)
    undoes = models.UUIDField(null=True)
    digest = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=16, null=True)
    payload = models.BinaryField(null=True)

    class Meta:
        db_table = "kith_event"
        indexes = [
            models.Index(fields=["object", "record", "id"], name="event_record"),
            models.Index(fields=["seq", "id"], name="event_unsealed"),
            models.Index(fields=["object", "seq"], name="event_object_seq"),  # what changed since, for two-way sync
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.verb}"


class Seal(models.Model):
    """One row: how far the log is sealed, and the last link of the chain. Who seals must move it on from what they
    read.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "kith_event_seal"

    def __str__(self) -> str:
        return f"sealed to {self.seq}"


class Cursor(models.Model):
    """How far one handler has come."""

    name = models.CharField(max_length=100, primary_key=True)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "kith_event_cursor"

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"
