"""Making event rows: the payload, its salt and its digest. Written in the transaction of the change it tells of."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from kith.kernel.events.models import Event
from kith.kernel.fields.table import another
from kith.kernel.kit import json
from kith.kernel.kit.ids import id_at, new_id

SALT = 16


class Acting(Protocol):
    """What is needed of a context to tell of a change; accounts lie a floor above."""

    @property
    def actor(self) -> Any: ...
    @property
    def source(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def batch(self) -> uuid.UUID | None: ...


def digest(salt: bytes, payload: bytes) -> str:
    """SHA-256 over salt and payload, in hex. The salt keeps an erased value from being guessed out of its digest."""
    return hashlib.sha256(salt + payload).hexdigest()


def event(
    ctx: Acting,
    object: str,
    record: uuid.UUID | None,
    verb: str,
    payload: dict[str, Any],
    at: datetime,
    *,
    undoes: uuid.UUID | None = None,
    dated: bool = False,
) -> Event:
    """An unsaved event; ``dated`` gives it the id of its own moment, for what happened before it was told.

    ``payload`` holds wire forms only: ``{"diff": {field: [before, after]}, "title": …}``.
    """
    salt, body = secrets.token_bytes(SALT), json.dumps(payload)
    return another(
        _empty(),
        id=id_at(at) if dated else new_id(),
        at=at,
        actor_kind=ctx.actor.kind,
        actor=ctx.actor.id,
        actor_name=ctx.actor.name[:150],
        source=ctx.source,
        request_id=ctx.request_id,
        object=object,
        record=record,
        verb=verb,
        batch=ctx.batch,
        undoes=undoes,
        digest=digest(salt, body),
        salt=salt,
        payload=body,
    )


@cache
def _empty() -> Event:
    return Event()


def payload_of(row: Event) -> dict[str, Any]:
    """The payload of an event; ``{}`` when it was erased."""
    return json.loads(bytes(row.payload)) if row.payload is not None else {}


def erase(row: Event) -> None:
    """Blank salt and payload, for retention or at a person's request. Head and digest stay, and so the chain holds.

    Without the salt the values cannot be guessed out of the digest.
    """
    Event.objects.filter(pk=row.pk).update(salt=None, payload=None)
    row.salt = row.payload = None
