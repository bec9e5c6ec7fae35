from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "kith.kernel.jobs"
    label = "jobs"

    def ready(self) -> None:
        from kith.kernel.jobs import health, housekeeping  # noqa: F401  (declare what is looked at, a job and its schedule)
