"""Finding records by words over all objects, and those that look like values somebody is about to save."""

from __future__ import annotations

import uuid
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kith.kernel.policy.rows import may
from kith.kernel.records import duplicates, finding, read
from kith.kernel.records.errors import Forbidden, Invalid
from kith.surfaces.rest import asked
from kith.surfaces.rest.door import Call, reply, takes
from kith.surfaces.rest.problems import parameter

USUAL: Final = 20
MOST: Final = 100
LONGEST: Final = 500  # characters of the words


@takes("q", "objects", "limit")
def found(call: Call) -> HttpResponse:
    """``GET /search?q=&objects=&limit=``: the best hits over all objects, or those named."""
    words = call.params.get("q", "").strip()
    if not words or len(words) > LONGEST:
        raise parameter(
            "q", "no_words", _("Say in “q” what to look for, in at most %(most)s characters.") % {"most": LONGEST}
        )
    most = asked.limit(call.params) if "limit" in call.params else USUAL
    if most > MOST:
        raise parameter("limit", "bad_limit", _("“limit” is a number from 1 to %(most)s.") % {"most": MOST})
    hits = finding.search(call.ctx, words, _objects(call), most)
    return reply(
        {"items": [{"object": one.object, "id": one.id, "title": one.title, "subtitle": one.subtitle} for one in hits]}
    )


@takes("besides")
def alike(call: Call, object: str) -> HttpResponse:
    """``POST /{object}/duplicates``: records that look like these values, the surest first; ``besides`` leaves one out.

    Takes what ``POST /{object}`` takes, as much of it as is there. ``score`` is 100 for a shared address or key.
    """
    spec = call.spec(object)
    if not may(call.ctx, spec, "read"):
        raise Forbidden(verb="read")
    values, wrong = duplicates.typed(call.ctx, spec, call.values())
    if wrong:
        raise Invalid(wrong)
    besides = read.identity(call.params["besides"]) if "besides" in call.params else None
    if "besides" in call.params and besides is None:
        raise parameter("besides", "not_an_id", _("“%(name)s” is the id of a record.") % {"name": "besides"})
    left_out: tuple[uuid.UUID, ...] = (besides,) if besides else ()
    return reply(
        {
            "items": [
                {"id": one.id, "title": one.title, "score": one.score, "fields": one.fields}
                for one in duplicates.like(call.ctx, spec, values, besides=left_out)
            ]
        }
    )


def _objects(call: Call) -> tuple[str, ...]:
    """The objects named; one that the caller may not read is as unknown as one that does not exist."""
    names = tuple(dict.fromkeys(word for one in call.params.get("objects", "").split(",") if (word := one.strip())))
    for name in names:
        spec = call.ctx.schema.get(name)
        if spec is None or not may(call.ctx, spec, "read"):
            message = _("There is no object “%(name)s”.") % {"name": name[:60]}
            raise parameter("objects", "unknown_object", message)
    return names
