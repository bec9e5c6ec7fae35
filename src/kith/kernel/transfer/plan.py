"""A mapping made ready to run: from the cells of a row to the values of a record. Looks nothing up."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.points import Point, primary_first
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.text import clean
from kith.kernel.policy.grants import grants
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import steps
from kith.kernel.transfer.cells import Cell, Line, blank, text_of
from kith.kernel.transfer.drafts import MADE_KEY, WRONG, Draft, Problem, Wish
from kith.kernel.transfer.mapping import LINKS, OWN, PLAIN, TIMES, Mapping, points_of
from kith.kernel.transfer.mapping import Line as Mapped
from kith.kernel.transfer.targets import KEY, SKIP
from kith.kernel.transfer.values import Dropped, Read, Style, kind_of, moment, points, reader, several, yes

KEEP_TIMES: Final = "transfer.keep_times"
"""The named right to give records the times they had elsewhere; without it they are as new as they are."""

_ROLES: Final = frozenset({"role", "from", "to"})

Step = Callable[[Draft, Sequence[Cell]], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One column as the plan reads it: its place in the row, and the changes made to its text. Rows come with a cell
    for each column.
    """

    at: int
    line: Mapped
    run: Callable[[list[str]], list[str]] | None

    def cell(self, cells: Sequence[Cell]) -> Cell:
        held = cells[self.at]
        if self.run is None or blank(held):
            return held
        return "\n".join(self.run([text_of(held)]))

    def texts(self, cells: Sequence[Cell], separators: Sequence[str]) -> list[str]:
        held = cells[self.at]
        if blank(held):
            return []
        if isinstance(held, list | tuple):
            found = [text_of(one) for one in held if not blank(one)]
        else:
            found = several(text_of(held), separators) if separators else [text_of(held).strip()]
        return [one for one in (self.run(found) if self.run else found) if one]


@dataclass(slots=True)
class Plan:
    """All columns of one mapping, grouped by the field they give."""

    ctx: Context
    spec: ObjectSpec
    mapping: Mapping
    columns: tuple[str, ...]
    made: list[tuple[int, Step]] = field(default_factory=list)  # with the one column that it reads; -1: several
    key: list[Source] = field(default_factory=list)
    skip: list[Source] = field(default_factory=list)
    given: frozenset[str] = frozenset()  # fields that rows of this file may give
    wholes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # fields that are other ways to write these
    used: tuple[int, ...] = ()
    footer: re.Pattern[str] | None = None

    def draft(self, line: Line) -> Draft:
        """The row as a draft."""
        made = Draft(line.number, line.cells, aside=line.aside)
        if line.wrong:
            made.problems.append(Problem("", "", text_of(line.cells[-1])[:200], line.wrong, _(WRONG[line.wrong])))
        if made.aside or line.wrong:
            return made
        if self.footer is not None and not blank(line.cells[0]) and self.footer.match(text_of(line.cells[0])):
            made.aside = "footer"
            return made
        cells = line.cells
        if (short := len(self.columns) - len(cells)) > 0:
            cells = [*cells, *[""] * short]
        if any(yes(one.cell(cells)) for one in self.skip):
            made.aside = "deleted"
            return made
        for at, step in self.made:
            if at < 0 or cells[at] != "":
                step(made, cells)
        self._wholes(made)
        if not made.values and not made.wishes and not made.problems:
            made.aside = "nothing"
            return made
        self._key(made, cells)
        for name, value in self.mapping.constants.items():
            made.values.setdefault(name, value)
        return made

    def _wholes(self, made: Draft) -> None:
        """A whole (a name, an address) gives way to its parts where the row has them, too."""
        for name, to in self.wholes.items():
            if name in made.values and not made.values.keys().isdisjoint(to):
                del made.values[name]

    def _key(self, made: Draft, cells: Sequence[Cell]) -> None:
        """The key that the record will have as one of this source: its id there, else a digest of what the row says."""
        if made.key:
            return
        for one in self.key:
            if found := one.texts(cells, ()):
                text = clean(found[0].replace("\x00", ""))
                made.key = text if len(text) <= 190 else hashlib.sha256(text.encode()).hexdigest()
                return
        made.own_key = False
        used = [cells[at] for at in self.used]
        said = "\x1f".join([(cell if type(cell) is str else text_of(cell)).strip() for cell in used])
        made.key = MADE_KEY + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plan(ctx: Context, spec: ObjectSpec, mapping: Mapping, columns: tuple[str, ...]) -> Plan:
    """The mapping ready to run on a table with these columns."""
    place = {name: at for at, name in enumerate(columns)}
    sources = [
        Source(place[line.column], line, steps.compiled(tuple(line.steps)) if line.steps else None)
        for line in mapping.imported
        if line.column in place
    ]
    made = Plan(ctx, spec, mapping, columns)
    made.key = [one for one in sources if one.line.field == KEY]
    made.skip = [one for one in sources if one.line.field == SKIP]
    made.used = tuple(sorted(one.at for one in sources if one.line.field != SKIP))
    made.footer = re.compile(mapping.footers, re.IGNORECASE) if mapping.footers else None
    groups: dict[str, list[Source]] = {}
    for one in sources:
        if one.line.field not in (KEY, SKIP):
            groups.setdefault(_group(spec, one.line.field), []).append(one)
    for name, group in groups.items():
        made.made.append((group[0].at if len(group) == 1 else -1, _step(ctx, spec, mapping, name, group)))
        if (here := spec.field(name)) is not None and here.expands:
            made.wholes[name] = here.expands.to
    made.given = frozenset(groups)
    return made


def _group(spec: ObjectSpec, name: str) -> str:
    several = points_of(spec, name)
    return several.name if several is not None else name


def _step(ctx: Context, spec: ObjectSpec, mapping: Mapping, name: str, group: list[Source]) -> Step:
    if name == "id":
        return _id(group)
    if name in TIMES:
        return _time(ctx, name, group)
    here = spec.fields[name]
    if points_of(spec, name) is not None:
        return _points(ctx, spec, here, mapping, group)
    if here.type.name in LINKS:
        return _wish(here, mapping, group)
    if here.type.name == "external_keys":
        return _keys(here, group)
    if here.type.name in ("tags", "multi_choice"):
        return _set(here, mapping, group)
    if here.type.name == "money" and any(one.line.part for one in group):
        return _money(ctx, here, group)
    if here.type.name in ("text", "long_text") and len(group) > 1:
        return _joined(ctx, here, group)
    return _first(ctx, here, group, mapping.vendor == OWN, mapping.raw)


def _id(group: list[Source]) -> Step:
    def step(made: Draft, cells: Sequence[Cell]) -> None:
        text = text_of(group[0].cell(cells)).strip()
        if text:
            try:
                made.id = uuid.UUID(text)
            except ValueError:
                made.id = None
            made.key = text  # where there is no such record: the key of the Kith that it came from

    return step


def _time(ctx: Context, name: str, group: list[Source]) -> Step:
    allowed = grants(ctx).has(KEEP_TIMES)
    styles = [(one, Style.of(one.line, ctx.locale)) for one in group]

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        for one, style in styles:
            cell = one.cell(cells)
            if blank(cell) or not allowed:
                continue
            try:
                setattr(made, name, moment(cell, style))
            except Unreadable as error:
                made.warn(
                    one.line.column, name, cell, error.code, _("The time cannot be read; the record counts as new")
                )

    return step


def _as_it_is(cell: Cell) -> Any:
    return cell


def _json(cell: Cell) -> Any:
    return json.loads(cell) if isinstance(cell, str) else cell


def _first(ctx: Context, here: Field, group: list[Source], own: bool = False, raw: bool = False) -> Step:
    """One value: that of the first column that has any."""
    reads: list[tuple[Source, Read]] = [(one, reader(here, one.line, ctx.locale)) for one in group]
    if own and here.type.name not in PLAIN:
        reads = [(one, _as_it_is if raw else _json) for one in group]
    name, looks = here.name, [(one, one.at, one.run is None, read) for one, read in reads]

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        for one, at, as_it_is, read in looks:
            cell = cells[at] if as_it_is else one.cell(cells)
            if cell == "" or (cell.isspace() if type(cell) is str else blank(cell)):
                continue
            try:
                value = read(cell)
            except Unreadable as error:
                made.refuse(one.line.column, name, cell, error)
                return
            if isinstance(value, Dropped):
                message = _("“%(value)s” is none of the choices; the field stays empty") % {"value": value.text[:60]}
                made.warn(one.line.column, name, cell, "no_choice", message)
            elif value is not None:
                made.values[name] = value
                return

    return step


def _joined(ctx: Context, here: Field, group: list[Source]) -> Step:
    """Several columns in one text: lines of a street, a middle name, notes."""
    mark = "\n" if here.type.name == "long_text" else ", " if here.name.endswith("street") else " "

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        found = dict.fromkeys(
            text.strip() for one in group if not blank(cell := one.cell(cells)) and (text := text_of(cell))
        )
        if found:
            made.values[here.name] = mark.join(found)

    return step


def _set(here: Field, mapping: Mapping, group: list[Source]) -> Step:
    separators = [*mapping.separators, ";", "|", *((",", "，", "、") if here.type.name == "tags" else (",",))]
    if mapping.vendor == OWN:
        separators = [";"]

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        found: dict[str, None] = {}
        for one in group:
            for text in one.texts(cells, separators):
                key = one.line.choices.get(text, text)
                if here.choices and here.choice(str(here.type.parse(here, [key])[0])) is None:
                    message = _("“%(value)s” is none of the choices; the field stays empty") % {"value": text[:60]}
                    made.warn(one.line.column, here.name, text, "no_choice", message)
                elif key:
                    found[key] = None
        if found:
            made.values[here.name] = list(found)

    return step


def _points(ctx: Context, spec: ObjectSpec, here: Field, mapping: Mapping, group: list[Source]) -> Step:
    """Addresses: each column one, or several columns (value, kind) of one slot together."""
    slots: dict[str, dict[str, Source]] = {}
    status: list[Source] = []
    for place, one in enumerate(group):
        if one.line.part == "status":
            status.append(one)
        else:
            slots.setdefault(one.line.slot or f"#{place}", {})[one.line.part or "value"] = one
    singles = {one.line.column for one in group if one.line.field != here.name}

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        found: list[Point] = []
        for slot in slots.values():
            source = slot.get("value")
            if source is None or blank(cell := source.cell(cells)):
                continue
            kind = source.line.kind
            if (named := slot.get("kind")) is not None:
                kind = kind_of(text_of(named.cell(cells))) or kind
            primary = source.line.column in singles
            for part in cell if isinstance(cell, list) else (cell,):
                try:
                    found += points(here, part, kind, primary, mapping.separators, ctx.locale)
                except Unreadable as error:
                    made.refuse(source.line.column, here.name, part, error)
        for one in status:
            if yes(one.cell(cells)):
                found = [replace(point, status=point.status or one.line.kind or "opted_out") for point in found]
        if found:
            made.values[here.name] = primary_first(found)

    return step


def _keys(here: Field, group: list[Source]) -> Step:
    def step(made: Draft, cells: Sequence[Cell]) -> None:
        found: dict[str, str] = {}
        for one in group:
            cell = one.cell(cells)
            if blank(cell):
                continue
            if one.line.part:
                found[one.line.part] = text_of(cell).strip()
                continue
            try:
                found.update(dict(here.type.parse(here, _json(cell))))
            except Unreadable as error:
                made.refuse(one.line.column, here.name, cell, error)
        if found:
            made.values[here.name] = found

    return step


def _money(ctx: Context, here: Field, group: list[Source]) -> Step:
    """An amount and its currency in columns of their own: the column beats a sign beside the figure."""
    amounts = [one for one in group if one.line.part in ("", "amount")]
    currencies = [one for one in group if one.line.part == "currency"]
    reads = [(one, reader(here, one.line, ctx.locale)) for one in amounts]

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        currency = next((text_of(cell).strip().upper() for one in currencies if not blank(cell := one.cell(cells))), "")
        for one, read in reads:
            cell = one.cell(cells)
            if blank(cell):
                continue
            try:
                value = read(cell)
            except Unreadable as error:
                made.refuse(one.line.column, here.name, cell, error)
                return
            if value is not None:
                made.values[here.name] = {**value, "currency": currency} if currency else value
                return

    return step


def _wish(here: Field, mapping: Mapping, group: list[Source]) -> Step:
    """A record of another object: by its id, the source's key, a field of it, or its name; in this order."""
    rank = {"id": 0, "key": 1, "": 9}
    ordered = sorted((one for one in group if one.line.part not in _ROLES), key=lambda one: rank.get(one.line.part, 5))
    roles = [one for one in group if one.line.part in _ROLES]

    def step(made: Draft, cells: Sequence[Cell]) -> None:
        if here.type.name == "references" and mapping.vendor == OWN:
            _links(made, here, ordered[0], cells)
            return
        ways = [way for one in ordered for way in _ways(one, cells, mapping.separators)]
        if ways:
            rest = {one.line.part: text_of(cell) for one in roles if not blank(cell := one.cell(cells))}
            made.wishes.append(Wish(here, ways, rest))

    return step


def _ways(one: Source, cells: Sequence[Cell], separators: Sequence[str]) -> list[tuple[str, str, str]]:
    held = cells[one.at]
    if isinstance(held, dict):  # a reference as our own JSON has it
        return [(how, one.line.column, str(held[key])) for how, key in (("id", "id"), ("", "title")) if held.get(key)]
    return [(one.line.part, one.line.column, text) for text in one.texts(cells, separators)]


def _links(made: Draft, here: Field, source: Source, cells: Sequence[Cell]) -> None:
    """Our own form of several references: a list of ids with their attributes."""
    cell = source.cell(cells)
    if blank(cell):
        return
    try:
        made.values[here.name] = here.type.parse(here, _json(cell))
    except Unreadable as error:
        made.refuse(source.line.column, here.name, cell, error)
