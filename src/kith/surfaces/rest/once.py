"""``Idempotency-Key``: a call that is repeated within 24 hours is answered again, and done once.

The claim is committed first, so that a second call finds the first one running. The answer is written in the
transaction of the effect and only by the holder of the claim: whatever dies, effect and answer stand or fall together.
Costs two statements.

An answer does not outlive the rights of whom it was given to. When their rights have changed since, or the record that
it made is out of their sight, it is not told again; what was refused then is tried anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.kit import json
from kith.kernel.kit.ids import new_id
from kith.kernel.policy.grants import grants
from kith.kernel.records import read
from kith.kernel.records.errors import Forbidden
from kith.surfaces.rest import problems
from kith.surfaces.rest.models import IdempotentReply
from kith.surfaces.rest.problems import Problem, parameter

if TYPE_CHECKING:
    from kith.surfaces.rest.door import Call

KEPT: Final = timedelta(hours=24)
LEASE: Final = timedelta(minutes=2)  # a claim that is older was left behind by a process that died
FINAL: Final = frozenset({400, 403, 404, 412, 422})  # refusals that the same call would meet again
HEADERS: Final = ("ETag", "Location")
HEADER: Final = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")


def once(call: Call, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of ``work``, done at most once for this caller and key."""
    key = call.request.META["HTTP_IDEMPOTENCY_KEY"]
    if not _KEY.fullmatch(key):
        raise parameter(HEADER, "bad_key", _("An Idempotency-Key has 1 to 200 ASCII characters."))
    actor = call.ctx.actor.id
    if actor is None:
        raise TypeError("a caller without an identity")  # tokens and users both have one
    mark, mine = fingerprint(call.request), new_id()
    if (held := _claim(call.ctx, actor, key, mark, mine)) is not None:
        return held
    row = IdempotentReply.objects.filter(actor=actor, key=key, claim=mine, done=False)
    try:
        with transaction.atomic():
            answer = work()
            _settle(row, answer)
            return answer
    except Exception as raised:
        error = raised
    found = problems.of(error)
    if found is None or found.status not in FINAL:
        row.delete()  # nothing was done: the call may be made again
        raise error
    answer = problems.answer(call.request, found)
    _settle(row, answer)
    return answer


def fingerprint(request: HttpRequest) -> str:
    """Tells one call from another: method, address and body; of a form what it holds, since its boundary is chance."""
    made = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        made.update(request.body)
        return made.hexdigest()
    for name, values in sorted(request.POST.lists()):
        made.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for one in files:
            made.update(repr((name, one.name, one.size)).encode())
            for piece in one.chunks():
                made.update(piece)
    return made.hexdigest()


def rights(ctx: Context) -> str:
    """A digest of what the caller may do: their roles as they stand now, their teams, the scope of their token."""
    held = grants(ctx)
    roles = [
        [one.key, one.rights, one.conditions, one.masks, sorted(one.extra)]
        for one in sorted(held.roles, key=lambda one: one.key)
    ]
    who = ctx.actor
    told = [roles, str(who.team), sorted(map(str, who.teams)), who.scope, sorted(who.objects)]
    return hashlib.sha256(json.dumps(told)).hexdigest()


def _claim(ctx: Context, actor: UUID, key: str, mark: str, mine: UUID) -> HttpResponse | None:
    """Take the key for this call, or give back the answer that stands under it."""
    now, held = timezone.now(), rights(ctx)
    fresh = {
        "fingerprint": mark,
        "rights": held,
        "claim": mine,
        "claimed_at": now,
        "expires_at": now + KEPT,
        "done": False,
    }
    if mine.int % 50 == 0:
        purge()
    try:
        with transaction.atomic():
            IdempotentReply.objects.create(actor=actor, key=key, **fresh)
            return None
    except IntegrityError:
        pass
    refused = Q(done=True, status__gte=400, fingerprint=mark) & ~Q(rights=held)
    stale = Q(expires_at__lte=now) | Q(done=False, claimed_at__lte=now - LEASE, fingerprint=mark) | refused
    if IdempotentReply.objects.filter(stale, actor=actor, key=key).update(**fresh):
        return None
    row = IdempotentReply.objects.filter(actor=actor, key=key).first()
    if row is not None and row.fingerprint != mark:
        message = _("This Idempotency-Key was used for another call.")
        raise Problem(422, message, [{"field": HEADER, "code": "key_reused", "message": message}])
    if row is None or not row.done:
        raise Problem(
            409, _("The first call with this Idempotency-Key is still running."), headers={"Retry-After": "1"}
        )
    _still_theirs(ctx, row, held)
    kind = row.headers.get("Content-Type", "application/json")
    more = {name: value for name, value in row.headers.items() if name != "Content-Type"}
    return HttpResponse(
        bytes(row.body), status=row.status, content_type=kind, headers={**more, "Idempotency-Replayed": "true"}
    )


def _still_theirs(ctx: Context, row: IdempotentReply, held: str) -> None:
    """Raise a refusal where the caller may no longer have this answer: other rights, or a record out of sight."""
    if row.status >= 400:
        return
    if row.rights != held:
        raise Forbidden(_("This call was done, but your rights have changed since: ask for the record itself."))
    path, _slash, id = row.headers.get("Location", "").rpartition("/")
    spec, key = ctx.schema.get(path.rpartition("/")[2]), read.identity(id)
    if row.body and spec is not None and key is not None and key not in read.ids(ctx, spec, [key]):
        read.one(ctx, spec, key, binned=True)  # raises NotFound, but not for what went into the bin since


def _settle(row: QuerySet[IdempotentReply], answer: HttpResponse) -> None:
    headers = {name: answer.headers[name] for name in ("Content-Type", *HEADERS) if name in answer.headers}
    settled = row.update(done=True, status=answer.status_code, headers=headers, body=answer.content)
    if not settled:  # another call took the claim over: it will answer, and what we did is rolled back
        raise Problem(
            409, _("The first call with this Idempotency-Key is still running."), headers={"Retry-After": "1"}
        )


def purge() -> int:
    """Delete replies that have expired. Returns how many."""
    return IdempotentReply.objects.filter(expires_at__lte=timezone.now()).delete()[0]
