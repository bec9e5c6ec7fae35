"""Whom an owner may let read a record (``Owned(shared=…)``): everybody, a team with those below it, or a role.

An audience is a word in one column, so that what is shared with somebody is a few equalities on an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.accounts.models import Team
from kith.kernel.fields.base import Choice
from kith.kernel.policy.choices import roles
from kith.kernel.schema.registry import layer
from kith.kernel.schema.spec import ObjectSpec, Owned

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


@layer
def audiences_of_objects(objects: dict[str, ObjectSpec]) -> None:
    """Put all audiences into the column that says with whom a record is shared."""
    found = [spec for spec in objects.values() if isinstance(spec.policy, Owned) and spec.policy.shared in spec.fields]
    if not found:
        return
    teams = Team.objects.filter(deleted_at=None).order_by("title_key").values_list("pk", "name")
    choices = (
        Choice(EVERYBODY, _("Everybody")),
        *(Choice(f"team:{id}", name) for id, name in teams),
        *(Choice(f"role:{one.key}", one.label) for one in roles()),
    )
    for spec in found:
        name = spec.policy.shared  # type: ignore[union-attr]
        objects[spec.name] = spec.with_(fields={**spec.fields, name: spec.fields[name].with_(choices=choices)})
