"""Every way to say no, as an RFC 9457 problem document. Nothing else of an error leaves the house."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.records.errors import Complaint, Conflict, Invalid, Refusal

TYPE: Final = "application/problem+json"
logger = logging.getLogger(__name__)
_BUSY: Final = re.compile(
    r"locked|deadlock|time-?out|timed out|too many (connections|clients)|lost connection|closed", re.IGNORECASE
)
TITLES: Final[dict[int, Any]] = {
    400: gettext_lazy("Bad request"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("Still running"),
    412: gettext_lazy("Changed in the meantime"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported content type"),
    422: gettext_lazy("Not accepted"),
    429: gettext_lazy("Too many requests"),
    503: gettext_lazy("Busy"),
}


class Problem(Exception):
    """A refusal of this surface's own; ``errors`` are ``{"field", "code", "message"}``, ``more`` further members."""

    def __init__(
        self,
        status: int,
        detail: Any = "",
        errors: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.errors = status, detail, tuple(errors)
        self.headers, self.more = headers or {}, more


def parameter(name: str, code: str, message: Any) -> Problem:
    """A 400 that names a parameter, a header or a member of the body."""
    return Problem(400, message, [{"field": name, "code": code, "message": message}])


def said(error: Unreadable) -> str:
    """The sentence of an error in the reader's language, the words in its places, too."""
    words = {key: _(value) if isinstance(value, str) and value else value for key, value in error.params.items()}
    return str(_(error.message) % words if words else _(error.message))


def complaint(one: Complaint) -> dict[str, Any]:
    """One complaint of the write path on the wire."""
    return {"field": one.field, "code": one.code, "message": str(one.message)}


def of(error: Exception) -> Problem | None:
    """The problem that an exception of the kernel or of Django means; ``None`` for a mistake of ours."""
    match error:
        case Problem():
            return error
        case Invalid():
            rows = [{"index": one.row} if one.row is not None else {} for one in error.complaints]
            errors = [{**complaint(one), **row} for one, row in zip(error.complaints, rows, strict=True)]
            return Problem(422, _("Some values were not accepted."), errors)
        case Conflict():
            return _conflict(error)
        case Refusal():
            return Problem(error.status, str(error))
        case Unreadable():
            message = said(error)
            return Problem(
                400, message, [{"field": str(error.params.get("field", "")), "code": error.code, "message": message}]
            )
        case RequestDataTooBig():
            return Problem(413, _("The body is larger than this server accepts."))
        case TooManyFilesSent() | TooManyFieldsSent():
            return Problem(413, _("The form has more files or fields than this server accepts."))
        case MultiPartParserError():
            return Problem(400, _("The body is not the form that it says it is."))
        case UnreadablePostError():
            return Problem(400, _("The body did not arrive whole."))
        case DataError():
            return Problem(400, _("A value lies outside of what the database can compare."))
        case OperationalError() if _BUSY.search(str(error)):
            logger.warning("the database was busy", exc_info=error)
            return Problem(503, _("The database is busy. Try again in a moment."), headers={"Retry-After": "2"})
    return None


def _conflict(error: Conflict) -> Problem:
    message = _("Somebody else changed this field in the meantime")
    errors = [
        {
            "field": one.field,
            "code": "conflict",
            "message": message,
            "before": one.before,
            "current": one.now,
            "yours": one.wanted,
        }
        for one in error.differences
    ]
    headers = {"ETag": f'"{error.version}"'} if error.version else {}
    return Problem(412, str(error), errors, headers, version=error.version, changed_by=error.by or None)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a response."""
    document = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, ""),
        "status": problem.status,
        "detail": problem.detail,
        "errors": problem.errors,
        **problem.more,
        "request_id": getattr(request, "request_id", ""),
    }
    return HttpResponse(json.dumps(document), status=problem.status, content_type=TYPE, headers=dict(problem.headers))
