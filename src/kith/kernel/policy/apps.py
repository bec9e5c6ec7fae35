from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "kith.kernel.policy"
    label = "policy"

    def ready(self) -> None:
        import_module("kith.kernel.policy.choices")  # registers a layer of the schema
