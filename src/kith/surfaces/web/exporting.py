"""Records as files: what a list shows, what is ticked in it, and everything for who administers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.records.errors import Complaint, Invalid
from kith.kernel.records.read import Query
from kith.kernel.transfer import sent
from kith.surfaces.web import bulk
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame
from kith.surfaces.web.state import asked_of_rows, state_of


@require_http_methods(["GET", "HEAD", "POST"])
@web.page
def records(request: HttpRequest, ctx: Context, object: str) -> Any:
    """The rows, columns and order of the list whose state the address has, as ``format``; POST: of ``ids`` alone.

    With ``fields=all`` every field instead of the columns.
    """
    spec = web.object_named(ctx, object)
    state = state_of(request, ctx, spec)
    known = mask.readable(ctx, spec)
    every = request.GET.get("fields") == "all"
    fields = () if every else tuple(one for one in state.columns if one in known)
    query = Query(asked_of_rows(state), state.sort, fields, count=False)
    form = request.POST.get("format") or request.GET.get("format", "csv")
    if request.method != "POST" or request.POST.get("all"):
        return _reply(sent.records(ctx, spec, form, query))
    ids = bulk.chosen(request, ctx, spec)
    if not ids:
        raise Invalid([Complaint("", "nothing_chosen", _("Nothing is selected"))])
    return _reply(sent.records(ctx, spec, form, query, ids))


@require_safe
@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The page that offers everything."""
    frame.administer(ctx)
    return frame.reply(request, ctx, "settings-export", "export")


@require_safe
@web.page
def everything(request: HttpRequest, ctx: Context) -> Any:
    """All records in one archive, sent while it is made; with ``history`` all changes, too."""
    frame.administer(ctx)
    return _reply(sent.everything(ctx, history=bool(request.GET.get("history"))))


def _reply(file: sent.Sent) -> StreamingHttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, file.name) or "", "Cache-Control": "no-store"}
    return StreamingHttpResponse(file.pieces, content_type=file.type, headers=headers)
