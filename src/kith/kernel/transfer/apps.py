from __future__ import annotations

from django.apps import AppConfig


class Transfer(AppConfig):
    name = "kith.kernel.transfer"
    label = "transfer"

    def ready(self) -> None:
        from kith.kernel.transfer import jobs  # noqa: F401  (jobs and schedules are declared where they stand)
