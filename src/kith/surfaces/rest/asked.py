"""What a list is asked for: filter, search words, order, fields, page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.points import Points
from kith.kernel.kit import json
from kith.kernel.policy import mask
from kith.kernel.query import typed
from kith.kernel.query.tree import ALL, And, Is, Not, Or, Tree, Words, both, from_json
from kith.kernel.records.read import MOST, Query
from kith.kernel.records.sight import ActorSight
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import Shape, shape

USUAL: Final = 50
LONGEST: Final = 20_000  # characters of a filter
KEYS: Final = 5  # levels of an order
WORDS: Final = 8
YES_NO: Final = {"true": True, "1": True, "false": False, "0": False}


def query(ctx: Context, spec: ObjectSpec, params: Mapping[str, str]) -> tuple[Query, Shape]:
    """The query that the parameters of a list mean, and the shape of its records."""
    form = shape(ctx, spec, params.get("fields"))
    sort = tuple(word for one in params.get("sort", "").split(",") if (word := one.strip()))
    if len(sort) > KEYS or len({one.removeprefix("-") for one in sort}) < len(sort):
        raise parameter("sort", "bad_sort", _("Sort by at most %(most)s different fields.") % {"most": KEYS})
    made = Query(
        where=where(ctx, spec, params),
        sort=sort,
        fields=form.fields,
        limit=limit(params),
        after=params.get("after", ""),
        count=yes_no(params, "count", True),
        binned=yes_no(params, "deleted", False),
    )
    return made, form


def limit(params: Mapping[str, str]) -> int:
    """How many records a page has: 1 to 500."""
    given = params.get("limit", "")
    if "limit" not in params:
        return USUAL
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= MOST):
        raise parameter("limit", "bad_limit", _("“limit” is a number from 1 to %(most)s.") % {"most": MOST})
    return int(given)


def yes_no(params: Mapping[str, str], name: str, usual: bool) -> bool:
    if name not in params:
        return usual
    if params[name] not in YES_NO:
        raise parameter(name, "not_a_bool", _("“%(name)s” is true or false.") % {"name": name})
    return YES_NO[params[name]]


def where(ctx: Context, spec: ObjectSpec, params: Mapping[str, str]) -> Tree:
    """The condition of ``filter`` and ``q`` together."""
    tree = _filter(ctx, spec, params.get("filter", "").strip())
    if words := params.get("q", "").strip():
        tree = both(tree, Words(words))
    return tree if spec.search else _compared(ctx, spec, tree)


def _filter(ctx: Context, spec: ObjectSpec, text: str) -> Tree:
    if not text:
        return ALL
    if len(text) > LONGEST:
        raise parameter("filter", "too_long", _("The filter is longer than %(most)s characters.") % {"most": LONGEST})
    if text[0] in "{[":
        if "\\u0000" in text:
            raise parameter(
                "filter",
                "broken_text",
                _("The parameter “%(name)s” has a character that is no text.") % {"name": "filter"},
            )
        return from_json(json.loads(text))
    return typed.parse(text, ctx, spec, ActorSight(ctx))


def _compared(ctx: Context, spec: ObjectSpec, tree: Tree) -> Tree:
    """The tree with its words as comparisons, for an object without search documents."""
    match tree:
        case Words(text):
            return And(tuple(_anywhere(ctx, spec, word) for word in text.split()[:WORDS]))
        case And(inside):
            return And(tuple(_compared(ctx, spec, one) for one in inside))
        case Or(inside):
            return Or(tuple(_compared(ctx, spec, one) for one in inside))
        case Not(inside):
            return Not(_compared(ctx, spec, inside))
    return tree


def _anywhere(ctx: Context, spec: ObjectSpec, word: str) -> Tree:
    held = mask.readable(ctx, spec)
    places = [name for name, one in held.items() if name == spec.title or isinstance(one.type, Points)]
    return Or(tuple(Is(name, "contains", word) for name in places if "contains" in held[name].operators))
