from __future__ import annotations

from kith.kernel.schema.app import Module


class Sample(Module):
    name = "tests.sample"
    label = "sample"
