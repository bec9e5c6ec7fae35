"""Merging records that are one, over REST: what would happen, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.records import merge as merging
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import asked, wire
from kith.surfaces.rest.door import Call, reply, takes
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import ALL, items
from kith.surfaces.rest.views import identity

MEMBERS: Final = ("survivor", "losers", "take")


@takes("dry_run")
def merged(call: Call, object: str) -> HttpResponse:
    """``POST /{object}/merge``: ``losers`` go into ``survivor``; ``take`` says per field whose value counts.

    With ``dry_run`` nothing is written: what would change, and how many records would follow. Else the record that
    stays, and the ``event`` whose undo brings all of it back.
    """
    spec = call.spec(object)
    survivor, losers, take = _wish(spec, call.values())
    if asked.yes_no(call.params, "dry_run", False):
        plan = merging.preview(call.ctx, spec, survivor, losers, take)
        return reply(
            {"survivor": survivor, "losers": losers, "values": _told(call.ctx, spec, plan), "moved": plan.moved}
        )
    done = merging.merge(call.ctx, spec, survivor, losers, take)
    return reply({"record": _record(call.ctx, spec, survivor), "event": done.event, "moved": done.moved})


def _wish(spec: ObjectSpec, body: Mapping[str, Any]) -> tuple[uuid.UUID, list[uuid.UUID], dict[str, uuid.UUID]]:
    if unknown := sorted(set(body) - set(MEMBERS)):
        message = _("There is no “%(name)s” here. Known are: %(names)s.")
        raise parameter(
            unknown[0][:60], "unknown_member", message % {"name": unknown[0][:60], "names": ", ".join(MEMBERS)}
        )
    survivor, losers, take = body.get("survivor"), body.get("losers"), body.get("take") or {}
    if not isinstance(survivor, str):
        raise parameter("survivor", "not_an_id", _("“%(name)s” is the id of a record.") % {"name": "survivor"})
    if not isinstance(losers, list) or not losers or not all(isinstance(one, str) for one in losers):
        raise parameter("losers", "not_ids", _("“%(name)s” is a list of ids.") % {"name": "losers"})
    if not isinstance(take, dict) or not all(isinstance(one, str) for one in take.values()):
        raise parameter("take", "not_ids", _("“take” names, for a field, the id of the record whose value counts."))
    chosen = {str(name): identity(spec.name, id) for name, id in take.items()}
    return identity(spec.name, survivor), [identity(spec.name, one) for one in losers], chosen


def _told(ctx: Context, spec: ObjectSpec, plan: merging.Preview) -> dict[str, Any]:
    """The values that would change, on the wire; references with their titles."""
    shown = mask.readable(ctx, spec)
    sides = [read.Row(uuid.UUID(int=0), 0, {name: pair[side] for name, pair in plan.values.items()}) for side in (0, 1)]
    titles = read.titles(ctx, [shown[name] for name in plan.values], sides)
    ways = {name: wire.way(shown[name], titles) for name in plan.values}
    return {
        name: {"before": ways[name](before), "after": ways[name](after)}
        for name, (before, after) in plan.values.items()
    }


def _record(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> Any:
    try:
        (made,) = items(ctx, read.one(ctx, spec, id), ALL)
    except NotFound:  # merged into one that somebody else may see
        return None
    return made
