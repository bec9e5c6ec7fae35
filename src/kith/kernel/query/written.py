"""A tree in the typed form: what a chip, a saved view or a shared URL shows. ``parse`` reads it back as the same
condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
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
    """The typed form of a tree; "" for the condition that everything meets. Names are API names, so it is the same for
    everybody.
    """
    found = tidy(tree)
    return "" if found == And(()) else _write(found, ctx, spec, 0)


def _write(tree: Tree, ctx: Context, spec: ObjectSpec, inside: int) -> str:
    """``inside``: 0 at the top or in an or, 1 in an and, 2 after a minus; brackets where it would bind otherwise."""
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
    value = leaf.value
    if leaf.op == "empty":
        return f"{'' if value is False else '-'}{leaf.field}:*"
    field, part = _field(leaf.field, ctx, spec)
    of_a_set = field is not None and not part and field.type.kind is Kind.ENUMS
    sign = ":" if leaf.op == "eq" and not of_a_set else _SIGN.get(leaf.op, ":")

    def text(one: Any) -> str:
        return _typed(one, None if part else field, ctx)

    if leaf.op == "between" and isinstance(value, list | tuple) and len(value) == 2:
        return leaf.field + _between(*(None if one in (None, "") else text(one) for one in value))
    if isinstance(value, list | tuple):
        values = ",".join(_safe(text(one)) for one in value)
        return f"{leaf.field}{sign}{values}{',' if len(value) == 1 else ''}"
    return f"{leaf.field}{sign}{_safe(text(value))}"


def _between(low: str | None, high: str | None) -> str:
    if low is None or high is None:
        return f"<={_safe(high or '')}" if low is None else f">={_safe(low)}"
    if _is_safe(low) and _is_safe(high):
        return f":{low}..{high}"
    return f":{signs.quoted(low)}..{signs.quoted(high)}"


def _is_safe(text: str) -> bool:
    return bool(signs.PLAIN_VALUE.fullmatch(text)) and ".." not in text and not text.endswith(".")


def _safe(text: str) -> str:
    return text if _is_safe(text) else signs.quoted(text)


def _typed(value: Any, field: Field | None, ctx: Context) -> str:
    """A value as it may be typed: the plainest text that the field reads as this value again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict) and "id" in value:
        return str(value["id"])
    if isinstance(value, int | Decimal | dict) and field is not None:
        return next((one for one in _ways(value, field, ctx) if _reads(one, value, field, ctx)), str(value))
    return str(value)


def _ways(value: Any, field: Field, ctx: Context) -> Iterator[str]:
    if isinstance(value, dict):
        value, tail = value.get("amount", ""), f" {value.get('currency', '')}".rstrip()
    else:
        tail = ""
    plain = f"{value:f}" if isinstance(value, Decimal) else str(value)
    yield plain + tail
    yield f"{plain}0{tail}"  # a German reads a thousand in "1.234", nobody in "1.2340"
    if not tail:
        yield field.type.display(field, value, ctx.locale)
        yield f"{plain} s"


def _reads(text: str, value: Any, field: Field, ctx: Context) -> bool:
    try:
        read = field.type.parse(field, text, ctx.locale)
        return bool(read == field.type.parse(field, value, ctx.locale))
    except (ValueError, ArithmeticError):
        return False


def _field(path: str, ctx: Context, spec: ObjectSpec) -> tuple[Field | None, str]:
    """The field at the end of a path, and the part of it; nothing where it has gone."""
    here: ObjectSpec | None = spec
    head, _, rest = path.partition(".")
    while here is not None and (field := here.fields.get(head)) is not None:
        if not rest or rest in field.type.parts:
            return field, rest
        here = ctx.schema.get(field.target)
        head, _, rest = rest.partition(".")
    return None, ""
