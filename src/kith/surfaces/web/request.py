"""From a web request to a ``Context`` and back: who asks, in which schema and language, and how a refusal looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import loader
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kith.kernel.accounts import sessions
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Invalid, NotFound, Refusal
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import shell

View = Callable[..., HttpResponse]


class SignedOut(Exception):
    """Nobody is signed in, or somebody who may no longer be."""


def context(request: HttpRequest) -> Context:
    """The context of this request: its user as actor, the schema in force now, and the locale the page is read in.

    Made once a request; one query (the schema's version) beside the two of the session. Raises :class:`SignedOut`.
    """
    held: Context | None = getattr(request, "kith", None)
    if held is not None:
        return held
    user = request.user
    if not user.is_authenticated:
        raise SignedOut
    schema = current()
    people = directory(schema.version)
    actor = people.actor(user.pk)
    if actor is None:
        raise SignedOut
    locale = replace(people.locale(user.pk), language=translation.get_language() or settings.LANGUAGE_CODE)
    meta = request.META
    sessions.seen(user.pk, request.session.session_key, meta.get("HTTP_USER_AGENT", ""), meta.get("REMOTE_ADDR") or "")
    made = Context(actor, "web", schema, getattr(request, "request_id", ""), locale)
    request.kith = made  # type: ignore[attr-defined]
    return made


def page(view: View) -> View:
    """Decorator of every view: hands it ``(request, ctx, …)``, sends strangers to sign in, and shows refusals."""

    @wraps(view)
    def inner(request: HttpRequest, **names: Any) -> HttpResponse:
        try:
            ctx = context(request)
        except SignedOut:
            return _to_sign_in(request)
        try:
            return view(request, ctx, **names)
        except (Refusal, Unreadable) as error:
            return refused(request, ctx, error)

    return inner


def object_named(ctx: Context, name: str, verb: str = "read") -> ObjectSpec:
    """The object of an address. One that is unknown and one that this actor may not read are the same 404."""
    spec = ctx.schema.get(name)
    if spec is None or not may(ctx, spec, verb):
        raise NotFound(name)
    return spec


def least(ctx: Context, spec: ObjectSpec) -> tuple[str, ...]:
    """The fewest fields with which a record is asked for: its title, or where that is hidden any other one."""
    known = mask.readable(ctx, spec)
    return (spec.title,) if spec.title in known else tuple(known)[:1]


def reply(
    request: HttpRequest, ctx: Context, template: str, values: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page or a fragment. Templates get the shell's values (navigation, person, theme) beside their own."""
    known = {"ctx": ctx, "shell": shell.Shell(request, ctx), **(values or {})}
    return HttpResponse(loader.get_template(template).render(known, request), status=status)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; going back in the history asks for whole pages."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def toast(response: HttpResponse, text: Any, undo: str = "", kind: str = "ok") -> HttpResponse:
    """Ask the page to show a sentence, with the address that undoes what it tells of. Other triggers stay."""
    held = json.loads(response.headers.get("HX-Trigger", "{}"))
    held["kith:toast"] = {"text": str(text), "undo": undo, "kind": kind}
    response.headers["HX-Trigger"] = json.dumps(held)  # ASCII: a header cannot carry more
    return response


def trigger(response: HttpResponse, name: str, detail: Any = True) -> HttpResponse:
    """Ask the page to raise an event; other triggers stay."""
    held = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**held, name: detail})
    return response


def words(error: Exception) -> str:
    """What a refusal says to a person."""
    if isinstance(error, Unreadable):
        return _(str(error.message)) % error.params if error.params else _(str(error.message))
    if isinstance(error, Invalid):
        return " ".join(str(one.message) for one in error.complaints)
    return str(error)


def refused(request: HttpRequest, ctx: Context, error: Exception) -> HttpResponse:
    """A refusal as a page, or for htmx as a toast with nothing swapped (htmx swaps 4xx answers unless told not to)."""
    status = getattr(error, "status", 400)
    if is_fragment(request):
        response = toast(HttpResponse(status=status), words(error), kind="bad")
        response.headers["HX-Reswap"] = "none"
        return response
    title = {404: _("There is nothing at this address"), 403: _("You cannot do this")}.get(
        status, _("This request cannot be read")
    )
    detail = "" if status == 404 else words(error)
    return reply(request, ctx, "web/refused.html", {"title": title, "detail": detail, "status": status}, status)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    here = request.get_full_path() if request.method == "GET" and not is_fragment(request) else ""
    if not here:  # a part of a page, or a form: come back to the page that it stands on
        here = request.headers.get("HX-Current-URL", "/")
        here = here[here.find("/", 8) :] if "://" in here and here.find("/", 8) > 0 else "/"
    address = f"{reverse(settings.LOGIN_URL)}?next={quote(here)}"
    if is_fragment(request):
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)
