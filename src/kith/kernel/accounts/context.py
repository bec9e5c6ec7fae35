"""Who acts, how, and in which schema: the first argument of every read and write. No thread-locals, no bypass flags."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import Schema

ActorKind = Literal["user", "token", "system", "portal", "public", "automation", "plugin", "anonymous"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever reads or writes. Rights come from ``roles``; a token has its user's, narrowed by ``scope`` and
    ``objects``.
    """

    kind: ActorKind
    id: uuid.UUID | None = None
    name: str = ""
    user: uuid.UUID | None = None
    team: uuid.UUID | None = None  # where the records they make belong
    teams: tuple[uuid.UUID, ...] = ()  # their team and all below it
    roles: tuple[str, ...] = ()
    scope: Literal["", "read", "write", "admin"] = ""
    objects: frozenset[str] = frozenset()
    depth: int = 0  # how many automations stand behind this write; stops loops

    @property
    def is_system(self) -> bool:
        return self.kind == "system"


SYSTEM = Actor("system", name="Kith")
ANONYMOUS = Actor("anonymous")


@dataclass(frozen=True, slots=True)
class Context:
    """One request, job or command: actor, source, schema, locale, and the batch that ties its writes to one undo."""

    actor: Actor
    source: str
    schema: Schema
    request_id: str = ""
    locale: Locale = NEUTRAL
    batch: uuid.UUID | None = None
    notes: dict[str, Any] = field(default_factory=dict, compare=False)  # memo for this request only: grants, masks

    def with_(self, **changes: Any) -> Context:
        """A copy with other attributes; the memo is not carried over, since grants follow the actor."""
        return replace(self, notes={}, **changes)


def system(source: str = "system", **more: Any) -> Context:
    """The context of Kith's own work: migrations, sealing, seeding."""
    return Context(SYSTEM, source, more.pop("schema", None) or current(), **more)
