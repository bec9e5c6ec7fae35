"""The file in a field of a record, to be saved: whoever may read the field may have it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.records import attached
from kith.surfaces.web import request as web


@require_safe
@web.page
def download(request: HttpRequest, ctx: Context, object: str, id: uuid.UUID, field: str) -> HttpResponse:
    """``/{object}/{id}/file/{field}``: never shown in the page, whatever is in it."""
    spec = web.object_named(ctx, object)
    found, kind, content = attached.opened(ctx, spec, id, field)
    answer: Any = FileResponse(
        content, as_attachment=True, filename=found.name, content_type=kind, headers=attached.HEADERS
    )
    return answer
