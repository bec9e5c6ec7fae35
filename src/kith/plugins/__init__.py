"""Plugins: packages that name a Django app under the entry point ``kith.plugins``. Installed is switched on.

A plugin's app is a :class:`kith.api.Module` like those of the business modules, and sees no more than they do.
``KITH_SAFE_MODE=yes`` starts without any: the way out when one keeps Kith from starting. Its tables and values stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final

GROUP: Final = "kith.plugins"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One installed plugin: its name, the app it brings, and the package and version that it came with."""

    name: str
    app: str
    package: str
    version: str


def installed() -> tuple[Plugin, ...]:
    """All that are installed, by name, whether they are switched on or not. An app comes once."""
    found: dict[str, Plugin] = {}
    for one in entry_points(group=GROUP):
        made = one.dist
        plugin = Plugin(one.name, one.value.replace(":", "."), made.name if made else "", made.version if made else "")
        found.setdefault(plugin.app, plugin)
    return tuple(sorted(found.values(), key=lambda one: one.name))


def apps(safe_mode: bool) -> list[str]:
    """What Django is to load; nothing in safe mode."""
    return [] if safe_mode else [one.app for one in installed()]
