from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kith.kernel.accounts"
    label = "accounts"
