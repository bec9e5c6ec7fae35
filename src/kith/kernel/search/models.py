"""The search documents. Derived: ``kith rebuild search`` writes them anew."""

from __future__ import annotations

from django.db import models

from kith.kernel.fields.key_column import KeyColumn


class SearchDoc(models.Model):
    """The words of one record, as tokens with spaces between; owner, team and object are among them (``tokens.scope``).

    The integer id is the row of the full-text index, and makes "the newest first" cheap.
    """

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    record = models.UUIDField()
    title_key = KeyColumn(max_length=200, default="")
    body = models.TextField()

    class Meta:
        db_table = "kith_search_doc"
        constraints = [models.UniqueConstraint(fields=["object", "record"], name="search_doc_once")]
        indexes = [models.Index(fields=["object", "title_key"], name="search_title")]
