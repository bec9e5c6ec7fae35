"""The registry: declared specs, and the snapshot of them with the user-made ones that a process works with.

``@register`` is the only import side effect in Kith. The snapshot is cached per process under ``SchemaVersion.n``; a
request reads that number once and keeps the snapshot it got.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from kith.kernel.schema.introspect import fields_of
from kith.kernel.schema.spec import ObjectSpec, Schema

Layer = Callable[[dict[str, ObjectSpec]], None]

_declared: dict[str, ObjectSpec] = {}
_layers: list[Layer] = []
_lock = threading.Lock()
_current: Schema | None = None


class Clash(Exception):
    """Two declarations claim the same name."""


def register(declared: type[ObjectSpec]) -> type[ObjectSpec]:
    """Class decorator: make a spec known. Its model's module has been imported with it, so nothing else is needed.

    Raises :class:`Clash` for a second object of the same name.
    """
    spec = declared()
    if spec.name in _declared:
        raise Clash(f"object {spec.name!r} is declared by {_declared[spec.name]!r} and {declared.__qualname__}")
    if spec.name.startswith("x_"):
        raise Clash(f"{spec.name!r}: names that begin with x_ belong to user-made objects")
    _declared[spec.name] = spec
    return declared


def layer(add: Layer) -> Layer:
    """Register a function that adds to the objects of a new snapshot: user-made fields, labels, objects."""
    _layers.append(add)
    return add


def declared() -> Iterable[ObjectSpec]:
    """The shipped specs, in the order of registration, without fields."""
    return tuple(_declared.values())


def build(version: int) -> Schema:
    """A fresh snapshot: the declared specs with the fields of their models, then what each layer adds."""
    object_of: dict[type[Any], str] = {}
    for spec in _declared.values():
        object_of.setdefault(spec.model, spec.name)
    objects = {spec.name: spec.with_(fields=fields_of(spec, object_of)) for spec in _declared.values()}
    for add in _layers:
        add(objects)
    for spec in objects.values():
        spec.fields = MappingProxyType(dict(spec.fields))
    return Schema(version, MappingProxyType(objects), MappingProxyType(object_of))


def snapshot(version: int) -> Schema:
    """The snapshot of that version; built once per process."""
    global _current
    held = _current
    if held is not None and held.version == version:
        return held
    with _lock:
        if _current is None or _current.version != version:
            _current = build(version)
        return _current


def forget() -> None:
    """Drop the cached snapshot: for tests that register objects of their own."""
    global _current
    _current = None
