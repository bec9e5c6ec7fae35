from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kith.kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        from kith.kernel.accounts import acting, letters, limits  # noqa: F401  (how jobs act for somebody; jobs)
