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


class SearchTitle(models.Model):
    """A document without its text, on SQLite alone: a view that reads an index of just these columns
    (``engines.INSTALL``), so that the titles of a common word's documents come without their texts. A migration that
    makes the documents' table anew removes it before (``engines.remove``).
    """

    id = models.BigAutoField(primary_key=True)
    record = models.UUIDField()
    title_key = KeyColumn(max_length=200, default="")

    class Meta:
        managed = False
        db_table = "kith_search_title"
