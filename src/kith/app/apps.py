"""Kith itself as an app of Django: what it looks at and what it does by the clock are declared when Django starts."""

from __future__ import annotations

from django.apps import AppConfig


class KithConfig(AppConfig):
    name = "kith.app"
    label = "kith"

    def ready(self) -> None:
        from kith.app import samples  # noqa: F401
        from kith.app.backup import daily, looks  # noqa: F401  (declare jobs, their schedule, what is looked at)
        from kith.app.looks import installation, services  # noqa: F401
