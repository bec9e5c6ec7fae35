"""Changes of a list's filter that come from its controls: put a condition, add typed ones, replace the whole tree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_noop

from kith.kernel.accounts.context import Context
from kith.kernel.query.tree import And, BadFilter, Is, Not, Or, Tree, Words
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import conditions, filters
from kith.surfaces.web import request as web
from kith.surfaces.web.state import State, typed


def applied(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State) -> State:
    """The state after the edit that the address asks for. Raises ``Unreadable`` with what is wrong."""
    asked = request.GET
    kind = asked["edit"]
    if kind == "put":
        leaf = conditions.read_leaf(ctx, spec, asked.get("field", ""), asked.get("op", ""), asked.getlist("value"))
        changed = _put(state, place_of(asked), conditions.tree_of(leaf))
    elif kind == "typed":
        changed = _typed(ctx, spec, state, asked.get("typed", ""))
    elif kind == "tree":
        found = tree_from(ctx, spec, asked)
        changed = state.with_items(found.items if isinstance(found, And) else (found,))
    else:
        raise BadFilter("unknown_edit", gettext_noop("The list does not know “%(edit)s”"), edit=kind[:40])
    _try(ctx, spec, changed)
    return changed


def place_of(asked: QueryDict) -> int | None:
    """The index of the condition that is edited; ``None`` for a new one."""
    at = str(asked.get("at", ""))
    return int(at) if at.isdigit() else None


def _put(state: State, place: int | None, tree: Tree) -> State:
    items = list(state.items)
    if place is not None and place < len(items):
        items[place] = tree
    elif tree not in items:
        items.append(tree)
    return state.with_items(items)


def _typed(ctx: Context, spec: ObjectSpec, state: State, text: str) -> State:
    """The typed conditions beside those there are; words replace words, so that typing again searches anew."""
    kept = [one for one in state.items if not isinstance(one, Words)]
    if not text.strip():
        return state.with_items(kept)
    found = typed(ctx, spec, text)
    new = found.items if isinstance(found, And) else (found,)
    words = " ".join(one.text for one in new if isinstance(one, Words))
    kept += [one for one in new if not isinstance(one, Words) and one not in kept]
    return state.with_items([*kept, Words(words)] if words else kept)


def _try(ctx: Context, spec: ObjectSpec, state: State) -> None:
    """Compile the filter once, so that a wrong one is refused where it was typed."""
    from kith.kernel.records import read

    for leaf in conditions.chips(ctx, spec, state.items):
        del leaf
    read.rows(ctx, spec, Query(state.where, fields=web.least(ctx, spec), limit=1, count=False))


def refused(request: HttpRequest, ctx: Context, spec: ObjectSpec, state: State, error: Exception) -> HttpResponse:
    """The form that was sent again, with what is wrong; for the typed line a toast."""
    kind = request.GET["edit"]
    if kind == "typed" or not web.is_fragment(request):
        return web.refused(request, ctx, error)
    response = (
        filters.form(request, ctx, spec, state, web.words(error))
        if kind == "put"
        else filters.tree_form(request, ctx, spec, state, web.words(error))
    )
    response.status_code = 422
    response.headers["HX-Retarget"] = "#pop" if kind == "put" else "#dialog"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


# --- the tree as the names of a form --------------------------------------------------------------
#
# A group at path P is ``j:P`` ("and" or "or") and ``n:P`` (not); its children are P.0, P.1, … (0, 1, … at the top).
# A condition at path P is ``f:P`` (field), ``o:P`` (operator) and ``v:P`` (values).


def tree_from(ctx: Context, spec: ObjectSpec, asked: QueryDict) -> Tree:
    """The tree of a form. Rows without a field are left out; an empty group is none."""
    return _group(ctx, spec, asked, "", 0) or And(())


def children(asked: QueryDict, path: str) -> list[str]:
    """The paths right below ``path``, in order."""
    start = f"{path}." if path else ""
    found = set()
    for name in asked:
        kind, mark, rest = name.partition(":")
        if mark and kind in ("j", "f") and rest.startswith(start):
            head = rest[len(start) :].partition(".")[0]
            if head.isdigit():
                found.add(int(head))
    return [f"{start}{number}" for number in sorted(found)]


def _group(ctx: Context, spec: ObjectSpec, asked: QueryDict, path: str, depth: int) -> Tree | None:
    if depth > 8:
        raise BadFilter("too_deep", gettext_noop("The filter is nested more than %(most)s levels deep"), most=8)
    made: list[Tree] = []
    for child in children(asked, path):
        found = _group(ctx, spec, asked, child, depth + 1) if f"j:{child}" in asked else _row(ctx, spec, asked, child)
        if found is not None:
            made.append(found)
    if not made:
        return None
    join = Or if asked.get(f"j:{path}") == "or" else And
    group: Tree = join(tuple(made))
    if asked.get(f"n:{path}"):
        return Not(group)
    return group if len(made) > 1 or not path else made[0]


def _row(ctx: Context, spec: ObjectSpec, asked: QueryDict, path: str) -> Tree | None:
    name = asked.get(f"f:{path}", "")
    if not name:
        return None
    return conditions.tree_of(
        conditions.read_leaf(ctx, spec, name, asked.get(f"o:{path}", ""), asked.getlist(f"v:{path}"))
    )


def to_form(tree: Tree) -> QueryDict:
    """The names of a form that would give this tree: the reverse of :func:`tree_from`."""
    found = QueryDict(mutable=True)

    def put(one: Tree, path: str) -> None:
        leaf = conditions.leaf_of(one)
        if leaf is not None:
            found[f"f:{path}"], found[f"o:{path}"] = leaf.path, leaf.op
            found.setlist(
                f"v:{path}",
                [
                    "true" if each is True else "false" if each is False else str(each)
                    for each in leaf.values
                    if each is not None
                ],
            )
            return
        inner = one.item if isinstance(one, Not) else one
        if isinstance(inner, Is | Words | Not):
            return  # a not of a not, and words: the builder has no place for them
        if isinstance(one, Not):
            found[f"n:{path}"] = "1"
        found[f"j:{path}"] = "or" if isinstance(inner, Or) else "and"
        for number, each in enumerate(inner.items):
            put(each, f"{path}.{number}" if path else str(number))

    put(tree if isinstance(tree, And | Or | Not) and conditions.leaf_of(tree) is None else And((tree,)), "")
    return found
