"""The list of one object: a table under a view, a filter, an order and columns, all of which stand in the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import And, BadFilter
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.records.merge import MOST as MOST_MERGED
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import conditions, edits, prefs, render, saved, table
from kith.surfaces.web import request as web
from kith.surfaces.web.marks import noun
from kith.surfaces.web.shell import address
from kith.surfaces.web.state import State, asked_of_rows, state_of

PAGE = 50
MOST = 500  # rows that a list brings back at once when it is shown again as far as it was scrolled

EXPORTS = (("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSON Lines"))


@web.page
def home(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The first page: the list of the first object that this person may read."""
    for spec in ctx.schema:
        if spec.menu and may(ctx, spec, "read"):
            return HttpResponseRedirect(reverse("list", kwargs={"object": spec.name}))
    return web.reply(request, ctx, "web/nothing.html")


@web.page
def page(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The list, whole or as the fragment ``#list``. With ``edit`` in the address the state is changed first."""
    spec = web.object_named(ctx, object)
    base = reverse("list", kwargs={"object": object})
    problem = ""
    try:
        state = state_of(request, ctx, spec)
    except Unreadable as error:  # an old link, a field that has gone: say what is wrong and show the list without it
        problem, state = web.words(error), _bare(request, ctx, spec)
    if "edit" in request.GET:
        try:
            state = edits.applied(request, ctx, spec, state)
        except Unreadable as error:
            return edits.refused(request, ctx, spec, state, error)
        if not web.is_fragment(request):
            return HttpResponseRedirect(state.url(base))
    values = _values(request, ctx, spec, state, base, problem)
    if not web.is_fragment(request):
        return web.reply(request, ctx, "web/list.html", values, 400 if values["problem"] else 200)
    response = web.reply(request, ctx, "web/list_body.html", values)
    again = _is_at(request.headers.get("HX-Current-URL", ""), state.url(base))
    response.headers["HX-Replace-Url" if again else "HX-Push-Url"] = state.url(
        base
    )  # a list shown anew is no step back
    return response


def _is_at(current: str, url: str) -> bool:
    """Whether the page stands at ``url`` already, however its address is quoted."""
    here, there = urlsplit(current), urlsplit(url)
    return here.path == there.path and parse_qsl(here.query) == parse_qsl(there.query)


def _bare(request: HttpRequest, ctx: Context, spec: ObjectSpec) -> State:
    """The state of the list without what its address asked."""
    known = mask.readable(ctx, spec)
    chosen = prefs.columns_of(request, spec.name) or spec.list_columns
    return State(
        spec.name, where=And(()), columns=tuple(one for one in dict.fromkeys((spec.title, *chosen)) if one in known)
    )


def _values(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, base: str, problem: str
) -> dict[str, Any]:
    try:
        chips = conditions.chips(ctx, spec, state.items)
        shown = min(
            MOST, max(PAGE, int(request.GET.get("shown", "0") if request.GET.get("shown", "0").isdigit() else 0))
        )
        found = read.rows(ctx, spec, query_of(ctx, spec, state, limit=shown))
        heads = table.heads(ctx, spec, state, base)
    except BadFilter as error:
        problem, state = web.words(error), _bare(request, ctx, spec)
        chips, found, heads = [], read.rows(ctx, spec, query_of(ctx, spec, state)), table.heads(ctx, spec, state, base)
    filtered = bool(state.items)
    create, bring = address("new", object=spec.name), address("import")
    count = found.count or read.Count(len(found.rows), True)
    return {
        "spec": spec,
        "one_label": noun(spec.label_one),
        "many_label": noun(spec.label_many),
        "state": state,
        "base": base,
        "query": state.query(),
        "problem": problem,
        "heads": _summed(request, ctx, spec, state, heads),
        "rows": table.rows_html(ctx, found, heads),
        "more": _more(state, found.next),
        "count": count,
        "count_words": table.count_words(count, ctx.locale),
        "chips": [{"chip": one, "drop": state.without(one.place).url(base)} for one in chips],
        "filtered": filtered,
        "empty": "" if found.rows else "filtered" if filtered else "view" if state.view == "mine" else "first",
        "tabs": saved.tabs(request, ctx, spec, state, base),
        "may_save": saved.may_save(ctx),
        "plain": state.plain(base),
        "sort_words": sort_words(ctx, spec, state),
        "create": create if may(ctx, spec, "create") and has_forms() else "",
        "bring": bring if may(ctx, spec, "import") and may(ctx, spec, "create") else "",
        "export": address("export", object=spec.name) if may(ctx, spec, "export") else "",
        "may_delete": may(ctx, spec, "delete"),
        "may_merge": MOST_MERGED if may(ctx, spec, "update") and may(ctx, spec, "delete") else 0,
        "may_assign": may(ctx, spec, "update") and "owner" in mask.writable(ctx, spec),
        "export_forms": EXPORTS,
        "menu": reverse("column-menu", kwargs={"object": spec.name}),
        "chevron": render.icon("chevron-down", "s"),
        "cleared": state.with_items(()).url(base),
    }


def query_of(ctx: Context, spec: ObjectSpec, state: State, limit: int = PAGE, after: str = "") -> Query:
    """What the rows of this state are."""
    wanted = tuple(dict.fromkeys((spec.title, *state.columns)))
    known = mask.readable(ctx, spec)
    fields = tuple(one for one in wanted if one in known)
    return Query(asked_of_rows(state), state.sort, fields, limit, after, count=not after)


def has_forms() -> bool:
    """Whether new records can be made: nothing is offered that leads nowhere."""
    from importlib.util import find_spec

    return find_spec("kith.surfaces.web.forms") is not None


def _more(state: State, after: str) -> str:
    if not after:
        return ""
    return state.url(reverse("rows", kwargs={"object": state.object}), after=after)


def sort_words(ctx: Context, spec: ObjectSpec, state: State) -> str:
    """The order in a word or two, for the chip of a phone: "Newest", "Name"."""
    word = state.sort[0] if state.sort else spec.sort
    one = mask.readable(ctx, spec).get(word.removeprefix("-")) if word else None
    if one is None:
        return _("Sort")
    if one.type.kind in (Kind.DATE, Kind.DATETIME):
        return _("Newest") if word.startswith("-") else _("Oldest")
    return str(one.label)


def _summed(
    request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, heads: list[table.Head]
) -> list[table.Head]:
    """The heads with the measures that this person keeps under them."""
    from dataclasses import replace

    shown = {one.name: one.field for one in heads}
    wanted = {
        name: one
        for name, one in prefs.sums_of(request, spec.name).items()
        if name in shown and one in table.measures(shown[name])
    }
    found = table.totals(ctx, spec, asked_of_rows(state), wanted)
    made = []
    for one in heads:
        measure = wanted.get(one.name, "")
        total = table.total_words(one.field, measure, found.get(one.name), ctx.locale) if measure else ""
        made.append(replace(one, sum=table.measure_label(one.field, measure) if measure else "", total=total))
    return made


@web.page
def rows(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The next rows after a cursor, with the address of those after them."""
    spec = web.object_named(ctx, object)
    state = state_of(request, ctx, spec)
    found = read.rows(ctx, spec, query_of(ctx, spec, state, after=request.GET.get("after", "")))
    heads = table.heads(ctx, spec, state, "")
    values = {"rows": table.rows_html(ctx, found, heads), "more": _more(state, found.next), "width": len(heads) + 2}
    return web.reply(request, ctx, "web/list_rows.html", values)


@web.page
def footer(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The exact count of a list whose count stopped at its cap."""
    spec = web.object_named(ctx, object)
    exact = read.count(ctx, spec, query_of(ctx, spec, state_of(request, ctx, spec)), cap=0)
    return HttpResponse(format_html("{}", table.count_words(exact, ctx.locale)))


@web.page
def menu(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """What can be done with one column: sort, filter, summarise, move, hide."""
    spec = web.object_named(ctx, object)
    state, base = state_of(request, ctx, spec), reverse("list", kwargs={"object": object})
    one = mask.readable(ctx, spec).get(request.GET.get("field", ""))
    if one is None or one.name not in state.columns:
        raise NotFound(object)
    up, down = sort_labels(one.type.kind)
    place, movable = state.columns.index(one.name), one.name != spec.title
    values = {
        "spec": spec,
        "field": one,
        "part": request.GET.get("part", ""),
        "query": state.query(),
        "sortable": one.type.sort_expr(one) is not None,
        "directions": [
            {
                "label": up,
                "icon": "sort-ascending",
                "on": one.name in state.sort,
                "url": state.with_(sort=(one.name,)).url(base),
            },
            {
                "label": down,
                "icon": "sort-descending",
                "on": f"-{one.name}" in state.sort,
                "url": state.with_(sort=(f"-{one.name}",)).url(base),
            },
        ],
        "filterable": bool(conditions.offered(one)),
        "measures": _measures(request, spec, one),
        "left": _moved(state.columns, place, -1) if movable and place > 1 else None,
        "right": _moved(state.columns, place, 1) if movable and place < len(state.columns) - 1 else None,
        "hidden": [name for name in state.columns if name != one.name] if movable else None,
    }
    return web.reply(request, ctx, "web/list_menu.html", values)


def sort_labels(kind: Kind) -> tuple[str, str]:
    """What the two directions are called."""
    if kind in (Kind.DATE, Kind.DATETIME):
        return _("Oldest first"), _("Newest first")
    if kind is Kind.NUMBER:
        return _("Smallest first"), _("Largest first")
    if kind is Kind.ENUM:
        return _("First to last"), _("Last to first")
    return _("A to Z"), _("Z to A")


def _moved(columns: tuple[str, ...], place: int, by: int) -> list[str]:
    made = list(columns)
    made.insert(place + by, made.pop(place))
    return made


def _measures(request: HttpRequest, spec: ObjectSpec, one: Any) -> list[dict[str, Any]]:
    now = prefs.sums_of(request, spec.name).get(one.name, "")
    found = [{"name": each, "label": table.measure_label(one, each), "on": each == now} for each in table.measures(one)]
    return [*found, {"name": "", "label": _("Nothing"), "on": not now}] if found else []


@web.page
def sort(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The levels of the order, and the fields to add to it."""
    spec = web.object_named(ctx, object)
    state, base = state_of(request, ctx, spec), reverse("list", kwargs={"object": object})
    known = mask.readable(ctx, spec)
    levels = []
    for place, word in enumerate(state.sort):
        name, down = word.removeprefix("-"), word.startswith("-")
        if name not in known:
            continue
        turned = tuple((name if down else f"-{name}") if at == place else one for at, one in enumerate(state.sort))
        dropped = tuple(one for at, one in enumerate(state.sort) if at != place)
        words = sort_labels(known[name].type.kind)[down]
        levels.append(
            {
                "field": known[name],
                "icon": render.icon_of(ctx, known[name]),
                "down": down,
                "words": words,
                "turn": state.with_(sort=turned).url(base),
                "drop": state.with_(sort=dropped).url(base),
            }
        )
    taken = {one.removeprefix("-") for one in state.sort}
    ordered = sorted(
        known.values(), key=lambda one: state.columns.index(one.name) if one.name in state.columns else 999
    )
    others = [
        one for one in ordered if one.name not in taken and not one.hidden and one.type.sort_expr(one) is not None
    ]
    adds = [
        {"field": one, "icon": render.icon_of(ctx, one), "url": state.with_(sort=(*state.sort, one.name)).url(base)}
        for one in others
    ]
    values = {
        "spec": spec,
        "levels": levels,
        "adds": adds,
        "full": len(state.sort) >= 4,
        "clear": state.with_(sort=()).url(base),
    }
    return web.reply(request, ctx, "web/list_sort.html", values)


@web.page
def pick(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """All fields as columns to show, in the order in which they are shown."""
    spec = web.object_named(ctx, object)
    state = state_of(request, ctx, spec)
    known = mask.readable(ctx, spec)
    shown = [known[name] for name in state.columns if name in known]
    others = sorted(
        (one for name, one in known.items() if name not in state.columns and not one.hidden),
        key=lambda one: str(one.label),
    )
    pairs = [[(one, render.icon_of(ctx, one)) for one in part] for part in (shown, others)]
    values = {
        "spec": spec,
        "shown": pairs[0],
        "others": pairs[1],
        "list": state.with_(own_columns=False).url(reverse("list", kwargs={"object": object})),
    }
    return web.reply(request, ctx, "web/list_columns.html", values)
