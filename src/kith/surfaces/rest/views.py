"""Views of records: list, one, create, update, delete, restore, history."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kith.kernel.kit import json
from kith.kernel.policy import mask
from kith.kernel.records import attached, change, read
from kith.kernel.records.errors import NotFound
from kith.kernel.records.history import Entry, history
from kith.kernel.records.read import Page, Row
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import asked, sync, tags, wire
from kith.surfaces.rest.door import JSON, Call, reply, takes
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import Shape, items, shape


@takes("filter", "q", "sort", "fields", "limit", "after", "count", "deleted", "changed_after")
def listed(call: Call, object: str) -> HttpResponse:
    """``GET /{object}``: a page of records, or with ``changed_after`` what changed since."""
    spec = call.spec(object)
    if "changed_after" in call.params:
        return sync.changed(call, spec)
    query, form = asked.query(call.ctx, spec, call.params)
    page = read.rows(call.ctx, spec, query)
    count = {"value": page.count.value, "exact": page.count.exact} if page.count else None
    return reply({"items": items(call.ctx, page, form), "next": page.next or None, "count": count})


@takes("fields", "deleted")
def one(call: Call, object: str, id: str) -> HttpResponse:
    """``GET /{object}/{id}``: the record, tagged with its version."""
    spec = call.spec(object)
    form = shape(call.ctx, spec, call.params.get("fields"))
    page = read.one(call.ctx, spec, id, form.fields, binned=asked.yes_no(call.params, "deleted", False))
    tag = tags.tag(page.rows[0].version)
    if tags.unchanged(call.request, tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    return _record(call, page, form)


@takes("fields")
def created(call: Call, object: str) -> HttpResponse:
    """``POST /{object}``: 201 with the new record and its address."""
    spec = call.spec(object)
    form = shape(call.ctx, spec, call.params.get("fields"))
    made = change.change(call.ctx, spec, None, call.values())
    answer = fresh(call, spec, made.id, form, 201)
    answer.headers["Location"] = f"{call.request.path}/{made.id}"
    return answer


@takes("fields")
def updated(call: Call, object: str, id: str) -> HttpResponse:
    """``PATCH /{object}/{id}``: the record, or a 412 with both values of each conflicting field."""
    spec, key = call.spec(object), identity(object, id)
    form = shape(call.ctx, spec, call.params.get("fields"))
    values = call.values()
    change.change(call.ctx, spec, key, values, expect=_expected(call, spec, key))
    return fresh(call, spec, key, form)


def deleted(call: Call, object: str, id: str) -> HttpResponse:
    """``DELETE /{object}/{id}``: into the bin."""
    spec, key = call.spec(object), identity(object, id)
    change.delete(call.ctx, spec, key, expect=_expected(call, spec, key))
    return HttpResponse(status=204)


@takes("fields")
def restored(call: Call, object: str, id: str) -> HttpResponse:
    """``POST /{object}/{id}/restore``: the record, out of the bin; one that is not in it stays as it is."""
    spec, key = call.spec(object), identity(object, id)
    form = shape(call.ctx, spec, call.params.get("fields"))
    if not read.ids(call.ctx, spec, [key], "delete"):
        change.restore(call.ctx, spec, key)
    return fresh(call, spec, key, form)


@takes("limit", "after")
def past(call: Call, object: str, id: str) -> HttpResponse:
    """``GET /{object}/{id}/history``: what happened, newest first, field by field."""
    spec, key = call.spec(object), identity(object, id)
    most, after = asked.limit(call.params), call.params.get("after")
    before = read.identity(after) if after else None
    if after and before is None:
        raise parameter("after", "bad_cursor", _("The cursor “after” does not belong to this list"))
    entries = history(call.ctx, spec, key, limit=most + 1, before=before)
    more, entries = len(entries) > most, entries[:most]
    return reply({"items": _entries(call, spec, entries), "next": entries[-1].id if more else None})


def attached_file(call: Call, object: str, id: str, field: str) -> HttpResponse:
    """``GET /{object}/{id}/files/{field}``: the bytes of a file. A new one is written as ``{"name", "content"}``."""
    found, kind, content = attached.opened(call.ctx, call.spec(object), identity(object, id), field)
    with content:
        body = content.read()
    named = content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    return HttpResponse(body, content_type=kind, headers={**attached.HEADERS, "Content-Disposition": named})


def fresh(call: Call, spec: ObjectSpec, id: uuid.UUID, form: Shape, status: int = 200) -> HttpResponse:
    """The record as it stands after a write; 204 where the writer may change it, but not read it."""
    try:
        return _record(call, read.one(call.ctx, spec, id, form.fields), form, status)
    except NotFound:
        return HttpResponse(status=204)


def identity(object: str, id: str) -> uuid.UUID:
    """The id in an address; one that is none is not found."""
    key = read.identity(id)
    if key is None:
        raise NotFound(object, id)
    return key


def _record(call: Call, page: Page, form: Shape, status: int = 200) -> HttpResponse:
    (made,) = items(call.ctx, page, form)
    return HttpResponse(
        json.dumps(made), status=status, content_type=JSON, headers={"ETag": tags.tag(page.rows[0].version)}
    )


def _expected(call: Call, spec: ObjectSpec, id: uuid.UUID) -> int | None:
    """The one version to expect. Out of several that ``If-Match`` allows the present one, if it is among them."""
    allowed = tags.expected(call.request)
    if allowed is None or len(allowed) == 1:
        return allowed[0] if allowed else None
    now = read.one(call.ctx, spec, id, tuple(mask.readable(call.ctx, spec))[:1]).rows[0].version
    return now if now in allowed else max(allowed)


def _entries(call: Call, spec: ObjectSpec, entries: list[Entry]) -> list[dict[str, Any]]:
    """History on the wire. References get their titles like everywhere: one query per object led to."""
    names = {name for one in entries for name in one.diff}
    fields = [one for name, one in spec.fields.items() if name in names]
    led = [one for one in fields if one.target]
    sides = [
        Row(entry.id, 0, {one.name: _side(entry.diff, one.name, side) for one in led})
        for entry in entries
        for side in (0, 1)
    ]
    titles = read.titles(call.ctx, led, sides)
    written = {one.name: wire.way(one, titles) for one in fields}
    return [
        {
            "id": entry.id,
            "at": entry.at,
            "actor": {"kind": entry.actor_kind, "id": entry.actor, "name": entry.actor_name},
            "source": entry.source,
            "verb": entry.verb,
            "batch": entry.batch,
            "undoes": entry.undoes,
            "erased": entry.erased,
            "changes": [
                {"field": name, "before": _written(written[name], before), "after": _written(written[name], after)}
                for name, (before, after) in entry.diff.items()
            ],
        }
        for entry in entries
    ]


def _side(diff: Any, name: str, side: int) -> Any:
    """A reference as it was; what is no id any more, since the field was of another type then, leads nowhere."""
    value = diff[name][side] if name in diff else None
    return value if isinstance(value, uuid.UUID | tuple) else None


def _written(write: wire.Way, value: Any) -> Any:
    try:
        return write(value)
    except (AttributeError, TypeError, ValueError):
        return value  # written under another type of the field: shown as it was written then
