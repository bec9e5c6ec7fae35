"""An import as rows: the job, its files, the ledger of what became of each row, and the rows that need a person."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.ids import new_id


class State(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", _("Uploaded")
    MAPPED = "mapped", _("Mapped")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Outcome(models.TextChoices):
    """What became of one row; one letter in the ledger."""

    CREATED = "c", _("Created")
    RESTORED = "r", _("Brought back")
    UPDATED = "u", _("Updated")
    UNCHANGED = "n", _("Unchanged")
    SKIPPED = "s", _("Skipped")
    FAILED = "f", _("Failed")


class Import(models.Model):
    """One import of one or several files, run in the name of ``actor``. ``batch`` ties all its events to one undo."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.UUIDField(null=True)
    actor = JSONColumn(default=dict)  # who asked, never what they may do
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    batch = models.UUIDField(default=new_id)
    wish = models.CharField(max_length=10, default="", blank=True)  # "pause" or "cancel": heard between two chunks
    error = models.CharField(max_length=500, default="", blank=True)
    undone_to = models.UUIDField(null=True)  # the event that was taken back last
    kept = models.PositiveIntegerField(default=0)  # records that an undo left, since people changed them
    kept_records = JSONColumn(default=list)  # the first of them
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kith_import"
        indexes = [models.Index(fields=["user", "created_at"], name="import_of_user")]

    def __str__(self) -> str:
        return f"import {self.id} ({self.state})"


class ImportFile(models.Model):
    """One table of an import. ``cursor`` counts the rows that are done, in the transaction that did them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(Import, models.CASCADE, related_name="files", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=500)
    size = models.BigIntegerField(default=0)
    refused = models.CharField(max_length=500, default="", blank=True)  # why this file cannot be read at all
    layout = JSONColumn(default=dict)
    survey = JSONColumn(default=dict)
    mapping = JSONColumn(default=dict)
    guesses = JSONColumn(default=list)
    warnings = JSONColumn(default=list)
    checked = JSONColumn(default=dict)  # the counts of the dry run, and a few changes as they will look
    counts = JSONColumn(default=dict)
    rows = models.PositiveBigIntegerField(default=0)
    cursor = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "kith_import_file"
        indexes = [models.Index(fields=["job", "position"], name="import_file_order")]

    def __str__(self) -> str:
        return self.name


class ImportChunk(models.Model):
    """The ledger: for each row of a chunk its number (4 bytes), its outcome (1) and its record (16)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    entries = models.BinaryField()

    class Meta:
        db_table = "kith_import_chunk"
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="import_chunk_once")]

    def __str__(self) -> str:
        return f"chunk {self.number}"


class ImportRow(models.Model):
    """A row that a person should see: one that failed, was skipped, lost a value, or was edited.

    ``run`` False tells of the dry run. ``cells`` are kept where the row can be mended, ``edits`` replace them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="notes", db_index=False)
    number = models.PositiveBigIntegerField()
    run = models.BooleanField(default=True)
    outcome = models.CharField(max_length=1, choices=Outcome)
    reason = models.CharField(max_length=300, default="", blank=True)
    problems = JSONColumn(default=list)
    cells = JSONColumn(null=True)
    edits = JSONColumn(null=True)
    left = models.BooleanField(default=False)  # a person said to leave it out
    record = models.UUIDField(null=True)

    class Meta:
        db_table = "kith_import_row"
        constraints = [models.UniqueConstraint(fields=["file", "run", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["file", "run", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"row {self.number}"
