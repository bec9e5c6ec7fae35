"""The command palette: one box for what can be done here, where to go, every record, and making a new one.

``/palette?q=`` answers with the lines that match, as HTML; the script puts them under the box. Without script the
search page finds records alone. Nothing is in an answer that its reader could not open.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.kit.names import split_name
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import finding, read
from kith.kernel.records.act import offered
from kith.kernel.records.merge import MOST as MOST_MERGED
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import cells, importing, letters, marks, posted
from kith.surfaces.web import request as web
from kith.surfaces.web.filters import suggested
from kith.surfaces.web.marks import noun
from kith.surfaces.web.matches import left, marked, spans
from kith.surfaces.web.shell import Shell, address

LONGEST: Final = 200  # characters of what is typed
HITS: Final = 8
RECENT: Final = 6
PEOPLE: Final = 3  # colleagues to assign to
NEW: Final = 3  # objects of which a new record is offered for words that name none of them


@dataclass(frozen=True, slots=True)
class Line:
    """One line: an icon or a mark, words, where it leads or (``data``) what the script does, and its keys."""

    text: SafeString
    mark: SafeString
    second: SafeString = marks.EMPTY
    to: str = ""
    keys: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    label: Any
    lines: tuple[Line, ...]


@require_safe
@web.page
def palette(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The lines for what is typed. ``>`` before it asks for deeds only, ``@`` for people only.

    ``object`` with ``selected`` is what is ticked in the list, ``object`` with ``id`` the record on the page,
    ``recent`` the records this browser remembers, as ``object:id`` with commas.
    """
    asked = request.GET
    typed = asked.get("q", "").strip()[:LONGEST]
    only, typed = (typed[0], typed[1:].strip()) if typed[:1] in (">", "@") else ("", typed)
    spec = ctx.schema.get(asked.get("object", ""))
    here = spec if spec is not None and may(ctx, spec, "read") else None
    found: list[Section] = []
    if only != "@":
        found.append(_deeds(ctx, here, typed, asked))
    if only != ">":
        found.append(_records(ctx, typed, only) if typed else _recent(ctx, asked.get("recent", ""), only))
    if only != "@":
        shell = Shell(request, ctx)
        lines = [*_places(ctx, shell, typed), *_new(ctx, here, typed, bool(only)), *_help(typed)]
        found.append(Section(_("Go to and create"), tuple(lines)))
    sections = [one for one in found if one.lines]
    return web.reply(request, ctx, "web/palette.html", {"sections": sections, "typed": typed})


def pages(ctx: Context) -> list[ObjectSpec]:
    """The objects whose records are found by words and may be read by this person: colleagues, too, who stand in no
    menu.
    """
    return [spec for spec in ctx.schema if spec.search and may(ctx, spec, "read")]


# --- what can be done here --------------------------------------------------------------------------------------------


def _deeds(ctx: Context, spec: ObjectSpec | None, typed: str, asked: Mapping[str, str]) -> Section:
    if spec is None:
        return Section("", ())
    selected = asked.get("selected", "")
    if selected:
        count = int(selected) if selected.isdecimal() and len(selected) < 8 else 0
        label = ngettext(
            "With the %(count)s selected %(objects)s", "With the %(count)s selected %(objects)s", count or 2
        )
        objects = noun(spec.label_one if count == 1 else spec.label_many)
        lines = _on_many(ctx, spec, typed, 0 if asked.get("all") else count)
        return Section(label % {"count": selected[:20], "objects": objects}, tuple(lines))
    id = read.identity(asked.get("id", ""))
    if id is None or id not in read.ids(ctx, spec, [id]):
        return Section("", ())
    return Section(_("With this %(object)s") % {"object": noun(spec.label_one)}, tuple(_on_one(ctx, spec, id, typed)))


def _on_many(ctx: Context, spec: ObjectSpec, typed: str, count: int) -> Iterator[Line]:
    """What the bulk bar does; ``count`` is 0 where all that match are meant."""

    def bulk(action: str) -> str:
        return reverse("bulk", kwargs={"object": spec.name, "action": action})

    if may(ctx, spec, "update") and "owner" in mask.writable(ctx, spec):
        yield from _line(_("Assign to me"), "user-plus", typed, data={"deed": bulk("assign"), "owner": "me"}, keys="A")
        users = ctx.schema.get("users")
        for one in suggested(ctx, users, typed, PEOPLE) if typed and users is not None else ():
            words = _("Assign to %(name)s") % {"name": one["text"]}
            yield from _line(words, "user-plus", typed, data={"deed": bulk("assign"), "owner": one["value"]})
    if 2 <= count <= MOST_MERGED and may(ctx, spec, "update") and may(ctx, spec, "delete"):
        merge = reverse("merge", kwargs={"object": spec.name})
        yield from _line(_("Merge into one"), "arrow-merge", typed, data={"merge": merge})
    if may(ctx, spec, "delete"):
        yield from _line(_("Delete"), "trash", typed, data={"deed": bulk("delete")})


def _on_one(ctx: Context, spec: ObjectSpec, id: uuid.UUID, typed: str) -> Iterator[Line]:
    names = {"object": spec.name, "id": id}
    for action in offered(ctx, spec, id):
        to = reverse("action", kwargs={**names, "name": action.name})
        yield from _line(str(action.label), action.icon, typed, data={"post": to})
    if cells.reaches(ctx, spec, id, "update"):
        edit = reverse("edit", kwargs=names)
        yield from _line(_("Edit all fields"), "pencil", typed, to=edit, data={"panel": edit}, keys="E")
    if cells.reaches(ctx, spec, id, "delete"):
        yield from _line(_("Delete"), "trash", typed, data={"post": reverse("delete", kwargs=names)})


# --- records ----------------------------------------------------------------------------------------------------------


def _records(ctx: Context, typed: str, only: str) -> Section:
    names = [spec.name for spec in pages(ctx) if only != "@" or marks.shape_of(spec) == "round"]
    hits = finding.search(ctx, typed, names, HITS) if names else []
    lines = [_hit(ctx, hit, typed) for hit in hits]
    if len(hits) == HITS:
        text = _("All results for “%(words)s”") % {"words": typed}
        to = f"{reverse('search')}?{urlencode({'q': typed})}"
        lines.append(Line(marked(text, ""), marks.icon("search"), to=to))
    return Section(_("People") if only else _("Records"), tuple(lines))


def _recent(ctx: Context, remembered: str, only: str) -> Section:
    """The records that were opened last in this browser, which knows their ids only."""
    wanted: list[tuple[str, uuid.UUID]] = []
    for one in remembered.split(",")[:20]:
        name, _colon, text = one.partition(":")
        if (id := read.identity(text)) is not None:
            wanted.append((name, id))
    known = {spec.name: spec for spec in pages(ctx)}
    found: dict[tuple[str, uuid.UUID], finding.Hit] = {}
    for name in dict.fromkeys(name for name, _id in wanted if name in known):
        if only != "@" or marks.shape_of(known[name]) == "round":
            hits = finding.known(ctx, known[name], [id for each, id in wanted if each == name])
            found |= {(name, hit.id): hit for hit in hits}
    hits = [found[one] for one in dict.fromkeys(wanted) if one in found][:RECENT]
    return Section(_("Recent"), tuple(_hit(ctx, hit, "") for hit in hits))


def _hit(ctx: Context, hit: finding.Hit, typed: str) -> Line:
    spec = ctx.schema[hit.object]
    title = hit.title or "—"
    second = " · ".join(filter(None, (str(spec.label_one), hit.subtitle)))
    return Line(
        marked(title, typed),
        marks.mark(spec, title, hit.id) if marks.shape_of(spec) else marks.icon(spec.icon),
        marked(second, left(title, typed)),
        marks.record_address(hit.object, hit.id),
    )


# --- going and making -------------------------------------------------------------------------------------------------


def _places(ctx: Context, shell: Shell, typed: str) -> Iterator[Line]:
    keys = {one.spec.name: one.letter for one in letters.lettered(ctx)}
    for spec in ctx.schema:
        if spec.menu and may(ctx, spec, "read"):
            to, pair = address("list", object=spec.name), ("G", keys.get(spec.name, "").upper())
            yield from _line(
                str(spec.label_many), spec.icon, typed, to=to, keys=pair if pair[1] else "", also=spec.name
            )
    if typed and importing.may_import(ctx) and (to := address("import")):
        yield from _line(_("Import files"), "upload", typed, to=to, also=f"import {_('Import')} CSV Excel vCard")
    if not typed:
        if shell.settings:
            yield from _line(str(shell.settings.label), shell.settings.icon, "", to=shell.settings.address, keys="GS")
        return
    for label, icon, to, words in _settings(ctx):
        yield from _line(f"{_('Settings')}: {label}", icon, typed, to=to, also=words)


def _settings(ctx: Context) -> Iterator[tuple[str, str, str, str]]:
    """The pages of the settings that are there for this person: name, icon, address, and words people look for."""
    try:
        from kith.surfaces.web.settings import frame
    except ImportError:  # a site without these pages
        return
    mighty = frame.may_administer(ctx)
    for _label, leaves in frame.TREE:
        for leaf in leaves:
            if leaf.name == "import":
                continue  # it stands among the places, for everybody who may import
            if (mighty or not leaf.administers) and (to := address(leaf.name)):
                yield str(leaf.label), leaf.icon, to, str(leaf.words)


def _new(ctx: Context, here: ObjectSpec | None, typed: str, deeds: bool) -> Iterator[Line]:
    """New records: of what was named ("new company"), else named as was typed, of the object on the page first."""
    known = sorted((one for one in letters.lettered(ctx) if one.new), key=lambda one: one.spec is not here)
    named = []
    for one in known:
        text = _("New %(object)s") % {"object": noun(one.spec.label_one)}
        named += _line(text, "plus", typed, to=one.new, data={"panel": one.new}, keys=("C", one.letter.upper()))
    yield from named
    if named or deeds:
        return
    nameable = [one for one in known if not one.spec.fields[one.spec.title].choices]  # not what is called after a list
    for one in nameable[:NEW]:
        text = _("New %(object)s named “%(name)s”") % {"object": noun(one.spec.label_one), "name": typed}
        to = f"{one.new}?{urlencode(_prefill(ctx, one.spec, typed))}"
        yield Line(marked(text, ""), marks.icon("plus"), to=to, data={"panel": to}, keys=("C", one.letter.upper()))


def _prefill(ctx: Context, spec: ObjectSpec, typed: str) -> dict[str, str]:
    """The parameters that fill the title of a new record with what was typed."""
    title = spec.fields[spec.title]
    if posted.widget_of(title) != "name":
        return {spec.title: typed}
    parts = zip(posted.NAME, split_name(typed, ctx.locale), strict=True)
    return {f"{spec.title}-{part}": value for part, value in parts if value}


def _help(typed: str) -> Iterator[Line]:
    yield from _line(_("Keyboard shortcuts"), "keyboard", typed, data={"shortcuts": "1"}, keys="?")


def _line(
    text: str,
    icon: str,
    typed: str,
    *,
    to: str = "",
    data: Mapping[str, str] | None = None,
    keys: Sequence[str] = "",
    also: str = "",
) -> list[Line]:
    """The line if it matches what is typed, in its words or in ``also``, which are not shown."""
    if typed and spans(text, typed) is None and spans(f"{text} {also}", typed) is None:
        return []
    return [Line(marked(text, typed), marks.icon(icon), to=to, data=data or {}, keys=tuple(keys))]


@require_safe
@web.page
def search(request: HttpRequest, ctx: Context) -> HttpResponse:
    """``/search?q=``: every hit, by object: for a browser without script, and for more than the palette holds."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    names = [spec.name for spec in pages(ctx)]
    hits = finding.search(ctx, typed, names, read.COUNT_CAP // 10) if typed and names else []
    groups: dict[str, list[Line]] = {}
    for hit in hits:  # the object of the best hit first
        groups.setdefault(hit.object, []).append(_hit(ctx, hit, typed))
    shown = [
        {
            "spec": ctx.schema[name],
            "lines": lines,
            "all": f"{reverse('list', kwargs={'object': name})}?{urlencode({'edit': 'typed', 'typed': typed})}",
        }
        for name, lines in groups.items()
    ]
    return web.reply(request, ctx, "web/search.html", {"typed": typed, "groups": shown, "count": len(hits)})


@require_safe
@web.page
def shortcuts(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The sheet of keys. The script fills in the keys, and takes away what it has no key for."""
    known = letters.lettered(ctx)
    values = {"known": known, "settings": address("settings")}
    return web.reply(request, ctx, "web/shortcuts.html", values)
