"""The branch of a record for its page: who lies above and below it, as links, and the numbers over all of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.kit.cldr import cldr
from kith.kernel.kit.money import Money, format_money
from kith.kernel.records import tree
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render

SHOWN: Final = 40
"""Lines of the tree on the page; the rest is a number."""


def values(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> dict[str, Any]:
    """What the template shows; nothing for a record that neither lies below another one nor above."""
    found = tree.branch(ctx, spec, id)
    if not found.above and not found.here.below:
        return {"lines": []}
    above = [(depth, one) for depth, one in enumerate(found.above)]
    lines = [*above, (len(above), found.here), *_below(found.here, len(above) + 1)]
    count = found.here.count
    return {
        "lines": [(min(depth, 6), one.id == id, _linked(spec, one)) for depth, one in lines[:SHOWN]],
        "left": max(0, len(lines) - SHOWN),
        "below": count,
        "exact": found.exact,
        "totals": [
            (one.label, _shown(ctx, found.totals[one.name], found.exact))
            for one in spec.rollups
            if one.name in found.totals
        ]
        if count
        else [],
    }


def _below(node: tree.Node, depth: int) -> Iterator[tuple[int, tree.Node]]:
    for one in node.below:
        yield depth, one
        yield from _below(one, depth + 1)


def _linked(spec: ObjectSpec, one: tree.Node) -> SafeString:
    name = one.title or _("No name")
    return render.format_html(
        '{}<a class="k-cut" href="{}">{}</a>',
        render.mark(spec, name, one.id, "xs"),
        render.record_address(spec.name, one.id),
        name,
    )


def _shown(ctx: Context, wire: Any, exact: bool) -> str:
    """A total as people read it; "more than" where the branch is larger than what was added up."""
    if wire is None:
        return "—"
    if isinstance(wire, dict):
        text = format_money(Money(Decimal(str(wire["amount"])), wire["currency"]), ctx.locale)
    else:
        text = str(format_decimal(wire, locale=cldr(ctx.locale)))
    return text if exact else _("more than %(number)s") % {"number": text}
