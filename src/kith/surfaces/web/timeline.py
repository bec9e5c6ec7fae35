"""The history of a record as people read it: by day, small changes of one person folded, each with its undo."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from babel.dates import format_date, format_skeleton
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import To
from kith.kernel.kit import dates
from kith.kernel.kit.cldr import cldr, language
from kith.kernel.records import read
from kith.kernel.records.history import Entry, history
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import render
from kith.surfaces.web import told as about
from kith.surfaces.web.told import Telling

LIMIT: Final = 50
FOLD: Final = timedelta(minutes=30)
"""Changes of one person that are no further apart stand as one line."""

DAYS: Final = {"en": ("EEEE, d MMMM", "EEEE, d MMMM y"), "zh": ("M月d日 EEEE", "y年M月d日 EEEE")}
"""Headings of days in the house style: of this year, and of another one. Other languages follow CLDR."""

ICONS: Final = {
    "created": "plus",
    "updated": "pencil",
    "deleted": "trash",
    "restored": "arrow-back-up",
    "signed_in": "key",
    "sign_in_failed": "alert-circle",
    "code_failed": "alert-circle",
}
SOURCES: Final[dict[str, Any]] = {
    "import": gettext_lazy("Import"),
    "rest": gettext_lazy("API"),
    "graphql": gettext_lazy("API"),
    "mcp": gettext_lazy("Agent"),
    "automation": gettext_lazy("Automation"),
    "command": gettext_lazy("Command line"),
    "sample": gettext_lazy("Sample data"),
    "system": gettext_lazy("Kith"),
}
"""Where a change came from, unless a person made it on a page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One field that changed: what it was and what it became, as HTML."""

    field: Field
    before: SafeString
    after: SafeString


@dataclass(frozen=True)
class Moment:
    """One event: who did what, and whether it can be taken back."""

    entry: Entry
    steps: tuple[Step, ...]
    who: str
    clock: str
    is_undone: bool
    may_undo: bool

    @property
    def icon(self) -> str:
        return "arrow-back-up" if self.entry.undoes else ICONS.get(self.entry.verb, "pencil")

    @property
    def icon_html(self) -> SafeString:
        return render.icon(self.icon)

    @property
    def source(self) -> Any:
        return SOURCES.get(self.entry.source, "")

    @property
    def sentence(self) -> str:
        """What happened where no single field tells it."""
        return {
            "created": _("created this"),
            "deleted": _("put this into the bin"),
            "restored": _("took this out of the bin"),
            "signed_in": pgettext("history", "signed in"),
            "sign_in_failed": _("tried to sign in with a wrong password"),
            "code_failed": _("tried to sign in with a wrong code"),
            "password_changed": _("changed the password"),
            "password_link_made": _("made a link for a new password"),
            "second_factor_added": _("added a second factor"),
            "second_factor_removed": _("removed a second factor"),
            "second_factors_reset": _("removed all second factors"),
            "passkey_added": _("added a passkey"),
            "passkey_removed": _("removed a passkey"),
            "recovery_codes_made": _("made new recovery codes"),
            "link_made": _("made a link"),
            "accepted": _("accepted the invitation"),
            "logo_changed": _("changed the logo"),
            "logo_removed": _("removed the logo"),
        }.get(self.entry.verb, _("took a change back") if self.entry.undoes else _("made a change"))


@dataclass(frozen=True)
class Group:
    """One line of the timeline: one event, several small ones of the same person, or what was written about it."""

    moments: tuple[Moment, ...] = ()
    told: Telling | None = None

    @property
    def first(self) -> Moment:
        return self.moments[0]

    @property
    def at(self) -> datetime:
        return self.told.at if self.told else self.first.entry.at

    @property
    def is_folded(self) -> bool:
        return len(self.moments) > 1 or (self.first.entry.verb == "updated" and len(self.first.steps) > 1)

    @cached_property
    def count(self) -> str:
        number = sum(len(one.steps) for one in self.moments)
        return ngettext("%(count)s change", "%(count)s changes", number) % {"count": number}

    @property
    def names(self) -> str:
        """The fields that changed, each once."""
        return ", ".join(dict.fromkeys(str(step.field.label) for one in self.moments for step in one.steps))


@dataclass(frozen=True)
class Day:
    label: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Timeline:
    """A page of the history. ``last`` is the id of the oldest entry looked at when there may be more, ``until`` its
    time.
    """

    days: tuple[Day, ...]
    entries: Sequence[Entry]
    last: uuid.UUID | None = None
    until: str = ""
    latest: Mapping[str, Entry] = field(default_factory=dict)  # the last change of each field

    @property
    def recent(self) -> tuple[Day, ...]:
        """The five latest lines, for the overview."""
        left, days = 5, []
        for day in self.days:
            if left > 0:
                days.append(Day(day.label, day.groups[:left]))
                left -= len(day.groups)
        return tuple(days)


def timeline(
    ctx: Context,
    spec: ObjectSpec,
    id: uuid.UUID,
    *,
    may_update: bool,
    before: uuid.UUID | None = None,
    until: datetime | None = None,
) -> Timeline:
    """The latest entries, or those before one that is as old as ``until``, and between them what was written about the
    record. Four queries, and one per object that changed references lead to or that can be about others.
    """
    entries = history(ctx, spec, id, limit=LIMIT, before=before)
    shown = _page(ctx, spec, entries)
    undone = {one.undoes for one in entries if one.undoes}
    now = dates.now()
    in_time = sorted(entries, key=lambda one: (one.at, one.id), reverse=True)  # an import tells of earlier days
    moments = [_moment(ctx, spec, shown, one, one.id in undone, may_update) for one in in_time]
    more = len(entries) == LIMIT
    told = about.told(ctx, spec, id, min(one.at for one in entries) if more else None, until)
    first = [Group(told=one) for one in told if one.is_first]
    groups = [
        *(
            Group(tuple(group))
            for _day, those in groupby(moments, key=lambda one: one.entry.at.astimezone(ctx.locale.zone).date())
            for group in _folded(list(those))
        ),
        *(Group(told=one) for one in told if not one.is_first),
    ]
    groups.sort(key=lambda one: one.at, reverse=True)
    days = tuple(
        Day(day_label(day, now, ctx), tuple(those))
        for day, those in groupby(groups, key=lambda one: one.at.astimezone(ctx.locale.zone).date())
    )
    if first:
        days = (Day(_("Pinned"), tuple(first)), *days)
    latest: dict[str, Entry] = {}
    for entry in entries:
        for name in entry.diff:
            latest.setdefault(name, entry)
    oldest = min((one.at for one in entries), default=now).isoformat()
    return Timeline(days, entries, entries[-1].id if more else None, oldest, latest)


def signs() -> dict[str, SafeString]:
    """The icons of the templates' loops, made once: a component a line would cost more than the line."""
    return {"arrow": render.icon("arrow-right", "s k-mute"), "back": render.icon("arrow-back-up", "s")}


def day_label(day: date, now: datetime, ctx: Context) -> str:
    """ "Today", "Yesterday", "Wednesday, 18 November", with the year when it is another one."""
    here = now.astimezone(ctx.locale.zone).date()
    if day == here:
        return _("Today")
    if day == here - timedelta(days=1):
        return _("Yesterday")
    if pattern := DAYS.get(language(ctx.locale)):
        return str(format_date(day, pattern[day.year != here.year], locale=cldr(ctx.locale)))
    skeleton = "MMMMEEEEd" if day.year == here.year else "yMMMMEEEEd"
    return str(format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=cldr(ctx.locale)))


def who(entry: Entry) -> str:
    """The actor's name as it was then."""
    return entry.actor_name or str(SOURCES.get(entry.actor_kind) or _("Somebody"))


def shown_value(ctx: Context, page: Page, one: Field, value: Any) -> SafeString:
    """A value of the past as HTML; one that the field could not hold today as plain words."""
    if one.type.empty(value):
        return render.NONE
    try:
        return render.writer(ctx, page, one)(value)
    except (TypeError, ValueError, AttributeError, KeyError):
        return render.format_html("{}", str(value)[: render.TEXT_SHOWN])


def page_of(ctx: Context, spec: ObjectSpec, values: Sequence[Mapping[str, Any]]) -> Page:
    """A page whose titles cover the references in these values, so that a writer can name them."""
    fields = {name: spec.fields[name] for those in values for name in those if name in spec.fields}
    led = [one for one in fields.values() if one.target]
    rows = [Row(uuid.UUID(int=0), 0, {one.name: _ids(those.get(one.name)) for one in led}) for those in values]
    return Page(spec, tuple(fields.values()), (), "", None, read.titles(ctx, led, rows) if led else {})


def _page(ctx: Context, spec: ObjectSpec, entries: Sequence[Entry]) -> Page:
    return page_of(
        ctx, spec, [{name: pair[side] for name, pair in one.diff.items()} for one in entries for side in (0, 1)]
    )


def _ids(value: Any) -> Any:
    """A reference or several; nothing for what was written under another type."""
    if isinstance(value, uuid.UUID):
        return value
    return tuple(one for one in value if isinstance(one, To)) if isinstance(value, tuple) else None


def _moment(ctx: Context, spec: ObjectSpec, page: Page, entry: Entry, undone: bool, may_update: bool) -> Moment:
    steps = tuple(
        Step(
            spec.fields[name],
            shown_value(ctx, page, spec.fields[name], old),
            shown_value(ctx, page, spec.fields[name], new),
        )
        for name, (old, new) in entry.diff.items()
        if name in spec.fields
    )
    may_undo = may_update and not undone and not entry.erased and entry.verb == "updated" and bool(steps)
    return Moment(entry, steps, who(entry), dates.format_time(entry.at, ctx.locale), undone, may_undo)


def _folded(moments: list[Moment]) -> Iterator[list[Moment]]:
    """Neighbours that are small changes of the same person and source, together."""
    group: list[Moment] = []
    for one in moments:
        if group and not _together(group[-1], one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _together(later: Moment, earlier: Moment) -> bool:
    one, other = later.entry, earlier.entry
    same = one.verb == other.verb == "updated" and (one.actor, one.actor_kind, one.source) == (
        other.actor,
        other.actor_kind,
        other.source,
    )
    return same and not one.undoes and not other.undoes and one.at - other.at <= FOLD
