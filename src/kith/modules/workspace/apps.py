from __future__ import annotations

from kith.kernel.schema.app import Module


class Workspace(Module):
    name = "kith.modules.workspace"
    label = "workspace"
