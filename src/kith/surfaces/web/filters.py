from __future__ import annotations
from django.http import HttpRequest, HttpResponse
from kith.kernel.accounts.context import Context
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import request as web
@web.page
def options(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    raise NotFound
@web.page
def builder(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    raise NotFound
@web.page
def tree(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    raise NotFound
