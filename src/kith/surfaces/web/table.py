"""The table of a list: its columns, their heads and sums, and the HTML of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.numbers import format_decimal, format_percent
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Aside
from kith.kernel.kit.locale import Locale
from kith.kernel.policy import mask
from kith.kernel.query.tree import BadFilter, Tree
from kith.kernel.records import aggregate, samples
from kith.kernel.records.read import Count, Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render
from kith.surfaces.web.state import State

WIDTHS: Final[dict[str, int]] = {
    "owner": 128, "reference": 168, "references": 168, "email": 180, "emails": 180, "phone": 144, "phones": 144,
    "domain": 160, "domains": 160,
    "tags": 144, "multi_choice": 144, "choice": 150, "date": 112, "datetime": 108, "number": 120, "money": 128,
    "bool": 84, "rating": 104,
}  # fmt: skip
"""Pixels of a column by its type; a column of another type has 128, the name 184."""

MEASURES: Final[dict[str, Any]] = {
    "sum": gettext_lazy("Sum"),
    "avg": gettext_lazy("Average"),
    "median": gettext_lazy("Median"),
    "min": gettext_lazy("Smallest"),
    "max": gettext_lazy("Largest"),
    "filled": gettext_lazy("Filled"),
    "empty": gettext_lazy("Empty"),
    "unique": gettext_lazy("Unique"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """One column as its head shows it. ``role`` is its place in a row of a phone: t, d, w (when), n, or none."""

    field: Field
    icon: str
    role: str
    width: int
    direction: str = ""  # "ascending", "descending" or "" where the list is not sorted by it
    level: int = 0  # its place in an order of several levels, from 1
    sortable: bool = False
    click: str = ""  # the address of the next order: up, down, none
    more: str = ""  # the same with Shift: besides the others
    sum: str = ""  # the measure in the footer, in words
    total: str = ""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def mark(self) -> SafeString:
        return render.icon(self.icon, "s")

    @property
    def arrow(self) -> SafeString:
        return render.icon("arrow-down" if self.direction == "descending" else "arrow-up", "s sort")

    @property
    def css(self) -> str:
        return " ".join(filter(None, (self.role, "n" if self.right else "")))

    @property
    def right(self) -> bool:
        return render.is_right(self.field)


def heads(ctx: Context, spec: ObjectSpec, state: State, base: str) -> list[Head]:
    """The columns of this state, in order."""
    known = mask.readable(ctx, spec)
    fields = [known[name] for name in state.columns if name in known]
    roles = _roles(spec, fields)
    levels = {word.removeprefix("-"): (place, word.startswith("-")) for place, word in enumerate(state.sort, 1)}
    made = []
    for one in fields:
        place, down = levels.get(one.name, (0, False))
        can = one.type.sort_expr(one) is not None
        made.append(
            Head(
                one,
                render.icon_of(ctx, one),
                roles.get(one.name, ""),
                184 if one.name == spec.title else WIDTHS.get(one.type.name, 128),
                ("descending" if down else "ascending") if place else "",
                place if len(state.sort) > 1 else 0,
                can,
                state.with_(sort=_turned(state.sort, one.name, alone=True)).url(base) if can else "",
                state.with_(sort=_turned(state.sort, one.name, alone=False)).url(base) if can else "",
            )
        )
    return made


def _turned(sort: Sequence[str], name: str, *, alone: bool) -> tuple[str, ...]:
    """The order after a click on a head: up, then down, then not at all; ``alone`` drops the other levels."""
    following = {"": name, name: f"-{name}", f"-{name}": ""}
    now = next((one for one in sort if one.removeprefix("-") == name), "")
    new = following[now]
    if alone:
        return (new,) if new else ()
    if not now:
        return (*sort, new)
    return tuple(one for one in (new if one == now else one for one in sort) if one)


def _roles(spec: ObjectSpec, fields: Sequence[Field]) -> dict[str, str]:
    """Which columns a phone shows: the name, one line under it, a time at the right and a number under that."""
    found: dict[str, str] = {spec.title: "t"}

    def first(role: str, fits: Callable[[Field], bool]) -> None:
        for one in fields:
            if one.name not in found and fits(one):
                found[one.name] = role
                return

    first("w", lambda one: one.type.kind in (Kind.DATETIME, Kind.DATE))
    first("n", render.is_right)
    first("d", lambda one: one.type.name == "reference" and one.name in spec.subtitle)
    if "d" not in found.values():
        first("d", lambda one: one.type.kind in (Kind.REFERENCE, Kind.TEXT) and one.type.name != "owner")
    if "n" not in found.values():
        first("n", lambda one: one.type.kind is Kind.ENUM)
    return {name: f"m-{role}" if role in "dwn" else role for name, role in found.items()}


def rows_html(ctx: Context, page: Page, columns: Sequence[Head]) -> SafeString:
    """All rows of a page. About 12 µs a cell: no template runs per row."""
    title = page.spec.title
    writers = [(_opening(one), render.writer(ctx, page, one.field)) for one in columns if one.name != title]
    named = next((one for one in columns if one.name == title), None)
    of_sample = samples.marked(ctx.schema, page.spec, [row.id for row in page.rows])
    opening = _opening(named) if named else SafeString("")
    label = _("Select %(name)s")

    def one(row: Row) -> tuple[Any, ...]:
        name = ""
        first: SafeString = render.EMPTY
        if named is not None:
            name = named.field.type.display(named.field, row.values[title], ctx.locale) or _("No name")
            first = format_html("{}{}</td>", opening, render.title_of(page.spec, row.id, name, row.id in of_sample))
        cells = format_html_join(
            "",
            "{}{}</td>",
            ((tag, write(row.values[head])) for (tag, write), head in zip(writers, others, strict=True)),
        )
        return row.id, row.version, label % {"name": name}, first, cells

    others = [each.name for each in columns if each.name != title]
    return format_html_join(
        "\n",
        '<tr data-id="{}" data-v="{}"><td class="sel-c">'
        '<input class="form-check-input" type="checkbox" aria-label="{}"></td>{}{}<td colspan="2"></td></tr>',
        (one(row) for row in page.rows),
    )


def _opening(head: Head) -> SafeString:
    return (
        format_html('<td class="{}" data-field="{}">', head.css, head.name)
        if head.css
        else format_html('<td data-field="{}">', head.name)
    )


# --- the footer -----------------------------------------------------------------------------------


def measures(one: Field) -> list[str]:
    """What can be worked out of a column."""
    if isinstance(one.store, Aside) or one.type.kind is Kind.ENUMS:
        return ["filled", "empty"]
    if one.type.kind in (Kind.DATE, Kind.DATETIME):
        return ["min", "max", "filled", "empty"]
    if render.is_right(one):
        several = one.type.kind is Kind.JSON  # money: amounts of several currencies have no middle
        return ["sum", "avg", *([] if several else ["median"]), "min", "max", "filled", "empty"]
    plain = one.type.kind not in (Kind.BOOL, Kind.JSON)
    return ["filled", "empty", *(["unique"] if plain else [])]


def measure_label(one: Field, measure: str) -> str:
    """A measure in words; of dates the smallest is the earliest."""
    if one.type.kind in (Kind.DATE, Kind.DATETIME) and measure in ("min", "max"):
        return _("Earliest") if measure == "min" else _("Latest")
    return str(MEASURES.get(measure, measure))


def totals(ctx: Context, spec: ObjectSpec, where: Tree, wanted: dict[str, str]) -> dict[str, Any]:
    """The measures of these columns over all rows that match: one query for all, one more for each median."""
    if not wanted:
        return {}
    try:
        return aggregate.footer(ctx, spec, where, wanted)
    except BadFilter:  # a measure that was kept before the field became of another type
        return {}


def total_words(one: Field, measure: str, value: Any, locale: Locale) -> str:
    """A measure's value as people read it."""
    if value is None:
        return "—"
    if measure == "filled":
        return str(format_percent(value, locale=locale.babel))
    if measure in ("empty", "unique"):
        return str(format_decimal(value, locale=locale.babel))
    if one.type.name == "number":
        return str(format_decimal(value, format="#,##0.#", locale=locale.babel))
    return one.type.display(one, value, locale)


def count_words(count: Count, locale: Locale) -> str:
    """ "12,431", or "1,000+" where counting stopped."""
    return f"{format_decimal(count.value, locale=locale.babel)}{'' if count.exact else '+'}"
