"""The tree of teams: add, rename, move, and delete what is empty."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import Directory, directory, members
from kith.kernel.kit.text import title_key
from kith.kernel.records import change as writing
from kith.kernel.records.errors import Invalid
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, offers, sheets
from kith.surfaces.web.settings.sheets import Box


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree. ``places`` are the teams that it can be moved under."""

    id: uuid.UUID
    name: str
    parent: uuid.UUID | None
    depth: int
    people: int
    below: int
    places: tuple[tuple[str, Any], ...]

    @property
    def steps(self) -> range:
        """One for each level above, for the template to draw."""
        return range(self.depth)


def _boxes(ctx: Context) -> tuple[Box, ...]:
    return (
        Box("name", "text", _("Name")),
        Box("parent", "select", _("Part of"), offers.teams(ctx), optional=True, none=_("No other team")),
    )


@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The tree; POST adds a team."""
    frame.administer(ctx)
    boxes = _boxes(ctx)
    if request.method != "POST":
        return _page(
            request, ctx, sheets.sheet(boxes, {"parent": request.GET.get("under", "")}), is_open="under" in request.GET
        )
    values = sheets.read(boxes, request.POST)
    try:
        done = writing.change(ctx, ctx.schema["teams"], None, {**values, "parent": values["parent"] or None})
    except Invalid as error:
        return _page(request, ctx, sheets.sheet(boxes, values, error), status=422, is_open=True)
    frame.said(request, _("Team added"), done.event)
    return frame.go("settings-teams")


@require_POST
@web.page
def edit(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Rename a team, or put it under another one."""
    frame.administer(ctx)
    wanted: dict[str, Any] = {}
    if "name" in request.POST:
        wanted["name"] = request.POST["name"].strip()
    if "parent" in request.POST:
        wanted["parent"] = request.POST["parent"] or None
    return _done(request, ctx, lambda: writing.change(ctx, ctx.schema["teams"], id, wanted), _("Team saved"))


@require_POST
@web.page
def delete(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Into the bin, when nobody is in it and nothing below it."""
    frame.administer(ctx)
    return _done(request, ctx, lambda: writing.delete(ctx, ctx.schema["teams"], id), _("Team moved to the bin"))


def _done(request: HttpRequest, ctx: Context, run: Any, text: str) -> HttpResponse:
    try:
        done = run()
    except Invalid as error:
        shown = sheets.sheet(_boxes(ctx), {})
        return _page(request, ctx, shown, status=422, wrong=web.words(error))
    frame.said(request, text, done.event)
    return frame.go("settings-teams")


def _page(
    request: HttpRequest,
    ctx: Context,
    sheet: sheets.Sheet,
    *,
    status: int = 200,
    wrong: str = "",
    is_open: bool = False,
) -> HttpResponse:
    held = directory(ctx.schema.version)
    names = offers.teams(ctx)
    values = {"branches": list(_walk(ctx, held, names)), "sheet": sheet, "wrong": wrong, "is_open": is_open}
    return frame.reply(request, ctx, "settings-teams", "teams", values, status)


def _walk(ctx: Context, held: Directory, names: list[tuple[str, Any]]) -> Iterator[Branch]:
    """The teams in the order of the tree. A team whose parent has gone stands at the top."""
    under: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for id, (_name, parent) in held.teams.items():
        under.setdefault(parent if parent in held.teams else None, []).append(id)

    def level(parent: uuid.UUID | None, depth: int) -> Iterator[Branch]:
        for id in sorted(under.get(parent, ()), key=lambda one: title_key(held.teams[one][0])):
            inside = {str(one) for one in held.below[id]}
            places = tuple((value, text) for value, text in names if value not in inside)
            people = len(members(ctx, id))
            yield Branch(id, held.teams[id][0], held.teams[id][1], depth, people, len(inside) - 1, places)
            yield from level(id, depth + 1)

    return level(None, 0)
