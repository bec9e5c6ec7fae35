from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "kith.kernel.records"
    label = "records"

    def ready(self) -> None:
        from kith.kernel.records import health, samples, statistics, views  # noqa: F401  (declare what is looked at, and jobs)
