"""The registry: declared specs, and the snapshot of them with the user-made ones that a process works with.

``@register`` is the only import side effect in Kith. The snapshot is cached per process under ``SchemaVersion.n``; a
request reads that number once and keeps the snapshot it got.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from kith.kernel.schema.introspect import fields_of
from kith.kernel.schema.memory import Memory
from kith.kernel.schema.spec import ObjectSpec, Related, Schema

Layer = Callable[[dict[str, ObjectSpec]], None]

_declared: dict[str, ObjectSpec] = {}
_layers: list[Layer] = []


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
    about = [Related(spec.name, by=spec.about.name) for spec in objects.values() if spec.menu and spec.about]
    for name, spec in objects.items():
        if spec.menu and about:  # what may be about anything stands beside everything, but for itself
            objects[name] = spec.with_(related=(*spec.related, *(one for one in about if one.object != name)))
    return Schema(version, MappingProxyType(objects), MappingProxyType(object_of))


_memory = Memory(build)


def snapshot(version: int) -> Schema:
    """The snapshot of that version; built once per process."""
    return _memory.at(version)


def forget() -> None:
    """Drop the cached snapshot: for tests that register objects of their own."""
    _memory.forget()
