from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kith.kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        from kith.kernel.accounts import acting  # noqa: F401  (tells jobs how to act for somebody)
