"""A tree in the typed form: what a chip, a saved view or a shared URL shows. ``parse`` reads it back as the same condition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.kinds import Kind
from kith.kernel.query import signs
from kith.kernel.query.tree import And, Is, Not, Tree, Words, tidy
from kith.kernel.schema.spec import ObjectSpec

_SIGN: Final = {
    "eq": "=",
    "ne": "!=",
    "has": ":",
    "in": ":",
    "within": ":",
    "contains": "~",
    "starts": "^",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "before": "<",
    "after": ">",
    "between": ":",
}


def write(tree: Tree, ctx: Context, spec: ObjectSpec) -> str:
    """The typed form of a tree; "" for the condition that everything meets. Names are API names, so it is the same for everybody."""
    found = tidy(tree)
    return "" if found == And(()) else _write(found, ctx, spec, 0)


def _write(tree: Tree, ctx: Context, spec: ObjectSpec, inside: int) -> str:
    """``inside``: 0 at the top or in an or, 1 in an and, 2 after a minus; brackets where the text would bind otherwise."""
    if isinstance(tree, Is):
        return _leaf(tree, ctx, spec)
    if isinstance(tree, Words):
        return _bracketed(_words(tree.text), inside > 1 and len(tree.text.split()) > 1)
    if isinstance(tree, Not):
        return "-" + _write(tree.item, ctx, spec, 2)
    if not tree.items:
        return "()" if isinstance(tree, And) else "-()"
    if isinstance(tree, And):
        return _bracketed(" ".join(_write(one, ctx, spec, 1) for one in tree.items), inside > 1)
    return _bracketed(" or ".join(_write(one, ctx, spec, 0) for one in tree.items), inside > 0)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _words(text: str) -> str:
    pieces = text.split()
    if " ".join(pieces) != text:
        return signs.quoted(text)
    return " ".join(one if _plain(one) else signs.quoted(one) for one in pieces)


def _plain(word: str) -> bool:
    return bool(signs.PLAIN_WORD.fullmatch(word)) and word.casefold() not in signs.OR | signs.AND | signs.NOT


def _leaf(leaf: Is, ctx: Context, spec: ObjectSpec) -> str:
    if leaf.op == "empty" or (leaf.op in ("eq", "ne") and leaf.value in (None, "", [])):
        empty = leaf.value is not False if leaf.op == "empty" else leaf.op == "eq"
        return f"{'-' if empty else ''}{leaf.field}:*"
    kind = _kind(leaf.field, ctx, spec)
    sign = ":" if leaf.op == "eq" and kind is not Kind.ENUMS else _SIGN.get(leaf.op, ":")
    if leaf.op == "between" and isinstance(leaf.value, list | tuple) and len(leaf.value) == 2:
        return leaf.field + _between(*leaf.value)
    if isinstance(leaf.value, list | tuple):
        values = ",".join(_value(one, True) for one in leaf.value) or '""'
        return f"{leaf.field}{sign}{values}{',' if len(leaf.value) == 1 else ''}"
    return f"{leaf.field}{sign}{_value(leaf.value, False)}"


def _between(low: Any, high: Any) -> str:
    if low in (None, ""):
        return f"<={_value(high, False)}"
    if high in (None, ""):
        return f">={_value(low, False)}"
    ends = [_plain_text(low), _plain_text(high)]
    if not all(signs.PLAIN_VALUE.fullmatch(one) and ".." not in one for one in ends):
        ends = [signs.quoted(one) for one in ends]
    return ":" + "..".join(ends)


def _value(value: Any, listed: bool) -> str:
    text = _plain_text(value)
    return (
        text
        if signs.PLAIN_VALUE.fullmatch(text) and ".." not in text and not text.endswith(".")
        else signs.quoted(text)
    )


def _plain_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # "1.234" has a thousand in it for a German
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return str(
            value.get("id") or " ".join(str(value[key]) for key in ("amount", "currency") if key in value) or value
        )
    return str(value)


def _kind(path: str, ctx: Context, spec: ObjectSpec) -> Kind:
    """The kind of the field at the end of a path; text where it has gone."""
    here: ObjectSpec | None = spec
    head, _, rest = path.partition(".")
    while here is not None and (field := here.fields.get(head)) is not None:
        if not rest:
            return field.type.kind
        if rest in field.type.parts:
            return field.type.parts[rest]
        here = ctx.schema.get(field.target)
        head, _, rest = rest.partition(".")
    return Kind.TEXT
