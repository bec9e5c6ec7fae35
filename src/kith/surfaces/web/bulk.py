from __future__ import annotations
from django.http import HttpRequest, HttpResponse
from kith.kernel.accounts.context import Context
from kith.kernel.records.errors import NotFound
from kith.surfaces.web import request as web
@web.page
def run(request: HttpRequest, ctx: Context, object: str, action: str) -> HttpResponse:
    raise NotFound
