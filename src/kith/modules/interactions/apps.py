from __future__ import annotations

from kith.api import Module


class Interactions(Module):
    name = "kith.modules.interactions"
    label = "interactions"
