"""Two-way sync: what changed in an object since a number that the client remembers."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kith.kernel.records import read
from kith.kernel.records.changed import changed_after
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import asked
from kith.surfaces.rest.door import Call, reply
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import items, shape

BESIDE: Final = frozenset({"changed_after", "limit", "fields"})
"""What may be asked together with ``changed_after``: events know no filter and no other order than their own."""


def changed(call: Call, spec: ObjectSpec) -> HttpResponse:
    """``GET /{object}?changed_after=SEQ``: one item per record that changed, the oldest change first.

    ``record`` is the record as it stands now, null where it is ``deleted`` for this caller. Ask again with ``next``.
    When ``reach`` differs from the answer before, rights changed: begin again at 0 and drop what does not come.
    """
    if others := sorted(set(call.params) - BESIDE):
        message = _("“changed_after” goes with “fields” and “limit” only.")
        raise parameter(others[0], "not_together", message)
    form = shape(call.ctx, spec, call.params.get("fields"))
    found = changed_after(call.ctx, spec, _number(call.params["changed_after"]), asked.limit(call.params))
    living = [one.id for one in found.changed if not one.gone]
    names = form.fields or tuple(one.name for one in read.requested(call.ctx, spec, ()))
    page = read.by_ids(call.ctx, spec, living, names)
    records = {row.id: made for row, made in zip(page.rows, items(call.ctx, page, form), strict=True)}
    told: list[dict[str, Any]] = [
        {"id": one.id, "seq": one.seq, "deleted": one.gone, "record": records.get(one.id)} for one in found.changed
    ]
    return reply({"items": told, "next": found.next, "more": found.more, "reach": found.reach})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise parameter("changed_after", "not_a_number", _("“changed_after” is the number that “next” gave, or 0."))
    return int(text)
