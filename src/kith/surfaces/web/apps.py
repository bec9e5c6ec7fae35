from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kith.surfaces.web"
    label = "web"
