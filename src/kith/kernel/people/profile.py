"""What everybody may change of their own account, and nothing else: a fixed list, whatever is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import USERS
from kith.kernel.people.joining import in_the_name_of
from kith.kernel.records.change import Change, change
from kith.kernel.records.errors import Forbidden

OWN: Final = ("name", "language", "time_zone")


def edit(ctx: Context, values: Mapping[str, Any]) -> Change:
    """Change name, language and time zone of the context's own user; the event is in their name.

    Raises :class:`Forbidden` for an actor who is nobody in person (a token changes no account), :class:`Invalid`.
    """
    if ctx.actor.kind != "user" or ctx.actor.user is None:
        raise Forbidden
    mine = {name: values[name] for name in OWN if name in values}
    return change(in_the_name_of(ctx), ctx.schema[USERS], ctx.actor.user, mine)
