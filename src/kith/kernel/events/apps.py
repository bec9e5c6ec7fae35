from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "kith.kernel.events"
    label = "events"

    def ready(self) -> None:
        from kith.kernel.events import delivery  # noqa: F401  (declares its job)
