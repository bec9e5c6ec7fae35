"""Records as files over REST: one object under the grammar of its list, or everything in one archive."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kith.kernel.records.read import Query
from kith.kernel.transfer import sent
from kith.kernel.transfer.export import FORMATS
from kith.surfaces.rest import asked
from kith.surfaces.rest.door import Call, takes
from kith.surfaces.rest.problems import parameter
from kith.surfaces.rest.shape import MOST


@takes("format", "filter", "q", "sort", "fields", "deleted")
def exported(call: Call, object: str) -> Any:
    """``GET /{object}/export?format=csv``: all that the list would show, as a file, sent while it is read."""
    spec = call.spec(object)
    form = call.params.get("format", "csv")
    if form not in FORMATS:
        message = _("“format” is one of: %(names)s.") % {"names": ", ".join(FORMATS)}
        raise parameter("format", "unknown_format", message)
    listed, _shape = asked.query(call.ctx, spec, {**call.params, "fields": "id"})
    query = Query(listed.where, listed.sort, _fields(call), binned=listed.binned, count=False)
    return _reply(sent.records(call.ctx, spec, form, query))


def _fields(call: Call) -> tuple[str, ...]:
    if "fields" not in call.params:
        return ()
    found = tuple(dict.fromkeys(word for one in call.params["fields"].split(",") if (word := one.strip())))
    if not 0 < len(found) <= MOST:
        raise parameter("fields", "bad_fields", _("Give 1 to %(most)s names of fields, with commas.") % {"most": MOST})
    return found


@takes("history")
def everything(call: Call) -> Any:
    """``GET /export``: all that there is, one ZIP of JSON Lines, for who administers; ``history`` adds the changes."""
    return _reply(sent.everything(call.ctx, history=asked.yes_no(call.params, "history", False)))


def _reply(file: sent.Sent) -> StreamingHttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, file.name) or "", "Cache-Control": "no-store"}
    return StreamingHttpResponse(file.pieces, content_type=file.type, headers=headers)
