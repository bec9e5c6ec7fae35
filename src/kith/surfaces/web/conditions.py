"""Conditions in words and in forms: what may be asked of a field, how a chip says it, and back to the filter tree.

The tree knows ``not`` and ``empty = false``; people know "is none of" and "is set". The operators here are theirs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import ANY, To
from kith.kernel.kit import when
from kith.kernel.policy import mask
from kith.kernel.query.tree import And, BadFilter, Is, Not, Or, Tree, Words
from kith.kernel.records import read
from kith.kernel.records.read import Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web.render import icon_of

HOPS: Final = 2  # references between the list and the field, in the builder; the address may hop further

_CHOSEN: Final = ("in", "not_in", "empty", "filled")
OFFERED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TEXT: ("contains", "not_contains", "starts", "eq", "ne", "empty", "filled"),
    Kind.NUMBER: ("eq", "ne", "gt", "gte", "lt", "lte", "between", "empty", "filled"),
    Kind.BOOL: ("eq",),
    Kind.DATE: ("within", "before", "after", "eq", "between", "empty", "filled"),
    Kind.DATETIME: ("within", "before", "after", "between", "empty", "filled"),
    Kind.ENUM: _CHOSEN,
    Kind.ENUMS: _CHOSEN,
    Kind.REFERENCE: _CHOSEN,
    Kind.JSON: ("contains", "starts", "eq", "empty", "filled"),
}
"""What the builder offers for each wire kind, the usual one first."""

MEANS: Final = {"not_in": "in", "filled": "empty", "not_contains": "contains"}
"""The operator of the tree that stands behind one of ours."""

VERBS: Final[dict[str, Any]] = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "in": gettext_lazy("is any of"),
    "not_in": gettext_lazy("is none of"),
    "empty": gettext_lazy("is empty"),
    "filled": gettext_lazy("is set"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "starts": gettext_lazy("starts with"),
    "gt": gettext_lazy("is over"),
    "gte": gettext_lazy("is at least"),
    "lt": gettext_lazy("is under"),
    "lte": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "within": gettext_lazy("is in"),
    "before": gettext_lazy("is before"),
    "after": gettext_lazy("is after"),
    "has": gettext_lazy("has"),
}

PERIODS: Final[dict[str, Any]] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "7d": gettext_lazy("the last 7 days"),
    "30d": gettext_lazy("the last 30 days"),
    "90d": gettext_lazy("the last 90 days"),
    "next_7d": gettext_lazy("the next 7 days"),
    "next_30d": gettext_lazy("the next 30 days"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "next_quarter": gettext_lazy("next quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
}

Titles = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition as people say it: the path of the field, our operator, and the values in wire form."""

    path: str
    op: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition of the bar. ``place`` is its index; without ``leaf`` only the tree builder can change it."""

    place: int
    label: str
    icon: str
    verb: str = ""
    value: str = ""
    leaf: Leaf | None = None
    is_words: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A field reached from a list: the fields on the way and itself."""

    name: str
    fields: tuple[Field, ...] = field(default=())

    @property
    def field(self) -> Field:
        return self.fields[-1]

    @property
    def label(self) -> str:
        return " › ".join(str(one.label) for one in self.fields)


def path_of(ctx: Context, spec: ObjectSpec, name: str) -> Path:
    """The field of a path such as ``company.city``, as this actor sees it. Raises :class:`BadFilter`."""
    found: list[Field] = []
    here: ObjectSpec | None = spec
    for word in name.split("."):
        known = mask.readable(ctx, here).get(word) if here is not None else None
        if known is None:
            raise BadFilter(
                "unknown_field",
                gettext_noop("%(object)s has no field “%(field)s”"),
                object=str(spec.label_many),
                field=name,
            )
        found.append(known)
        here = ctx.schema.get(known.target) if known.target else None
    return Path(name, tuple(found))


def wire_kind(one: Field) -> Kind:
    """The kind that a field is compared as: of money the amount's."""
    main = getattr(one.type, "main", "")
    return one.type.parts.get(main, one.type.kind) if main else one.type.kind


def offered(one: Field) -> tuple[str, ...]:
    """The operators that the builder offers for a field."""
    return tuple(op for op in OFFERED[wire_kind(one)] if MEANS.get(op, op) in one.operators)


def verb(one: Field, op: str, count: int = 2) -> str:
    """An operator in words, before ``count`` values; a field of labels *has* them."""
    if count == 1 and op in ("in", "not_in"):
        if wire_kind(one) is Kind.ENUMS:
            return _("has") if op == "in" else _("has not")
        return _("is") if op == "in" else _("is not")
    if wire_kind(one) is Kind.ENUMS and op in ("in", "has"):
        return _("has any of")
    if wire_kind(one) is Kind.ENUMS and op == "not_in":
        return _("has none of")
    return str(VERBS.get(op, op))


# --- between the tree and a leaf --------------------------------------------------------------------------------------


def leaf_of(tree: Tree) -> Leaf | None:
    """The tree as one condition in people's words, where it is one."""
    if isinstance(tree, Is):
        if tree.op == "empty":
            return Leaf(tree.field, "filled" if tree.value is False else "empty")
        listed = tree.op in ("in", "between") and isinstance(tree.value, list | tuple)
        return Leaf(tree.field, tree.op, tuple(tree.value) if listed else (tree.value,))
    if isinstance(tree, Not) and isinstance(tree.item, Is):
        inner = leaf_of(tree.item)
        opposite = {"in": "not_in", "contains": "not_contains", "eq": "ne", "empty": "filled", "filled": "empty"}
        if inner is not None and inner.op in opposite:
            return Leaf(inner.path, opposite[inner.op], inner.values)
    return None


def tree_of(leaf: Leaf) -> Tree:
    """The condition of a leaf."""
    if leaf.op in ("empty", "filled"):
        return Is(leaf.path, "empty", leaf.op == "empty")
    op = MEANS.get(leaf.op, leaf.op)
    value: Any = list(leaf.values) if op in ("in", "between") else leaf.values[0] if leaf.values else None
    found = Is(leaf.path, op, value)
    return Not(found) if leaf.op in ("not_in", "not_contains") else found


def read_leaf(ctx: Context, spec: ObjectSpec, path: str, op: str, raw: Sequence[str]) -> Leaf:
    """A leaf from what was put into the builder, its values read as the field reads them.

    Raises :class:`BadFilter` for an unknown field or operator, ``Unreadable`` for a value that the field cannot read.
    """
    one = path_of(ctx, spec, path).field
    if op not in VERBS or MEANS.get(op, op) not in one.operators:
        raise BadFilter(
            "unknown_operator", gettext_noop("“%(field)s” cannot be compared that way"), field=str(one.label)
        )
    if op in ("empty", "filled"):
        return Leaf(path, op)
    given = [text.strip() for text in raw if text.strip()]
    needed = 2 if op == "between" else 1
    if len(given) < needed:
        raise BadFilter("no_value", gettext_noop("Say what to compare with"))
    if op in ("contains", "not_contains", "starts", "within"):
        return Leaf(path, op, (given[0],))
    return Leaf(
        path, op, tuple(_wire(ctx, one, text) for text in (given if op in ("in", "not_in") else given[:needed]))
    )


def _wire(ctx: Context, one: Field, text: str) -> Any:
    if one.target == "users" and text == "me":
        return "me"
    if wire_kind(one) in (Kind.JSON, Kind.ENUMS, Kind.REFERENCE):
        return text  # one of many: the field itself reads lists
    if wire_kind(one) is Kind.BOOL:
        return text == "true"
    return one.type.dump(one, one.type.parse(one, text, ctx.locale))


# --- in words ---------------------------------------------------------------------------------------------------------


def chips(ctx: Context, spec: ObjectSpec, items: Sequence[Tree]) -> list[Chip]:
    """The conditions of the bar; titles of records cost one query per object they lead to."""
    titles = titles_in(ctx, spec, items)
    return [_chip(ctx, spec, place, one, titles) for place, one in enumerate(items)]


def _chip(ctx: Context, spec: ObjectSpec, place: int, tree: Tree, titles: Titles) -> Chip:
    if isinstance(tree, Words):
        return Chip(place, f"“{tree.text}”", "search", is_words=True)
    leaf = leaf_of(tree)
    if leaf is None:
        return Chip(place, sentence(ctx, spec, tree, titles), "binary-tree")
    path = path_of(ctx, spec, leaf.path)
    return Chip(
        place,
        path.label,
        icon_of(ctx, path.fields[0]),
        verb(path.field, leaf.op, len(leaf.values)),
        value_words(ctx, path.field, leaf, titles),
        leaf,
    )


def sentence(ctx: Context, spec: ObjectSpec, tree: Tree, titles: Titles) -> str:
    """A whole tree as one sentence: "Owner is me or City is Berlin"."""
    if isinstance(tree, Words):
        return f"“{tree.text}”"
    leaf = leaf_of(tree)
    if leaf is not None:
        path = path_of(ctx, spec, leaf.path)
        words = (path.label, verb(path.field, leaf.op, len(leaf.values)), value_words(ctx, path.field, leaf, titles))
        return " ".join(one for one in words if one)
    if isinstance(tree, Not):
        return _("not (%(condition)s)") % {"condition": sentence(ctx, spec, tree.item, titles)}
    if not isinstance(tree, And | Or):
        return ""
    parts = [sentence(ctx, spec, one, titles) for one in tree.items]
    parts = [f"({text})" if isinstance(one, And | Or) else text for one, text in zip(tree.items, parts, strict=True)]
    return (_(" or ") if isinstance(tree, Or) else _(" and ")).join(parts)


def value_words(ctx: Context, one: Field, leaf: Leaf, titles: Titles) -> str:
    """The values of a condition as people read them."""
    words = [_one_value(ctx, one, leaf.op, value, titles) for value in leaf.values]
    if leaf.op == "between" and len(words) == 2:
        return _("%(low)s and %(high)s") % {"low": words[0], "high": words[1]}
    return _(", ").join(words)


def _one_value(ctx: Context, one: Field, op: str, value: Any, titles: Titles) -> str:
    if op == "within":
        return str(PERIODS.get(str(value), value))
    if wire_kind(one) is Kind.REFERENCE:
        return _("me") if value == "me" else titles.get((one.target, text_of(value))) or _("a record you may not see")
    if wire_kind(one) in (Kind.ENUM, Kind.ENUMS):
        found = one.choice(str(value))
        return str(found.label) if found else str(value)
    if wire_kind(one) is Kind.BOOL:
        return _("Yes") if value else _("No")
    if op in ("contains", "starts", "not_contains") or wire_kind(one) is Kind.JSON:
        return str(value)
    try:
        return one.type.display(one, one.type.parse(one, value), ctx.locale)
    except ValueError:
        return str(value)


def titles_in(ctx: Context, spec: ObjectSpec, items: Iterable[Tree]) -> dict[tuple[str, str], str]:
    """The titles of all records that these conditions name and this actor may see."""
    wanted: dict[str, set[uuid.UUID]] = {}
    named: dict[tuple[str, str], str] = {}
    for leaf in _leaves(items):
        try:
            one = path_of(ctx, spec, leaf.field).field
        except BadFilter:
            continue
        values = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
        if one.target == ANY:
            led = [To(id, object=object) for object, id in map(_led, values) if id is not None]
            held = read.titles(ctx, [one], [Row(uuid.UUID(int=0), 0, {one.name: tuple(led)})])
            named.update({(ANY, f"{object}/{id}"): title.text for (object, id), title in held.items()})
        elif one.target and wire_kind(one) is Kind.REFERENCE:
            wanted.setdefault(one.target, set()).update(
                id for id in (read.identity(str(each)) for each in values if each) if id
            )
    found: dict[tuple[str, str], str] = {}
    for name, ids in wanted.items():
        target = ctx.schema.get(name)
        if target is not None and ids:
            found.update({(name, str(id)): text for id, text in read.title_rows(ctx, target, ids)})
    return {**found, **named}


def text_of(value: Any) -> str:
    """A reference in a condition as one text: its id, or ``companies/…`` where it says its object."""
    if not isinstance(value, Mapping):
        return str(value)
    return f"{value['object']}/{value.get('id')}" if value.get("object") else str(value.get("id"))


def _led(value: Any) -> tuple[str, uuid.UUID | None]:
    object, _slash, id = text_of(value).rpartition("/")
    return object, read.identity(id)


def _leaves(items: Iterable[Tree]) -> Iterable[Is]:
    for one in items:
        if isinstance(one, Is):
            yield one
        elif isinstance(one, Not):
            yield from _leaves([one.item])
        elif isinstance(one, And | Or):
            yield from _leaves(one.items)


def typed_date(ctx: Context, one: Field, value: Any) -> str:
    """A date in the form in which an input of the browser wants it; "" for none."""
    if value in (None, ""):
        return ""
    parsed = one.type.parse(one, value)
    return (
        parsed.astimezone(when.zone_of(ctx.locale)).date().isoformat()
        if wire_kind(one) is Kind.DATETIME
        else parsed.isoformat()
    )
