"""Rights of an actor, worked out from its roles: how far each verb reaches on each object, and which fields are
masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from kith.kernel.accounts.context import Actor, Context
from kith.kernel.policy.models import Role
from kith.kernel.schema.memory import Memory, place

READ_VERBS: Final = frozenset({"read", "export"})
ADMINISTER: Final = "workspace.administer"


class Reach(IntEnum):
    """How far a verb reaches. Ordered: the widest of an actor's roles counts."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


def reach_named(name: str) -> Reach:
    return Reach[name.upper()]


_ALL: Final[dict[str, str]] = dict.fromkeys(("create", "read", "update", "delete", "export", "import"), "all")

SHIPPED: Final[dict[str, dict[str, Any]]] = {
    "administrator": {"rights": {"*": _ALL}, "extra": [ADMINISTER, "*"]},
    "manager": {
        "rights": {
            "*": {
                "create": "all",
                "read": "team",
                "update": "team",
                "delete": "team",
                "export": "team",
                "import": "all",
            }
        },
        "extra": ["*"],
    },
    "member": {"rights": {"*": {"create": "all", "read": "team", "update": "team", "delete": "own", "import": "all"}}},
    "read_only": {"rights": {"*": {"read": "team"}}},
}
"""The roles that every installation begins with. An administrator may change all of them but the first."""


@dataclass(frozen=True, slots=True)
class RoleRights:
    """One role, as the policy needs it."""

    key: str
    rights: Mapping[str, Mapping[str, str]]
    conditions: Mapping[str, Mapping[str, Any]]
    masks: Mapping[str, str]
    extra: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grants:
    """The sum of an actor's roles."""

    actor: Actor
    roles: tuple[RoleRights, ...]

    def reach(self, object: str, verb: str) -> Reach:
        """How far ``verb`` reaches on ``object``; the widest of all roles, narrowed by a token's scope."""
        if self.actor.is_system:
            return Reach.ALL
        return max((self.of_role(one, object, verb) for one in self.roles), default=Reach.NONE)

    def _in_scope(self, object: str, verb: str) -> bool:
        actor = self.actor
        if actor.objects and object not in actor.objects:
            return False
        return not (actor.scope == "read" and verb not in READ_VERBS)

    def of_role(self, role: RoleRights, object: str, verb: str) -> Reach:
        """How far one of the roles reaches, narrowed by a token's scope."""
        if not self._in_scope(object, verb):
            return Reach.NONE
        by_verb = (
            role.rights[object] if object in role.rights else role.rights.get("*", {})
        )  # ``{}`` is: nothing at all
        return reach_named(by_verb.get(verb, "none"))

    def has(self, right: str) -> bool:
        """Whether a named right (``sales.see_amounts``) is held."""
        if self.actor.is_system:
            return True
        if right == ADMINISTER and self.actor.kind == "token" and self.actor.scope != "admin":
            return False
        return any(right in one.extra or ("*" in one.extra and right != ADMINISTER) for one in self.roles)

    def mask(self, object: str, field: str) -> str:
        """``""`` (nothing masked), ``read`` (may not be written) or ``hidden``: the mildest of the roles that reach
        the object.
        """
        if self.actor.is_system or not self.roles:
            return ""
        found = {one.masks.get(f"{object}.{field}", "") for one in self.roles if self.of_role(one, object, "read")}
        return "" if not found or "" in found else "read" if "read" in found else "hidden"


def _load(_version: int) -> dict[str, RoleRights]:
    rows = Role.objects.filter(deleted_at=None).values_list("key", "rights", "conditions", "masks", "extra")
    return {key: RoleRights(key, r, c, m, frozenset(e)) for key, r, c, m, e in rows}


_memory = Memory(_load)


def roles_at(version: int) -> dict[str, RoleRights]:
    """All roles by key at a schema version: one query when the version is new to this process, else none."""
    return _memory.at(version)


def forget() -> None:
    """Drop the cached roles and what was worked out from them: for tests."""
    _memory.forget()
    worked_out.clear()
    place(worked_out).clear()


worked_out: dict[tuple[Any, ...], Any] = {}
"""What follows from roles alone, for whoever holds them (``mask``). Keys begin with the schema version."""

MOST_WORKED_OUT: Final = 4000


def grants(ctx: Context) -> Grants:
    """The actor's grants, remembered for this context."""
    if (held := ctx.notes.get("grants")) is None:
        known = roles_at(ctx.schema.version) if ctx.actor.roles else {}
        held = Grants(ctx.actor, tuple(known[key] for key in ctx.actor.roles if key in known))
        ctx.notes["grants"] = held
    return held
