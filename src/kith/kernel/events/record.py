"""Making event rows: the payload, its salt and its digest. Written in the transaction of the change it tells of."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from kith.kernel.events.models import Event
from kith.kernel.kit import json

if TYPE_CHECKING:
    from datetime import datetime

    from kith.kernel.accounts.context import Context

SALT = 16


def digest(salt: bytes, payload: bytes) -> str:
    """SHA-256 over salt and payload, in hex. The salt keeps an erased value from being guessed out of its digest."""
    return hashlib.sha256(salt + payload).hexdigest()


def event(
    ctx: Context,
    object: str,
    record: uuid.UUID | None,
    verb: str,
    payload: dict[str, Any],
    at: datetime,
    *,
    undoes: uuid.UUID | None = None,
) -> Event:
    """An unsaved event. ``payload`` holds wire forms only: ``{"diff": {field: [before, after]}, "title": …}``."""
    salt, body = secrets.token_bytes(SALT), json.dumps(payload)
    return Event(
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


def payload_of(row: Event) -> dict[str, Any]:
    """The payload of an event; ``{}`` when it was erased."""
    return json.loads(bytes(row.payload)) if row.payload is not None else {}  # type: ignore[no-any-return]
