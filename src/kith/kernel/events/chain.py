"""The chain: each link is SHA-256 over the link before, the head of the event, and the digest of its payload."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from kith.kernel.kit import json

HEAD: Final = (
    "id", "at", "actor_kind", "actor", "actor_name", "source", "request_id",
    "object", "record", "verb", "batch", "undoes",
)  # fmt: skip
START: Final = ""
"""What stands before the first link."""


def head(values: Sequence[Any]) -> bytes:
    """The values of :data:`HEAD` as bytes: a JSON list, moments in UTC to the microsecond, alike on every database."""
    return json.dumps([_moment(one) if isinstance(one, datetime) else one for one in values])


def link(before: str, values: Sequence[Any], digest: str) -> str:
    """The link of an event with these :data:`HEAD` values."""
    return hashlib.sha256(before.encode() + head(values) + digest.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
