"""The fields of one record on its page: the head, the sections, and the few facts of the overview."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import dates
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.records.history import Entry
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import cells, posted, render, timeline, widgets

KEPT: Final = ("created_at", "created_by", "updated_at")
"""Fields that every record has and that Kith writes; they stand in a section of their own at the end."""

FACTS: Final = 4
TELLING: Final = (Kind.NUMBER, Kind.JSON, Kind.ENUM, Kind.DATE, Kind.DATETIME)


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its value, the address of its editor ("" when it may not be written), where the value came from."""

    field: Field
    value: SafeString
    is_empty: bool
    cell: str
    is_wide: bool
    entry: Entry | None = None  # the last change of it, if it is among those loaded
    source: str = ""
    was: SafeString | None = None


@dataclass(frozen=True, slots=True)
class Section:
    label: Any
    lines: tuple[Line, ...]

    @property
    def is_empty(self) -> bool:
        return all(one.is_empty for one in self.lines)


@dataclass(frozen=True, slots=True)
class Held:
    """A record as this person may see it, and what they may do to it."""

    ctx: Context
    spec: ObjectSpec
    id: uuid.UUID
    page: Page
    is_binned: bool
    may_update: bool
    may_delete: bool

    @property
    def row(self) -> Row:
        return self.page.rows[0]

    @property
    def title(self) -> str:
        one = next((one for one in self.page.fields if one.name == self.spec.title), None)
        return one.type.display(one, self.row[one.name], self.ctx.locale) if one else ""

    @property
    def mark(self) -> SafeString:
        """The big avatar; objects whose records have no face show their icon on a square."""
        shape = render.shape_of(self.spec)
        if not shape:
            return render.format_html(
                '<span class="k-av co lg bot" aria-hidden="true">{}</span>', render.icon(self.spec.icon, "l")
            )
        return render.avatar(self.title or "?", self.id, "co lg" if shape == "co" else "lg")

    @property
    def title_cell(self) -> str:
        return self.cell(self.spec.title, "title")

    def cell(self, name: str, place: str = "record") -> str:
        """The address of the editor of a field; "" when this person may not write it here."""
        one = mask.writable(self.ctx, self.spec).get(name)
        if not self.may_update or self.is_binned or one is None:
            return ""
        return f"{reverse('cell', kwargs={'object': self.spec.name, 'id': self.id, 'field': name})}?in={place}"

    def value(self, one: Field) -> SafeString:
        return render.value(self.ctx, self.page, self.row, one.name)

    def is_empty(self, one: Field) -> bool:
        return one.type.empty(self.row[one.name])


def held(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> Held:
    """The record, living or in the bin, with all fields that may be read. Raises :class:`NotFound`."""
    names = tuple(mask.readable(ctx, spec))  # virtual ones too, which are read only by name
    try:
        page, binned = read.one(ctx, spec, id, names), False
    except NotFound:
        page, binned = read.one(ctx, spec, id, names, binned=True), True
    reach = [may(ctx, spec, verb) if binned else cells.reaches(ctx, spec, id, verb) for verb in ("update", "delete")]
    return Held(ctx, spec, id, page, binned, *reach)


def sections(record: Held, latest: Mapping[str, Entry]) -> Iterator[Section]:
    """The sections as declared, then what stands in none of them, then what Kith keeps."""
    spec, known = record.spec, {one.name: one for one in record.page.fields}
    left = dict(known)
    for one in spec.fields.values():  # "email" writes the first of "emails": only one of the two is shown
        listed = {name for section in spec.sections for name in section.fields}
        if one.expands and one.name not in listed:
            left.pop(one.name, None)
        elif one.expands:
            for part in one.expands.to:
                if part not in listed:
                    left.pop(part, None)
    for section in spec.sections:
        names = [name for name in section.fields if left.pop(name, None) is not None and name != spec.title]
        if names:
            yield Section(section.label, tuple(_line(record, known[name], latest) for name in names))
    rest = [one for name, one in left.items() if name not in KEPT and name != spec.title and not one.hidden]
    if rest:
        yield Section(_("Other"), tuple(_line(record, one, latest) for one in rest))
    kept = [known[name] for name in KEPT if name in known]
    if kept:
        yield Section(_("Record"), tuple(_line(record, one, {}) for one in kept))


def _line(record: Held, one: Field, latest: Mapping[str, Entry]) -> Line:
    entry = _latest(one, latest)
    was = None
    if entry is not None and one.name in entry.diff:
        old = entry.diff[one.name][0]
        page = timeline.page_of(record.ctx, record.spec, []) if not one.target else None
        was = timeline.shown_value(record.ctx, page, one, old) if page and not one.type.empty(old) else None
    wide = posted.widget_of(one) in widgets.WIDE or posted.widget_of(one) in ("long_text", "rich_text")
    return Line(
        one,
        record.value(one),
        record.is_empty(one),
        record.cell(one.name),
        wide,
        entry,
        _source(record.ctx, entry),
        was,
    )


def _latest(one: Field, latest: Mapping[str, Entry]) -> Entry | None:
    names = (one.name, *(one.expands.to if one.expands else ()))
    found = [latest[name] for name in names if name in latest]
    return max(found, key=lambda entry: entry.at, default=None)


def _source(ctx: Context, entry: Entry | None) -> str:
    """ "Mara Vogt · 12 min", with the way it came in where no person typed it."""
    if entry is None:
        return ""
    way = timeline.SOURCES.get(entry.source, "")
    return " · ".join(
        str(one) for one in (way, timeline.who(entry), dates.short_when(entry.at, dates.now(), ctx.locale)) if one
    )


def subtitle(record: Held) -> Iterator[SafeString]:
    """The owner, then the fields of the spec's subtitle that say something."""
    known = {one.name: one for one in record.page.fields}
    for name in (*(("owner",) if record.spec.is_owned else ()), *record.spec.subtitle):
        if name in known and not record.is_empty(known[name]):
            yield record.value(known[name])
    tags = next((one for one in record.page.fields if one.type.name == "tags"), None)
    if tags is not None and tags.name not in record.spec.subtitle and not record.is_empty(tags):
        yield record.value(tags)


def facts(record: Held) -> list[tuple[Any, SafeString]]:
    """At most four numbers, states or days that tell most about the record: those of the list first."""
    known = {one.name: one for one in record.page.fields}
    shown = {record.spec.title, *record.spec.subtitle, "owner", *KEPT[:2]}
    wanted = dict.fromkeys(
        [
            *record.spec.list_columns,
            *(name for section in record.spec.sections for name in section.fields),
            "updated_at",
        ]
    )
    fit = [known[name] for name in wanted if name in known and name not in shown and _tells(known[name])]
    filled = [one for one in fit if not record.is_empty(one)]
    ordered = sorted(filled[:FACTS], key=lambda one: one.name == "updated_at")
    return [(one.label, _fact(record, one)) for one in ordered]


def _tells(one: Field) -> bool:
    """A value that is read at a glance: no text, no list of addresses, nothing made of many lines."""
    return one.type.kind in TELLING and (one.type.kind is not Kind.JSON or posted.widget_of(one) == "money")


def _fact(record: Held, one: Field) -> SafeString:
    value = record.row[one.name]
    return render.moment(value, record.ctx) if one.type.kind is Kind.DATETIME else record.value(one)
