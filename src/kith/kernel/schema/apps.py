from __future__ import annotations

from django.apps import AppConfig


class SchemaConfig(AppConfig):
    name = "kith.kernel.schema"
    label = "schema"

    def import_models(self) -> None:
        """Import every field type first: models and specs name them."""
        import pkgutil
        from importlib import import_module

        from kith.kernel import fields

        for found in pkgutil.iter_modules(fields.__path__):
            import_module(f"kith.kernel.fields.{found.name}")
        super().import_models()
        import_module("kith.kernel.schema.custom")
