"""The filter tree: what a condition is, whatever it was typed in.

``{"and": [{"field": "stage", "op": "in", "value": ["won"]}, {"not": {...}}]}``, or a bare leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.kit.errors import Unreadable

DEEPEST: Final = 12
WIDEST: Final = 200
LEAVES: Final = 300
"""Conditions in one tree: SQLite refuses an expression 1,000 levels deep, and a chain of ORs is as deep as it is long.
"""


@dataclass(frozen=True, slots=True)
class Is:
    """A leaf: ``field op value``. ``field`` may hop over references: ``company.parent.city``."""

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Tree


@dataclass(frozen=True, slots=True)
class Words:
    """Free text between the conditions of the typed form: searched, not compared."""

    text: str


Tree = Is | And | Or | Not | Words
ALL: Final = And(())
"""The condition that everything meets."""


class BadFilter(Unreadable):
    """A filter that cannot be read; ``params["at"]`` names the place."""


def from_json(raw: Any) -> Tree:
    """The tree of its JSON form. Raises :class:`BadFilter` naming the part that is not understood."""
    tree = _from_json(raw, 0)
    _not_too_many(tree)
    return tree


def _from_json(raw: Any, depth: int) -> Tree:
    if depth > DEEPEST:
        raise BadFilter("too_deep", gettext_noop("The filter is nested more than %(most)s levels deep"), most=DEEPEST)
    if isinstance(raw, list):
        return And(tuple(_from_json(one, depth + 1) for one in _some(raw)))
    if not isinstance(raw, dict):
        raise BadFilter(
            "not_a_condition",
            gettext_noop("Expected a condition with field, op and value; found %(found)s"),
            found=_brief(raw),
        )
    if len(raw) == 1:
        ((key, inside),) = raw.items()
        if key in ("and", "or"):
            if not isinstance(inside, list):
                raise BadFilter("not_a_list", gettext_noop("Expected a list after “%(key)s”"), key=key)
            return (And if key == "and" else Or)(tuple(_from_json(one, depth + 1) for one in _some(inside)))
        if key == "not":
            return Not(_from_json(inside, depth + 1))
        if key == "q" and isinstance(inside, str):
            return Words(inside)
    unknown = sorted(set(raw) - {"field", "op", "value"})
    if unknown or not isinstance(raw.get("field"), str):
        raise BadFilter(
            "not_a_condition",
            gettext_noop("Expected a condition with field, op and value; found %(found)s"),
            found=_brief(raw),
        )
    op = raw.get("op", "eq")
    if not isinstance(op, str):
        raise BadFilter(
            "not_an_operator", gettext_noop("Expected the name of an operator; found %(found)s"), found=_brief(op)
        )
    return Is(raw["field"], op, raw.get("value"))


def to_json(tree: Tree) -> Any:
    """The JSON form of a tree; ``from_json(to_json(t)) == t``."""
    if isinstance(tree, Is):
        return {"field": tree.field, "op": tree.op, "value": tree.value}
    if isinstance(tree, Not):
        return {"not": to_json(tree.item)}
    if isinstance(tree, Words):
        return {"q": tree.text}
    return {"and" if isinstance(tree, And) else "or": [to_json(one) for one in tree.items]}


def leaves(tree: Tree) -> Iterator[Is]:
    """All conditions in the tree, in order."""
    if isinstance(tree, Is):
        yield tree
    elif isinstance(tree, Not):
        yield from leaves(tree.item)
    elif isinstance(tree, And | Or):
        for one in tree.items:
            yield from leaves(one)


def words(tree: Tree) -> str:
    """The free text at the top of the tree, to be searched."""
    if isinstance(tree, Words):
        return tree.text
    return " ".join(filter(None, (words(one) for one in tree.items))) if isinstance(tree, And) else ""


def both(first: Tree, second: Tree) -> Tree:
    """Both conditions, flat."""
    items = [inner for one in (first, second) for inner in (one.items if isinstance(one, And) else (one,))]
    return items[0] if len(items) == 1 else And(tuple(items))


def tidy(tree: Tree) -> Tree:
    """The same condition in its plainest form: groups flat, no group of one, no double negation, neighbouring words
    joined.

    ``write`` and ``parse`` of the typed form are each other's reverse for tidy trees.
    """
    if isinstance(tree, Not):
        inner = tidy(tree.item)
        if isinstance(inner, Not):
            return inner.item
        if isinstance(inner, Is) and inner.op == "empty":
            return Is(inner.field, "empty", inner.value is False)
        return Or(()) if inner == ALL else ALL if inner == Or(()) else Not(inner)
    if isinstance(tree, And | Or):
        kind = type(tree)
        items: list[Tree] = []
        for one in map(tidy, tree.items):
            items.extend(one.items if isinstance(one, kind) else (one,))
        if kind is And:
            items = _joined(items)
        return items[0] if len(items) == 1 else kind(tuple(items))
    if isinstance(tree, Words) and not tree.text:
        return ALL
    if isinstance(tree, Is) and tree.value in (None, "", []):
        if tree.op in ("eq", "ne"):
            return Is(tree.field, "empty", tree.op == "eq")
        if tree.op == "in":
            return Or(())
    if isinstance(tree, Is) and isinstance(tree.value, list | tuple):
        if tree.op == "has":
            return tidy(And(tuple(Is(tree.field, "has", one) for one in tree.value)))
        if tree.op == "ne":
            return Not(Is(tree.field, "eq", tree.value))
    return tree


def _joined(items: list[Tree]) -> list[Tree]:
    found: list[Tree] = []
    for one in items:
        last = found[-1] if found else None
        if isinstance(one, Words) and isinstance(last, Words):
            found[-1] = Words(f"{last.text} {one.text}")
        else:
            found.append(one)
    return found


def check(tree: Tree) -> None:
    """Refuse a tree that its JSON form could not carry: too deep, too wide, too many conditions. Raises
    :class:`BadFilter`.
    """
    _not_too_deep(tree, 0)
    _not_too_many(tree)


def _not_too_deep(tree: Tree, depth: int) -> None:
    if depth > DEEPEST:
        raise BadFilter("too_deep", gettext_noop("The filter is nested more than %(most)s levels deep"), most=DEEPEST)
    if isinstance(tree, Not):
        _not_too_deep(tree.item, depth + 1)
    elif isinstance(tree, And | Or):
        _some(tree.items)
        for one in tree.items:
            _not_too_deep(one, depth + 1)


def _not_too_many(tree: Tree) -> None:
    if sum(1 for _leaf in leaves(tree)) > LEAVES:
        raise BadFilter("too_many", gettext_noop("At most %(most)s conditions in one filter"), most=LEAVES)


def _some(raw: Any) -> Any:
    if len(raw) > WIDEST:
        raise BadFilter("too_wide", gettext_noop("At most %(most)s conditions in one group"), most=WIDEST)
    return raw


def _brief(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "…"
