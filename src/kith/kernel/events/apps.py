from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "kith.kernel.events"
    label = "events"

    def ready(self) -> None:
        from kith.kernel.events import delivery, health  # noqa: F401  (declare a job, and what is looked at)
