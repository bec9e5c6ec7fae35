from __future__ import annotations

from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "kith.surfaces.rest"
    label = "rest"
