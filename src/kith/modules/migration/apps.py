from __future__ import annotations

from kith.api import Module


class Migration(Module):
    name = "kith.modules.migration"
    label = "migration"
