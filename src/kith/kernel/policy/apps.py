from __future__ import annotations

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "kith.kernel.policy"
    label = "policy"

    def ready(self) -> None:
        from kith.kernel.policy import choices  # registers a layer of the schema

        assert choices
