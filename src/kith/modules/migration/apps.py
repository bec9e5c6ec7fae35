from __future__ import annotations

from kith.kernel.schema.app import Module


class Migration(Module):
    name = "kith.modules.migration"
    label = "migration"
