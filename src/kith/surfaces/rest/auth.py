"""Who calls: a bearer token, or the session of a signed-in browser.

The token, its user's state and the schema version cost one statement together.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError
from django.db.models import F, QuerySet, Subquery
from django.db.models.lookups import Exact
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Actor, Context
from kith.kernel.accounts.directory import directory
from kith.kernel.accounts.models import Token
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.query import prepared
from kith.kernel.query.prepared import Slot
from kith.kernel.schema import registry
from kith.kernel.schema.load import current
from kith.kernel.schema.models import SchemaVersion
from kith.surfaces.rest.problems import Problem

SOURCE: Final = "rest"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NOTED_EVERY: Final = timedelta(minutes=1)
LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``token`` is the token's name, scope and expiry when it is one; ``language`` the user's own, or ""."""

    ctx: Context
    language: str = ""
    token: dict[str, Any] | None = None


def caller(request: HttpRequest) -> Caller:
    """The caller of this request. Raises a 401, or a 403 where a session's write comes without its CSRF token."""
    given = request.META.get("HTTP_AUTHORIZATION")
    if given is not None:
        return _of_token(request, given)
    return _of_session(request)


def digest(secret: str) -> str:
    """What is stored of a token. It is random and long, so one round of SHA-256 cannot be reversed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _of_token(request: HttpRequest, given: str) -> Caller:
    scheme, _space, secret = given.partition(" ")
    if scheme.lower() != "bearer" or not secret or len(secret) > LONGEST:
        raise _unknown(_("Send the token as “Authorization: Bearer …”."))
    found = prepared.run(None, "token", _token, [digest(secret.strip())])
    if not found:
        raise _unknown(_("This token is not known."))
    id, name, scope, objects, expires, used, revoked, user, language, active, deleted, number = found[0]
    now = timezone.now()
    if revoked is not None or (expires is not None and expires <= now) or not active or deleted is not None:
        raise _unknown(_("This token is no longer valid."))
    schema = registry.snapshot(1 if number is None else number)
    person = directory(schema.version).actor(user)
    if person is None:
        raise _unknown(_("This token is no longer valid."))
    _note_use(id, used, now)
    allowed = frozenset(word for one in objects.split(",") if (word := one.strip()))
    actor = Actor(
        "token",
        id,
        f"{person.name} ({name})"[:150],
        person.user,
        person.team,
        person.teams,
        person.roles,
        scope,
        allowed,
    )
    token = {"id": id, "name": name, "scope": scope, "objects": sorted(allowed), "expires_at": expires}
    return Caller(
        Context(actor, SOURCE, schema, getattr(request, "request_id", ""), _locale(schema.version)), language, token
    )


def _token() -> QuerySet[Token, tuple[Any, ...]]:
    number = Subquery(SchemaVersion.objects.filter(id=1).values("n")[:1])
    return Token.objects.filter(Exact(F("digest"), Slot(0, F("digest")))).values_list(
        "id", "name", "scope", "objects_allowed", "expires_at", "last_used_at", "deleted_at",
        "user_id", "user__language", "user__is_active", "user__deleted_at", number,
    )  # fmt: skip


def _note_use(token: uuid.UUID, used: datetime | None, now: datetime) -> None:
    """Write the moment of use, at most once a minute: a read must not become a write."""
    if used is not None and now - used < NOTED_EVERY:
        return
    try:
        Token.objects.filter(id=token, last_used_at=used).update(last_used_at=now)
    except OperationalError:
        return  # the database is busy with a long write: the next call notes it


def _of_session(request: HttpRequest) -> Caller:
    user = getattr(request, "user", None) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if user is None or not user.is_authenticated:
        raise _unknown(_("Send a token, or sign in."))
    if request.method not in SAFE:
        _check_csrf(request)
    schema = current()
    actor = directory(schema.version).actor(user.pk)
    if actor is None:
        raise _unknown(_("This account is no longer active."))
    return Caller(
        Context(actor, SOURCE, schema, getattr(request, "request_id", ""), _locale(schema.version)), user.language
    )


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise Problem(403, _("This request needs the page's CSRF token in “X-CSRFToken”."))


def _check_csrf(request: HttpRequest) -> None:
    """The views of this surface are exempt from the middleware, since tokens need no CSRF check; a session does."""
    check = _Check(_nothing)
    check.process_request(request)
    check.process_view(request, _nothing, (), {})


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Kith"'})


def _locale(version: int) -> Locale:
    """The company's country, currency and time zone, in the language of machines: the wire is the same for
    everybody.
    """
    firm = directory(version).company
    return replace(NEUTRAL, time_zone=firm.time_zone, region=firm.country, currency=firm.currency)
