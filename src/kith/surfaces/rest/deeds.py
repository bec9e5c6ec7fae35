"""Views that do something other than edit: undo, the actions of an object, grouped numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kith.kernel.records import tree
from kith.kernel.records.act import act
from kith.kernel.records.aggregate import aggregate
from kith.kernel.records.errors import NotFound
from kith.kernel.records.undo import undo
from kith.surfaces.rest import asked
from kith.surfaces.rest.door import Call, reply, takes
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import shape
from kith.surfaces.rest.views import fresh, identity

MOST_MEASURES = 20


def undone(call: Call, id: str) -> HttpResponse:
    """``POST /events/{id}/undo``: takes back a change with its batch; ``{"batch": false}``: it alone."""
    body = call.body()
    if body is not None and (
        not isinstance(body, dict) or set(body) - {"batch"} or type(body.get("batch", True)) is not bool
    ):
        raise parameter("batch", "not_a_bool", _("“%(name)s” is true or false.") % {"name": "batch"})
    found = undo(call.ctx, identity("events", id), batch=body is None or body.get("batch", True))
    changes = [
        {"object": one.spec.name, "id": one.id, "version": one.version, "event": one.event.id if one.event else None}
        for one in found.changes
    ]
    return reply({"changes": changes, "kept": found.kept})


@takes("fields")
def acted(call: Call, object: str, id: str, name: str) -> HttpResponse:
    """``POST /{object}/{id}/actions/{name}``: the record after an action that its spec declares."""
    spec, key = call.spec(object), identity(object, id)
    form = shape(call.ctx, spec, call.params.get("fields"))
    if call.body() not in (None, {}):
        raise parameter("", "no_values", _("An action takes no values."))
    act(call.ctx, spec, key, name)
    return fresh(call, spec, key, form)


def branch(call: Call, object: str, id: str) -> HttpResponse:
    """``GET /{object}/{id}/tree``: what lies above and below a record, and numbers over all of that."""
    spec, key = call.spec(object), identity(object, id)
    if not spec.tree:
        raise NotFound(object, id)
    found = tree.branch(call.ctx, spec, key)

    def named(one: tree.Node) -> dict[str, Any]:
        return {"object": spec.name, "id": one.id, "title": one.title}

    def whole(one: tree.Node) -> dict[str, Any]:
        return {**named(one), "below": [whole(each) for each in one.below]}

    return reply(
        {
            "above": [named(one) for one in found.above],
            "below": [whole(one) for one in found.here.below],
            "exact": found.exact,
            "totals": found.totals,
        }
    )


@takes("group", "measure", "filter", "q")
def grouped(call: Call, object: str) -> HttpResponse:
    """``GET /{object}/aggregate?group=stage&measure=sum:amount,count``: grouped numbers under the caller's rights."""
    spec = call.spec(object)
    measures = _names(call, "measure") or ["count"]
    found = aggregate(call.ctx, spec, asked.where(call.ctx, spec, call.params), _names(call, "group"), measures)
    return reply({"items": found})


def _names(call: Call, name: str) -> list[str]:
    found = [word for one in call.params.get(name, "").split(",") if (word := one.strip())]
    if len(found) > MOST_MEASURES:
        raise parameter(name, "too_many", _("At most %(most)s names.") % {"most": MOST_MEASURES})
    return found


def no_route(call: Call, **_place: Any) -> HttpResponse:
    """An address that nothing answers to."""
    raise NotFound
