from __future__ import annotations

from kith.api import Module


class Customers(Module):
    name = "kith.modules.customers"
    label = "customers"
