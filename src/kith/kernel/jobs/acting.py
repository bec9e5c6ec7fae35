"""Who asked for a job, kept as a name and never as rights: those are looked up again when the job runs.

This floor does not know accounts. ``accounts.acting`` registers the function that turns a :class:`Who` into a context.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from kith.kernel.kit.locale import NEUTRAL, Locale


class Gone(Exception):
    """Whoever asked may no longer act; the message says why. The job is given up, not tried again."""


class Caller(Protocol):
    """What is needed of a context to enqueue a job."""

    @property
    def actor(self) -> Any: ...
    @property
    def source(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def locale(self) -> Locale: ...


@dataclass(frozen=True, slots=True)
class Who:
    """The actor of a job. ``id`` is a user's or a token's, ``user`` the user behind either."""

    kind: str
    id: uuid.UUID | None = None
    user: uuid.UUID | None = None
    name: str = ""
    depth: int = 0
    source: str = "system"
    request_id: str = ""
    locale: Locale = NEUTRAL

    @property
    def lane(self) -> str:
        """Whose turn this job takes; see ``Job.lane``."""
        return self.user.hex if self.user else ""

    def dump(self) -> dict[str, Any]:
        """As kept in ``Job.actor``; what is at its default is left out."""
        values = {name: value for name, value in asdict(self).items() if value and name != "locale"}
        if self.locale != NEUTRAL:
            values["locale"] = asdict(self.locale)
        return values


@dataclass(frozen=True, slots=True)
class _System:
    """The caller for Kith's own work on this floor, where ``accounts.context.system`` is out of sight."""

    actor: Who = field(default_factory=lambda: Who("system", name="Kith"))
    source: str = "system"
    request_id: str = ""
    locale: Locale = NEUTRAL


SYSTEM: Caller = _System()

Rebuild = Callable[[Who], Any]
_rebuild: Rebuild | None = None


def rebuilds(function: Rebuild) -> Rebuild:
    """Register the one function that makes a context of a :class:`Who`. It raises :class:`Gone` for who may not act any
    more.
    """
    global _rebuild
    _rebuild = function
    return function


def who(ctx: Caller) -> Who:
    """The snapshot of a context's actor."""
    actor = ctx.actor
    return Who(
        str(actor.kind),
        actor.id,
        actor.user,
        actor.name,
        getattr(actor, "depth", 0),
        ctx.source,
        ctx.request_id,
        ctx.locale,
    )


def load(held: Mapping[str, Any]) -> Who:
    """The snapshot out of ``Job.actor``."""
    values = dict(held)
    for name in ("id", "user"):
        if values.get(name):
            values[name] = uuid.UUID(str(values[name]))
    if "locale" in values:
        values["locale"] = Locale(**values["locale"])
    return Who(**values)


def context(held: Mapping[str, Any]) -> Any:
    """A fresh context for the actor of a job, with today's rights."""
    if _rebuild is None:
        raise Gone("accounts.acting is not loaded")
    return _rebuild(load(held))
