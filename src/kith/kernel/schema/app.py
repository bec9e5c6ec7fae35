"""The base class of a business module's app: open the folder, and every file is a business object."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from django.apps import AppConfig


class Module(AppConfig):
    """A module whose every file is imported at start.

    Django looks for models in ``models.py`` only; a module of Kith has one file per business object instead.
    """

    default = False  # Django looks for the one config in apps.py, and finds this base there, too

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.default = True

    def import_models(self) -> None:
        for found in pkgutil.iter_modules([self.path]):
            if found.name not in {"migrations", "apps"}:
                import_module(f"{self.name}.{found.name}")
        super().import_models()
