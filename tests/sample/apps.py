from __future__ import annotations

from kith.api import Module


class Sample(Module):
    name = "tests.sample"
    label = "sample"
