"""Whom an owner may let read a record (``Owned(shared=…)``): everybody, a team with those below it, or a role.

An audience is a word in one column, so that what is shared with somebody is a few equalities on an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory

EVERYBODY: Final = "everybody"


def audiences(ctx: Context) -> Iterator[str]:
    """The audiences that the actor is part of. No query."""
    yield EVERYBODY
    yield from (f"role:{key}" for key in ctx.actor.roles)
    teams, here, seen = directory(ctx.schema.version).teams, ctx.actor.team, set()
    while here is not None and here in teams and here not in seen:
        yield f"team:{here}"
        seen.add(here)
        here = teams[here][1]
