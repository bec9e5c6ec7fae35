"""Word of a duplicate: under the field while somebody types, and on the page of a record that looks like another.

It warns and never stops anybody; it knows only what its reader may see.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import duplicates, finding, read
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import marks, posted
from kith.surfaces.web import request as web

SHOWN: Final = 3
NOTICED: Final = duplicates.SAME_NAME
"""How sure one must be for the page of a record to say something: an address in common, or the same name."""


@require_POST
@web.page
def typed(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """``POST /{object}/duplicates?field=``: what looks like the form so far, because of that field; often nothing.

    ``besides`` is the record that is being edited; then the words offer to compare and not to use the other one.
    """
    spec = web.object_named(ctx, object)
    name = request.GET.get("field", "")
    raws = posted.read(_asked(ctx, spec), request.POST)
    values, _wrong = duplicates.typed(ctx, spec, {key: raw for key, raw in raws.items() if raw is not None})
    besides = read.identity(request.GET.get("besides", ""))
    found = duplicates.like(ctx, spec, values, besides=[besides] if besides else ())
    telling = _telling(spec, name)
    shown = [one for one in found if telling & set(one.fields)][:SHOWN]
    return web.reply(request, ctx, "web/alike.html", {"found": _lines(ctx, spec, shown, besides), "besides": besides})


@require_safe
@web.page
def noticed(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID) -> HttpResponse:
    """``/{object}/{id}/duplicates``: the notice on a record's page, asked for once the page stands; often nothing."""
    spec = web.object_named(ctx, object)
    watched = duplicates.watched(ctx, spec)
    row = read.one(ctx, spec, id, tuple(watched) or web.least(ctx, spec)).rows[0]
    found = duplicates.like(ctx, spec, {name: row[name] for name in watched}, besides=[id])
    sure = [one for one in found if one.score >= NOTICED][:1]
    return web.reply(request, ctx, "web/alike_notice.html", {"found": _lines(ctx, spec, sure, id), "spec": spec})


def watched(ctx: Context, spec: ObjectSpec, besides: uuid.UUID | None = None) -> dict[str, str]:
    """The fields whose form parts ask for duplicates, each with the address to ask."""
    if not may(ctx, spec, "read"):
        return {}
    base = reverse("alike", kwargs={"object": spec.name})
    more = f"&besides={besides}" if besides else ""
    return {name: f"{base}?field={name}{more}" for name in duplicates.watched(ctx, spec)}


def _asked(ctx: Context, spec: ObjectSpec) -> dict[str, Any]:
    known = mask.readable(ctx, spec)
    return {name: known[name] for name in duplicates.watched(ctx, spec)}


def _telling(spec: ObjectSpec, name: str) -> set[str]:
    """The likenesses that belong under a field: its own, those of what it writes, and of the name it is a part of."""
    here = spec.field(name)
    if here is None:
        return set()
    title = spec.fields.get(spec.title)
    whole = {spec.title} if title is not None and title.expands is not None and name in title.expands.to else set()
    return {name, *(here.expands.to if here.expands else ()), *whole}


def _lines(
    ctx: Context, spec: ObjectSpec, found: list[duplicates.Duplicate], besides: uuid.UUID | None
) -> list[dict[str, Any]]:
    """For each its mark, title, second line and addresses; ``compare`` is "" for who could not merge the two."""
    hits = {one.id: one for one in finding.known(ctx, spec, [one.id for one in found])}
    ids = [*hits, besides] if besides and hits else []
    stay, go = (
        read.ids(ctx, spec, ids, verb) if ids and may(ctx, spec, verb) else set() for verb in ("update", "delete")
    )
    made: list[dict[str, Any]] = []
    for one in found:
        hit = hits.get(one.id)
        title = one.title or "—"
        both = (besides in stay and one.id in go) or (one.id in stay and besides in go)
        compare = f"{reverse('merge', kwargs={'object': spec.name})}?ids={besides},{one.id}" if both else ""
        made.append(
            {
                "mark": marks.mark(spec, title, one.id, "xs"),
                "title": title,
                "second": hit.subtitle if hit else "",
                "to": marks.record_address(spec.name, one.id),
                "compare": compare,
            }
        )
    return made
