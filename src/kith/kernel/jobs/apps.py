from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "kith.kernel.jobs"
    label = "jobs"

    def ready(self) -> None:
        from kith.kernel.jobs import housekeeping  # noqa: F401  (declares its job and schedule)
