"""Jobs, schedules and leases as rows."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.ids import new_id


class State(models.TextChoices):
    """Where a job stands. ``waiting``: not before ``run_after``; with ``attempts`` > 0 it failed and is tried again
    then.
    """

    READY = "ready", _("Ready")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    DEAD = "dead", _("Given up")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (State.READY, State.WAITING, State.RUNNING)


class Job(models.Model):
    """One piece of work. ``leased_by`` is new with each claim: who holds an older one can no longer write here
    (fencing).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.CharField(max_length=200)  # registered name, or dotted path of a django-tasks function
    args = JSONColumn(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    queue = models.CharField(max_length=40, default="default")
    priority = models.SmallIntegerField(default=0)  # higher goes first
    lane = models.CharField(max_length=32, default="")  # the user's id in hex, "" for the system: lanes take turns
    run_after = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=1)
    backoff = models.FloatField(default=10.0)  # seconds before the second attempt
    unique_key = models.CharField(max_length=200, null=True, unique=True)  # null once finished

    backend = models.CharField(max_length=40, default="")  # of the Tasks API, where it came that way; "" for @job
    actor = JSONColumn(default=dict)  # who asked, never what they may do: see acting.Who
    error = models.CharField(max_length=500, default="")
    result = JSONColumn(null=True)

    leased_by = models.CharField(max_length=120, default="")
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    cancel = models.BooleanField(default=False)  # asked to stop; it does at its next progress.step()
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    message = models.CharField(max_length=200, default="")

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kith_job"
        indexes = [
            models.Index(fields=["state", "queue", "priority", "lane", "id"], name="job_claim"),
            models.Index(fields=["state", "run_after"], name="job_due"),
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state not in OPEN


class Schedule(models.Model):
    """When a declared schedule fires next. The declaration in code says what and when; a user may switch it off."""

    name = models.CharField(max_length=100, primary_key=True)
    cron = models.CharField(max_length=100)
    next_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(null=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        db_table = "kith_schedule"

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"


class Lease(models.Model):
    """Who does something that only one process should do at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()

    class Meta:
        db_table = "kith_lease"

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
