"""What this surface keeps of its own: the answers to calls that carried an ``Idempotency-Key``."""

from __future__ import annotations

from django.db import models

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.ids import new_id


class IdempotentReply(models.Model):
    """One call under a key.

    Claimed in a commit of its own, so that a second call sees it run; settled in the transaction of its effect, so that
    effect and answer stand or fall together. ``claim`` fences: only its holder may settle the row. ``rights`` is a
    digest of what the caller could do then: the answer is theirs for as long as they can.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.UUIDField()
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, address and body
    rights = models.CharField(max_length=64, default="")
    claim = models.UUIDField()
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    done = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(default=0)
    headers = JSONColumn(default=dict)
    body = models.BinaryField(default=bytes)

    class Meta:
        db_table = "kith_idempotent_reply"
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
