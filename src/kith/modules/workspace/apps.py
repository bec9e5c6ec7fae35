from __future__ import annotations

from kith.api import Module


class Workspace(Module):
    name = "kith.modules.workspace"
    label = "workspace"
