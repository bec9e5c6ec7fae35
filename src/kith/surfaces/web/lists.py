"""The list of one object."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kith.kernel.accounts.context import Context
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import request as web


@web.page
def home(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The first page: the list of the first object that this person may read."""
    for spec in ctx.schema:
        if spec.menu and may(ctx, spec, "read"):
            return HttpResponseRedirect(reverse("list", kwargs={"object": spec.name}))
    raise NotFound


@web.page
def page(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    spec = web.object_named(ctx, object)
    return web.reply(request, ctx, "web/list.html", {"spec": spec})


@web.page
def rows(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    raise NotFound


@web.page
def footer(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    raise NotFound
