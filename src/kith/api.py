"""The public face of the kernel: all that business modules and plugins may import.

Its names are those of :mod:`kith.face`, which is imported when one of them is first asked for. Most of them are models
or need some, and Django reads ``apps.py``, where ``from kith.api import Module`` stands, before there may be any.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kith.kernel.schema.app import Module as Module

if TYPE_CHECKING:
    from kith.face import *  # noqa: F403


def __getattr__(name: str) -> Any:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(name)
    face = import_module("kith.face")
    if name != "__all__" and name not in face.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(face, name)
    return value


def __dir__() -> list[str]:
    return sorted(import_module("kith.face").__all__)
