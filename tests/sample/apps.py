from __future__ import annotations

from kith.kernel.schema.app import Module


class Sample(Module):
    name = "tests.sample"
    label = "sample"

    def import_models(self) -> None:
        super().import_models()
        self.models_module = self.module  # Django makes tables without migrations only for apps that name this
