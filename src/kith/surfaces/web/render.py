"""The HTML of one value: in a table cell, and on a record. Plain functions: a component a cell would cost 10 ms a page.

A *writer* is made once per column (label, icon, choices and locale are looked up there) and then called once per row
with the value; it returns escaped HTML. ``writer(ctx, page, field)`` is for cells, with ``full=True`` for a record,
where nothing is shortened. Everything comes out of ``format_html``, so a value can never be markup.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.phones import formatted
from kith.kernel.kit import dates
from kith.kernel.kit.html import clean_html
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.text import hue
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web.marks import EMPTY as EMPTY
from kith.surfaces.web.marks import NONE as NONE
from kith.surfaces.web.marks import (
    TAGS_SHOWN,
    avatar,
    badge,
    icon,
    icon_of,
    linked,
    mark,
    moment,
    record_address,
    shape_of,
    tags,
)
from kith.surfaces.web.widgets import PLACES, USES

Writer = Callable[[Any], SafeString]
Maker = Callable[[Context, Page, Field, bool], Writer]

__all__ = [
    "EMPTY",
    "NONE",
    "avatar",
    "badge",
    "icon",
    "icon_of",
    "linked",
    "mark",
    "moment",
    "record_address",
    "shape_of",
    "tags",
    "title",
    "value",
    "writer",
]

TEXT_SHOWN: Final = 200  # letters of a long text in a cell; the column cuts it anyway
RIGHT: Final = frozenset({Kind.NUMBER})
LEFT_NUMBERS: Final = frozenset({"rating"})


def is_right(field: Field) -> bool:
    """Whether the column's head, cells and sums stand at the right edge."""
    main = field.type.parts.get(getattr(field.type, "main", ""), field.type.kind)
    return main in RIGHT and field.type.name not in LEFT_NUMBERS


# --- one maker per field type ---------------------------------------------------------------------


def _text(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    cut = None if full else TEXT_SHOWN

    def write(value: Any) -> SafeString:
        text = field.type.display(field, value, ctx.locale)
        return format_html("{}", text[:cut]) if text else NONE

    return write


def _number(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    def write(value: Any) -> SafeString:
        if value is None:
            return NONE
        text = field.type.display(field, value, ctx.locale)
        return format_html('<span class="num">{}</span>', text) if full else format_html("{}", text)

    return write


def _bool(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    yes = format_html('{}<span class="{}">{}</span>', icon("check", "s"), "" if full else "k-sr", _("Yes"))
    no = (
        format_html('<span class="k-mute">{}</span>', _("No"))
        if full
        else format_html('<span class="k-none">{}</span>', _("No"))
    )
    return lambda value: NONE if value is None else yes if value else no


def _date(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    held: dict[date, SafeString] = {}

    def write(value: Any) -> SafeString:
        if value is None:
            return NONE
        if (made := held.get(value)) is None:
            made = held[value] = format_html(
                '<time datetime="{}">{}</time>', value.isoformat(), field.type.display(field, value, ctx.locale)
            )
        return made

    return write


def _moment(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    now = dates.now()
    if full:
        return lambda value: (
            NONE
            if value is None
            else format_html(
                '<time datetime="{}">{}</time>',
                value.isoformat(timespec="seconds"),
                dates.format_moment(value, ctx.locale),
            )
        )
    return lambda value: NONE if value is None else moment(value, ctx, now)


def _choice(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    made = {one.key: tags([(one.label, one.hue)]) for one in field.choices}
    return lambda value: (made.get(value) or badge(value)) if value else NONE


def _choices(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    known = {one.key: (str(one.label), one.hue) for one in field.choices}

    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        labels = [known.get(one) or (str(one), hue(str(one))) for one in value]
        return tags(labels, len(labels) if full else TAGS_SHOWN)

    return write


def _reference(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    held: dict[Any, SafeString] = {}

    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        if (made := held.get(value)) is None:
            made = held[value] = linked(ctx, page.title(field, value))
        return made

    return write


def _references(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        found = [linked(ctx, title) for one in value if (title := page.titles.get(one.key))]
        if not found:
            return NONE
        if full:
            return format_html_join("", "<div>{}</div>", ((one,) for one in found))
        more = format_html('<span class="k-tag more">+{}</span>', len(found) - 1) if len(found) > 1 else EMPTY
        return format_html('<span class="row-flex">{}{}</span>', found[0], more)

    return write


def _email(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    return lambda value: format_html('<a class="link" href="mailto:{0}">{0}</a>', value) if value else NONE


@lru_cache(maxsize=20_000)
def _dialled(value: str, locale: Locale) -> str:
    """A number in its written form, remembered: working it out takes 150 µs."""
    return formatted(value, locale)


def _phone(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        dial = "".join(letter for letter in value if letter.isdigit() or letter == "+")
        return format_html('<a class="num" href="tel:{}">{}</a>', dial, _dialled(value, ctx.locale))

    return write


def _several(one: Writer, full: bool) -> Writer:
    """The first value and how many more in a cell, all of them on a record."""

    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        if full:
            return format_html_join("", "<div>{}</div>", ((one(each),) for each in value))
        more = format_html(' <span class="k-mute">+{}</span>', len(value) - 1) if len(value) > 1 else EMPTY
        return format_html("{}{}", one(value[0]), more)

    return write


def _use(word: Any) -> SafeString:
    """What an address or number is for, behind it."""
    return format_html(' <span class="k-mute">{}</span>', word) if word else EMPTY


def _points(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    """Addresses and numbers, on a record with their use."""
    scheme, css = ("mailto", "link") if getattr(field.type, "point_kind", "") == "email" else ("tel", "num")
    words = dict(USES)

    def one(point: Any) -> SafeString:
        shown = field.type.display(field, (point,), ctx.locale)
        use = _use(words.get(point.use, point.use)) if full else EMPTY
        return format_html('<a class="{}" href="{}:{}">{}</a>{}', css, scheme, point.value, shown, use)

    return _several(one, full)


def _addresses(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    words = dict(PLACES)

    def one(placed: Any) -> SafeString:
        shown = field.type.display(field, (placed,), ctx.locale)
        use = _use(words.get(placed.use, placed.use))
        return format_html("{}{}", shown, use)

    return _several(one, full)


def _site(name: Any) -> SafeString:
    return format_html('<a class="link" href="https://{0}" rel="noopener noreferrer" target="_blank">{0}</a>', name)


def _domain(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    return lambda value: _site(value) if value else NONE


def _domains(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    return _several(lambda one: _site(one.value), full)


def _url(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    def write(value: Any) -> SafeString:
        if not value:
            return NONE
        text = str(value).removeprefix("https://").removeprefix("http://").rstrip("/")
        if not str(value).startswith(("https://", "http://")):
            return format_html("{}", text)  # nothing but the web is made a link: "javascript:" stays words
        return format_html('<a class="link" href="{}" rel="noopener noreferrer" target="_blank">{}</a>', value, text)

    return write


def _rating(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    most = int(field.options.get("max", 5))

    def write(value: Any) -> SafeString:
        if value is None:
            return NONE
        stars = format_html_join(
            "", "{}", ((icon("star", f"s{' on' if place < int(value) else ''}"),) for place in range(most))
        )
        return format_html(
            '<span class="k-stars" title="{}"><span class="k-sr">{}</span>{}</span>',
            f"{value}/{most}",
            f"{value}/{most}",
            stars,
        )

    return write


def _long_text(ctx: Context, page: Page, field: Field, full: bool) -> Writer:
    """Rich text as it is meant on a record, cleaned once more on its way out; a cell and a summary show words only."""
    if not field.options.get("rich") or not full:
        return _text(ctx, page, field, full)
    return lambda value: format_html('<div class="k-rich">{}</div>', SafeString(clean_html(value))) if value else NONE


MAKERS: Final[dict[str, Maker]] = {
    "number": _number,
    "money": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _moment,
    "choice": _choice,
    "multi_choice": _choices,
    "tags": _choices,
    "reference": _reference,
    "owner": _reference,
    "references": _references,
    "email": _email,
    "phone": _phone,
    "emails": _points,
    "phones": _points,
    "addresses": _addresses,
    "domain": _domain,
    "domains": _domains,
    "url": _url,
    "rating": _rating,
    "long_text": _long_text,
}
"""By name of the field type. A type that is not here is written by its kind, and then by its own ``display``."""

BY_KIND: Final[dict[Kind, Maker]] = {
    Kind.NUMBER: _number,
    Kind.BOOL: _bool,
    Kind.DATE: _date,
    Kind.DATETIME: _moment,
    Kind.ENUM: _choice,
    Kind.ENUMS: _choices,
    Kind.REFERENCE: _reference,
}


def writer(ctx: Context, page: Page, field: Field, *, full: bool = False) -> Writer:
    """The function that writes values of this field."""
    maker = (
        MAKERS.get(field.type.name)
        or (BY_KIND.get(field.type.kind) if field.type.kind is not Kind.REFERENCE or field.target else None)
        or _text
    )
    return maker(ctx, page, field, full)


def value(ctx: Context, page: Page, row: Row, name: str, *, full: bool = True) -> SafeString:
    """One value of one record: for the record page and for a cell after it was saved."""
    field = next(one for one in page.fields if one.name == name)
    if full and field.type.name == "file" and row.values[name] is not None:
        return _file(ctx, page, field, row)
    return (
        title(ctx, page, row)
        if not full and name == page.spec.title
        else writer(ctx, page, field, full=full)(row.values[name])
    )


def _file(ctx: Context, page: Page, field: Field, row: Row) -> SafeString:
    """The name of a file as a link that saves it, and its size."""
    held = row.values[field.name]
    to = reverse("file", kwargs={"object": page.spec.name, "id": row.id, "field": field.name})
    link = '<a class="link row-flex k-file" href="{}" download>{}<span class="k-cut">{}</span></a>'
    name = format_html(link, to, icon("paperclip", "s"), held.name)
    return format_html('{} <span class="k-mute">{}</span>', name, filesizeformat(held.size)) if held.size else name


def title(ctx: Context, page: Page, row: Row) -> SafeString:
    """The first cell of a row: mark, name as a link, and the peek button."""
    field = ctx.schema[page.spec.name].fields[page.spec.title]
    name = field.type.display(field, row.values.get(page.spec.title), ctx.locale) or _("No name")
    return title_of(page.spec, row.id, name)


def sample_mark() -> SafeString:
    """The badge of sample data where there is little room: its icon, with the word in its tip."""
    return format_html(
        '<span class="k-of-sample" title="{0}">{1}<span class="k-sr">{0}</span></span>',
        _("Sample"),
        icon("test-pipe", "s"),
    )


def title_of(spec: ObjectSpec, id: uuid.UUID, name: str, is_sample: bool = False) -> SafeString:
    return format_html(
        '<span class="who">{}<a class="k-cut" href="{}">{}</a>{}</span>',
        mark(spec, name, id),
        record_address(spec.name, id),
        name,
        sample_mark() if is_sample else EMPTY,
    )
