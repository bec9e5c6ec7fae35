"""The way into every view: method, caller, rate, parameters, then the view; and every refusal as a problem document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kith.kernel.accounts.context import Context
from kith.kernel.kit import json
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import NotFound
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import problems, rate
from kith.surfaces.rest.auth import Caller, caller
from kith.surfaces.rest.once import once
from kith.surfaces.rest.problems import Problem, parameter

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call: the request, who makes it, and its parameters, each known and given once."""

    request: HttpRequest
    caller: Caller
    params: dict[str, str]

    @property
    def ctx(self) -> Context:
        return self.caller.ctx

    def spec(self, name: str) -> ObjectSpec:
        """The object of that name. One that the caller may neither read nor make does not exist for them."""
        found = self.ctx.schema.get(name)
        if found is None or not any(may(self.ctx, found, verb) for verb in ("read", "create")):
            raise NotFound(name)
        return found

    def body(self) -> Any:
        """The JSON of the body, ``None`` when there is none. Raises a 400, 413 or 415."""
        request = self.request
        kind = request.content_type or ""
        if kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
            if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
                return None
            raise Problem(415, _("Send the body as application/json."), headers={"Accept": JSON})
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower().strip("\"'") not in ("utf-8", "utf8"):
            raise Problem(415, _("Send the body in UTF-8."))
        return json.loads(request.body) if request.body else None

    def values(self) -> dict[str, Any]:
        """The body as an object. Raises a 400 for anything else."""
        found = self.body()
        if not isinstance(found, dict):
            raise parameter("", "not_an_object", _("The body must be a JSON object."))
        return found


View = Callable[..., HttpResponse]


def takes(*names: str) -> Callable[[View], View]:
    """Name the parameters that a view understands; any other one is refused by name."""

    def mark(view: View) -> View:
        view.params = frozenset(names)  # type: ignore[attr-defined]
        return view

    return mark


def reply(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    """JSON of a value; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): one for name, one in headers.items()}
    return HttpResponse(json.dumps(value), status=status, content_type=JSON, headers=named)


def door(**views: View) -> Callable[..., HttpResponse]:
    """A Django view out of one function per method: ``door(GET=listed, POST=created)``."""
    allowed = ", ".join(sorted({*views, "OPTIONS", *(["HEAD"] if "GET" in views else [])}))

    @csrf_exempt
    def enter(request: HttpRequest, **place: str) -> HttpResponse:
        method = request.method or ""
        if method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": allowed})
        view = views.get("GET" if method == "HEAD" else method)
        try:
            if view is None:
                raise Problem(
                    405, _("This address answers to %(methods)s.") % {"methods": allowed}, headers={"Allow": allowed}
                )
            answer = _answer(request, view, place)
        except Exception as error:
            found = problems.of(error)
            if found is None:
                raise
            answer = problems.answer(request, found)
        return _without_body(answer) if method == "HEAD" else answer

    return enter


def _answer(request: HttpRequest, view: View, place: dict[str, str]) -> HttpResponse:
    who = caller(request)
    rate.spend(who.ctx.actor.id or who.ctx.actor.user)  # type: ignore[arg-type]  # either is there
    with _spoken(request, who):
        try:
            call = Call(request, who, _params(request, getattr(view, "params", frozenset())))
            if request.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in request.META:
                return once(call, lambda: view(call, **place))
            return view(call, **place)
        except Exception as error:  # turned into words while the caller's language is still the active one
            if (found := problems.of(error)) is None:
                raise
            return problems.answer(request, found)


def _spoken(request: HttpRequest, who: Caller) -> AbstractContextManager[Any]:
    """The language of messages: as the request says, else the user's own."""
    asked = "HTTP_ACCEPT_LANGUAGE" in request.META
    return nullcontext() if asked or not who.language else translation.override(who.language)


def _params(request: HttpRequest, known: frozenset[str]) -> dict[str, str]:
    if not request.META.get("QUERY_STRING"):
        return {}
    given = request.GET
    for name, values in given.lists():
        if name not in known:
            message = _("There is no parameter “%(name)s” here.") % {"name": name[:60]}
            if known:
                message += " " + _("Known are: %(names)s.") % {"names": ", ".join(sorted(known))}
            raise parameter(name[:60], "unknown_parameter", message)
        if len(values) > 1:
            raise parameter(
                name, "given_twice", _("The parameter “%(name)s” is given more than once.") % {"name": name}
            )
        if "\0" in values[0]:
            raise parameter(
                name, "broken_text", _("The parameter “%(name)s” has a character that is no text.") % {"name": name}
            )
    return {name: values[-1] for name, values in given.lists()}


def _without_body(answer: HttpResponse) -> HttpResponse:
    if answer.streaming:
        return HttpResponse(status=answer.status_code, headers=dict(answer.headers))
    length = len(answer.content)
    answer.content = b""
    answer.headers["Content-Length"] = str(length)
    return answer
