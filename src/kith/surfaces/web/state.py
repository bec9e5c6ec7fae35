"""What a list shows, as its address says it: view, filter, sort, columns. Every control is a link to another state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.kit import json
from kith.kernel.kit.ids import identity
from kith.kernel.policy import mask
from kith.kernel.query.tree import ALL, And, BadFilter, Is, Tree, Words, both, from_json, to_json
from kith.kernel.query.typed import parse
from kith.kernel.records import views
from kith.kernel.records.sight import ActorSight
from kith.kernel.records.views import Saved
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import prefs

VIEWS: Final = ("", "mine")
"""The built-in views: all records, and those that the reader owns. Any other is the id of a saved one."""

SORTS: Final = 4  # levels of an order


@dataclass(frozen=True, slots=True)
class State:
    """One state of one list. ``columns`` are those to show; ``own_columns`` says whether the address names them.

    Under a ``saved`` view the address holds only what differs from it: then the state is ``changed``.
    """

    object: str
    view: str = ""
    where: Tree = ALL
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    own_columns: bool = False
    saved: Saved | None = None

    @property
    def kept(self) -> tuple[Tree, tuple[str, ...], tuple[str, ...]]:
        """The filter, order and columns that the view has without the address."""
        if self.saved is None:
            return And(()), (), ()
        return _many(self.saved.where or ALL), self.saved.sort, self.saved.columns

    @property
    def changed(self) -> bool:
        """Whether the list shows something else than its view."""
        return bool(self.parameters.keys() - {"view"})

    @property
    def items(self) -> tuple[Tree, ...]:
        """The conditions that stand side by side: one chip each."""
        return self.where.items if isinstance(self.where, And) else (self.where,)

    @property
    def words(self) -> str:
        return next((one.text for one in self.items if isinstance(one, Words)), "")

    def with_(self, **changes: Any) -> State:
        return replace(self, **changes)

    def with_items(self, items: Sequence[Tree]) -> State:
        """The same list under these conditions."""
        return replace(self, where=And(tuple(items)))

    def without(self, place: int) -> State:
        return self.with_items([one for at, one in enumerate(self.items) if at != place])

    @property
    def parameters(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.view:
            found["view"] = self.view
        where, sort, columns = self.kept
        if self.where != where:
            found["filter"] = json.dumps_text(self.filter) if self.items else ""
        if self.sort != sort:
            found["sort"] = ",".join(self.sort)
        if self.own_columns and self.columns != columns:
            found["columns"] = ",".join(self.columns)
        return found

    @property
    def filter(self) -> Any:
        """The conditions as JSON; a single one stands alone."""
        return to_json(self.items[0] if len(self.items) == 1 else self.where)

    def query(self, **more: str) -> str:
        return urlencode({**self.parameters, **more}, quote_via=quote, safe=",:")

    @property
    def mine(self) -> State:
        """The same rows without a built-in view: what it says stands among the conditions."""
        return self.with_(view="", where=_many(asked_of_rows(self)))

    def plain(self, base: str) -> str:
        """The address of the view alone."""
        return f"{base}?view={self.view}" if self.view else base

    def url(self, base: str, **more: str) -> str:
        """The address of this state of the list at ``base``."""
        asked = self.query(**more)
        return f"{base}?{asked}" if asked else base


def state_of(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> State:
    """The state that the address asks for. Raises :class:`BadFilter` for a filter that cannot be read."""
    asked = request.GET
    view = asked.get("view", "")
    saved = _saved(ctx, spec, view)
    known = mask.readable(ctx, spec)
    named = tuple(one for one in asked.get("columns", "").split(",") if one)
    if unknown := [one for one in named if one not in known]:
        raise BadFilter(
            "unknown_field",
            gettext_noop("%(object)s has no field “%(field)s”"),
            object=str(spec.label_many),
            field=", ".join(unknown),
        )
    chosen = (
        named
        or tuple(one for one in (saved.columns if saved else ()) if one in known)
        or tuple(one for one in prefs.columns_of(request, spec.name) if one in known)
        or tuple(one for one in spec.list_columns if one in known)
    )
    if spec.title in known:  # the name stands first: it is what the other cells are about
        chosen = (spec.title, *(one for one in dict.fromkeys(chosen) if one != spec.title))
    sort = tuple(dict.fromkeys(one for one in asked.get("sort", "").split(",") if one.strip("-")))[:SORTS]
    where = read_filter(ctx, spec, asked.get("filter", ""))
    if saved is not None:
        sort = sort if "sort" in asked else saved.sort
        where = where if "filter" in asked else _readable(saved)
    return State(spec.name, view, _many(where), sort, chosen, bool(named), saved)


def _saved(ctx: Context, spec: ObjectSpec, view: str) -> Saved | None:
    if view in VIEWS and (view != "mine" or spec.is_owned):
        return None
    found = next((one for one in views.of(ctx, spec.name) if str(one.id) == view), None)
    if found is None and identity(view):
        raise BadFilter("unknown_view", gettext_noop("This view was deleted, or is no longer shared with you."))
    if found is None:
        raise BadFilter("unknown_view", gettext_noop("There is no view “%(view)s”"), view=view)
    return found


def _readable(saved: Saved) -> Tree:
    if saved.where is None:
        raise BadFilter(
            "unreadable_view", gettext_noop("The filter of the view “%(view)s” cannot be read"), view=saved.name
        )
    return saved.where


def _many(where: Tree) -> And:
    return where if isinstance(where, And) else And((where,))


def read_filter(ctx: Context, spec: ObjectSpec, text: str) -> Tree:
    """A filter in either form: JSON, or the typed one. Raises :class:`BadFilter`."""
    text = text.strip()
    if not text:
        return ALL
    if text[0] not in "{[":
        return typed(ctx, spec, text)
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise BadFilter("not_json", gettext_noop("The filter is not JSON")) from error
    return from_json(raw)


def typed(ctx: Context, spec: ObjectSpec, text: str) -> Tree:
    """The tree of a typed filter. Free words stay words."""
    return parse(text, ctx, spec, ActorSight(ctx))


def asked_of_rows(state: State) -> Tree:
    """The condition that rows of this state meet: the view's and the filter's."""
    return both(Is("owner", "eq", "me"), state.where) if state.view == "mine" else state.where
