from __future__ import annotations

from kith.kernel.schema.app import Module


class Customers(Module):
    name = "kith.modules.customers"
    label = "customers"
