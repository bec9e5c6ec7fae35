"""The forms in which conditions are made: the popover of one, the dialog of a tree, and the options of a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import ANY
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.query.tree import ALL, And, BadFilter, Is, Or, Tree, Words
from kith.kernel.records import finding, read
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import conditions, edits, render
from kith.surfaces.web import request as web
from kith.surfaces.web.conditions import wire_kind
from kith.surfaces.web.state import State, state_of
from kith.surfaces.web.targets import led_by, titles_of, typed

SUGGESTED = 20
FIRST_OBJECTS = 3
TICKS = 40  # choices that are shown as a list to tick; more are searched


@web.page
def builder(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The popover: first the fields, then operator and value of the chosen one. ``at`` names a condition to change."""
    spec = web.object_named(ctx, object)
    state = state_of(request, ctx, spec)
    name = request.GET.get("field", "")
    if (not name and edits.place_of(request.GET) is None) or name.endswith("."):
        return _fields(request, ctx, spec, state, name)
    if request.GET.get("part") == "field":
        return _fields(request, ctx, spec, state, "")
    return form(request, ctx, spec, state, "")


def _fields(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, within: str) -> HttpResponse:
    """The fields to choose from; ``within`` is a reference followed by a dot, whose own fields are shown."""
    here, prefix, labels = spec, "", []
    if within:
        path = conditions.path_of(ctx, spec, within.rstrip("."))
        target = ctx.schema.get(path.field.target)
        if target is None or not may(ctx, target, "read"):
            raise BadFilter("unknown_field", "%(field)s", field=within)
        here, prefix, labels = target, within, [str(one.label) for one in path.fields]
    at = request.GET.get("at", "")
    base = reverse("filter", kwargs={"object": spec.name})

    def step(name: str) -> str:
        return state.url(base, field=name, **({"at": at} if at else {}))

    entries = [
        {"field": one, "icon": render.icon_of(ctx, one), "url": step(f"{prefix}{one.name}")}
        for one in askable(ctx, here)
    ]
    hops = []
    if prefix.count(".") < conditions.HOPS:
        for one in mask.readable(ctx, here).values():
            target = ctx.schema.get(one.target) if one.type.name in ("reference", "owner") else None
            if target is not None and may(ctx, target, "read"):
                hops.append({"field": one, "icon": render.icon_of(ctx, one), "url": step(f"{prefix}{one.name}.")})
    values = {
        "spec": spec,
        "entries": entries,
        "hops": hops,
        "crumbs": labels,
        "back": state.url(base, part="field", **({"at": at} if at else {})),
    }
    return web.reply(
        request,
        ctx,
        "web/filter_fields.html",
        {**values, "tree": state.url(reverse("filter-tree", kwargs={"object": spec.name}))},
    )


def askable(ctx: Context, spec: ObjectSpec) -> list[Field]:
    """The fields that a condition can be about, by label; what is hidden from this person is not among them."""
    found = [one for one in mask.readable(ctx, spec).values() if not one.hidden and conditions.offered(one)]
    return sorted(found, key=lambda one: str(one.label).casefold())


def form(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, problem: str) -> HttpResponse:
    """Operator and value of one condition."""
    asked = request.GET
    place = edits.place_of(asked)
    held = conditions.leaf_of(state.items[place]) if place is not None and place < len(state.items) else None
    name = asked.get("field") or (held.path if held else "")
    path = conditions.path_of(ctx, spec, name)
    offered = conditions.offered(path.field)
    op = asked.get("op") or (held.op if held and held.path == name else "") or offered[0]
    op = {"eq": "in", "ne": "not_in"}.get(op, op) if wire_kind(path.field) in (Kind.ENUM, Kind.REFERENCE) else op
    if op not in offered:
        op = offered[0]
    if "value" in asked:
        given = asked.getlist("value")
    else:
        given = [_as_typed(one) for one in held.values] if held and held.path == name else []
    values = {
        "spec": spec,
        "path": path,
        "icon": render.icon_of(ctx, path.fields[0]),
        "at": "" if place is None else place,
        "base": reverse("list", kwargs={"object": spec.name}),
        "again": reverse("filter", kwargs={"object": spec.name}),
        "parameters": state.parameters,
        "row": _row(ctx, spec, "value", name, op, given),
        "problem": problem,
        "back": state.url(
            reverse("filter", kwargs={"object": spec.name}),
            part="field",
            **({} if place is None else {"at": str(place)}),
        ),
        "edited": place is not None,
    }
    return web.reply(request, ctx, "web/filter_form.html", values)


def _as_typed(value: Any) -> str:
    if isinstance(value, dict):
        return conditions.text_of(value)
    return "" if value is None else "true" if value is True else "false" if value is False else str(value)


def _row(
    ctx: Context, spec: ObjectSpec, prefix: str, name: str, op: str, given: Sequence[str], flat: bool = False
) -> dict[str, Any]:
    """What draws one condition: its field, operators, and the input that fits; ``flat``: in one line."""
    path = conditions.path_of(ctx, spec, name)
    one = path.field
    found: dict[str, Any] = {
        "value_name": prefix,
        "name": name,
        "path": path,
        "op": op,
        "ops": [
            {"op": each, "words": conditions.verb(one, each), "chosen": each == op} for each in conditions.offered(one)
        ],
        "input": input_of(one, op),
        "values": [*given, "", ""],
        "type": "date" if wire_kind(one) in (Kind.DATE, Kind.DATETIME) else "text",
        "number": wire_kind(one) is Kind.NUMBER,
    }
    if found["input"] == "date":
        found["values"] = [_day(ctx, one, each) for each in found["values"]]
    if found["input"] == "period":
        found["periods"] = [
            {"name": each, "label": label, "chosen": each in given} for each, label in conditions.PERIODS.items()
        ]
    if found["input"] == "ticks":
        found["input"] = "picks" if flat else "ticks"
        found["ticks"] = [
            {"key": each.key, "label": each.label, "hue": each.hue, "on": each.key in given} for each in one.choices
        ]
    if found["input"] == "records":
        found["url"] = f"{reverse('options', kwargs={'object': spec.name})}?field={name}"
        found["options"] = _chosen(ctx, one, given)
    return found


def _day(ctx: Context, one: Field, value: str) -> str:
    try:
        return conditions.typed_date(ctx, one, value)
    except ValueError:
        return ""


def input_of(one: Field, op: str) -> str:
    """Which input a condition takes: none, text, pair, date, dates, period, yesno, ticks or records."""
    kind = wire_kind(one)
    if op in ("empty", "filled"):
        return "none"
    if op == "within":
        return "period"
    if kind is Kind.BOOL:
        return "yesno"
    if kind is Kind.REFERENCE or (kind in (Kind.ENUM, Kind.ENUMS) and (not one.choices or len(one.choices) > TICKS)):
        return "records"
    if kind in (Kind.ENUM, Kind.ENUMS):
        return "ticks"
    if kind in (Kind.DATE, Kind.DATETIME):
        return "date"
    return "text"


def _chosen(ctx: Context, one: Field, given: Sequence[str]) -> list[dict[str, str]]:
    """The chosen records with their titles; labels that are choices with theirs."""
    target = ctx.schema.get(one.target) if one.target else None
    if one.target == ANY:
        titles = titles_of(ctx, [one], {one.name: list(given)})
        return [
            {"value": typed(one, to), "text": titles[to.key].text if to.key in titles else "•••"}
            for to in led_by(one, list(given))
        ]
    if target is None:
        return [{"value": each, "text": str(found.label) if (found := one.choice(each)) else each} for each in given]
    ids = [id for each in given if each != "me" and (id := read.identity(each))]
    texts = {str(id): text for id, text in read.title_rows(ctx, target, ids)} if ids else {}
    return [{"value": each, "text": _("Me") if each == "me" else texts.get(each, "•••")} for each in given if each]


# --- the tree -------------------------------------------------------------------------------------


@web.page
def tree(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """The dialog of nested conditions. It sends itself whole at each step, so the page keeps no state of it."""
    spec = web.object_named(ctx, object)
    return tree_form(request, ctx, spec, state_of(request, ctx, spec), "")


def tree_form(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, problem: str) -> HttpResponse:
    asked = request.GET
    words = [one for one in state.items if isinstance(one, Words)]
    shown = asked.copy() if "j:" in asked else edits.to_form(And(tuple(one for one in state.items if one not in words)))
    _step(shown, asked.get("do", ""))
    if not edits.children(shown, ""):
        shown["f:0"] = ""
    values = {
        "spec": spec,
        "base": reverse("list", kwargs={"object": spec.name}),
        "again": reverse("filter-tree", kwargs={"object": spec.name}),
        "parameters": state.parameters,
        "root": _node(ctx, spec, shown, ""),
        "fields": _paths(ctx, spec),
        "problem": problem,
    }
    return web.reply(request, ctx, "web/filter_tree.html", values)


def _step(shown: QueryDict, do: str) -> None:
    """One step in the dialog: ``row:P`` and ``group:P`` add to the group at P, ``drop:P`` takes away what is at P."""
    verb, _colon, path = do.partition(":")
    if verb in ("row", "group"):
        number = max((int(one.rpartition(".")[2]) for one in edits.children(shown, path)), default=-1) + 1
        new = f"{path}.{number}" if path else str(number)
        if verb == "row":
            shown[f"f:{new}"] = ""
        else:
            shown[f"j:{new}"] = "and" if shown.get(f"j:{path}") == "or" else "or"
            shown[f"f:{new}.0"] = ""
    elif verb == "drop" and path:
        for name in list(shown):
            _kind, mark, rest = name.partition(":")
            if mark and (rest == path or rest.startswith(f"{path}.")):
                del shown[name]


def _node(ctx: Context, spec: ObjectSpec, shown: QueryDict, path: str) -> dict[str, Any]:
    if path and f"f:{path}" in shown:
        return _leaf_node(ctx, spec, shown, path)
    inside = [_node(ctx, spec, shown, child) for child in edits.children(shown, path)]
    return {
        "group": True,
        "path": path,
        "join": shown.get(f"j:{path}", "and"),
        "negated": bool(shown.get(f"n:{path}")),
        "items": inside,
    }


def _leaf_node(ctx: Context, spec: ObjectSpec, shown: QueryDict, path: str) -> dict[str, Any]:
    name = shown.get(f"f:{path}", "")
    found: dict[str, Any] = {"group": False, "path": path, "name": name}
    if not name:
        return found
    one = conditions.path_of(ctx, spec, name).field
    offered = conditions.offered(one)
    op = shown.get(f"o:{path}", "")
    op = {"eq": "in", "ne": "not_in"}.get(op, op) if wire_kind(one) in (Kind.ENUM, Kind.REFERENCE) else op
    return found | {
        "row": _row(ctx, spec, f"v:{path}", name, op if op in offered else offered[0], shown.getlist(f"v:{path}"), True)
    }


def _paths(ctx: Context, spec: ObjectSpec) -> list[dict[str, str]]:
    """All fields of the object, then those of the objects it leads to, for the drop-downs of the dialog."""

    def own(here: ObjectSpec, prefix: str, label: str) -> Iterator[dict[str, str]]:
        for one in askable(ctx, here):
            yield {"name": f"{prefix}{one.name}", "label": f"{label}{one.label}"}

    found = list(own(spec, "", ""))
    for one in mask.readable(ctx, spec).values():
        target = ctx.schema.get(one.target) if one.type.name in ("reference", "owner") else None
        if target is not None and may(ctx, target, "read"):
            found += own(target, f"{one.name}.", f"{one.label} › ")
    return found


# --- options --------------------------------------------------------------------------------------


@web.page
def options(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """``[{"value", "text"}]`` for a field: its choices, or records by title; ``me=0`` leaves out "Me"."""
    spec = web.object_named(ctx, object)
    text = request.GET.get("q", "").strip()[:100]
    one = conditions.path_of(ctx, spec, request.GET.get("field", "")).field
    target = ctx.schema.get(one.target) if one.target else None
    if one.target == ANY:
        return JsonResponse(_anything(ctx, text), safe=False)
    if target is None:
        words = text.casefold()
        found = [
            {"value": each.key, "text": str(each.label)}
            for each in one.choices
            if each.active and words in str(each.label).casefold()
        ]
        return JsonResponse(found[:200], safe=False)
    made = suggested(ctx, target, text)
    if one.target == "users" and request.GET.get("me") != "0" and (not text or text.casefold() in _("Me").casefold()):
        made.insert(0, {"value": "me", "text": _("Me")})
    return JsonResponse(made, safe=False)


def _anything(ctx: Context, text: str) -> list[dict[str, str]]:
    """Records of every object with pages of its own, by the words typed; before that some of the first objects."""
    if not text:
        first = [spec for spec in ctx.schema if spec.menu and spec.search and may(ctx, spec, "read")][:FIRST_OBJECTS]
        return [
            {"value": f"{spec.name}/{each['value']}", "text": f"{each['text']} · {spec.label_one}"}
            for spec in first
            for each in suggested(ctx, spec, "", SUGGESTED // FIRST_OBJECTS)
        ]
    menu = [spec.name for spec in ctx.schema if spec.menu]
    return [
        {"value": f"{hit.object}/{hit.id}", "text": f"{hit.title or '—'} · {ctx.schema[hit.object].label_one}"}
        for hit in finding.search(ctx, text, menu, SUGGESTED)
    ]


def suggested(ctx: Context, target: ObjectSpec, typed: str, most: int = SUGGESTED) -> list[dict[str, str]]:
    """Records of an object found by the words typed, those whose title begins with them first."""
    if not may(ctx, target, "read") or target.title not in mask.readable(ctx, target):
        return []
    one = mask.readable(ctx, target)[target.title]
    where: Tree = ALL
    if typed:  # the words find pinyin and second names too; the title itself also what has no search document yet
        named = (Is(target.title, "contains", typed),) if "contains" in one.operators else ()
        where = Or((Words(typed), *named))
    page = read.rows(ctx, target, Query(where, fields=(target.title,), limit=most, count=False))
    found = [
        {"value": str(row.id), "text": one.type.display(one, row.values[target.title], ctx.locale) or "—"}
        for row in page.rows
    ]
    start = typed.casefold()
    return sorted(
        found, key=lambda each: not each["text"].casefold().startswith(start)
    )  # stable: else in the order of titles
