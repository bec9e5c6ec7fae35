from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "kith.kernel.events"
    label = "events"
