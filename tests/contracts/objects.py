"""The objects that the contracts run over: all that are declared, and one that a user made while Kith was running."""

from __future__ import annotations

from kith.kernel.schema import registry
from tests.world import USER_MADE

OBJECTS = (*(spec.name for spec in registry.declared()), *USER_MADE)
