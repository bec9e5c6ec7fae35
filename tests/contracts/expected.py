"""Who may do what, by hand. Nothing here is worked out from the code that decides it.

A record of an owned object belongs to Olga, Tim, Mara or Stella (see ``tests.world``). Where the object has no team, it
is its owner's and the administrator's alone. A shared record is everybody's to read (but where the object says that
reading is administered, too) and, as all of them say who may do what, the administrator's to write. The verbs that an
object offers at all are its declaration's.
"""

from __future__ import annotations

from kith.kernel.schema.spec import ObjectSpec, Owned, Shared
from tests.world import TOKENS

EVERYBODY = frozenset({"olga", "tim", "mara", "stella"})
NORTH = frozenset({"olga", "tim"})
SALES = NORTH | {"mara"}
NOBODY: frozenset[str] = frozenset()

SEES = {
    "ada": EVERYBODY,
    "mara": SALES,
    "olga": NORTH,
    "tim": NORTH,
    "rita": NORTH,
    "stella": frozenset({"stella"}),
    "noah": NOBODY,
    "hugo": NORTH,
    "olga_reads": NORTH,
    "olga_contacts": NORTH,
    "anonymous": NOBODY,
}
CHANGES = SEES | {"rita": NOBODY, "olga_reads": NOBODY}
DELETES = CHANGES | {"olga": frozenset({"olga"}), "tim": frozenset({"tim"}), "olga_contacts": frozenset({"olga"})}
CREATES = frozenset({"ada", "mara", "olga", "tim", "stella", "hugo", "olga_contacts"})
READS_SHARED = frozenset({"ada", "mara", "olga", "tim", "rita", "stella", "hugo", "olga_reads"})
WRITES_SHARED = frozenset({"ada"})


def in_scope(actor: str, object: str) -> bool:
    """Whether a token's list of objects lets it near this one."""
    names = TOKENS.get(actor, ("", ""))[1]
    return not names or object in names.split(",")


def person(actor: str) -> str:
    return "olga" if actor in TOKENS else actor


def is_personal(spec: ObjectSpec) -> bool:
    return isinstance(spec.policy, Owned) and not spec.policy.team


def sees(actor: str, spec: ObjectSpec) -> frozenset[str]:
    """The owners whose records this actor may read; shared records are all Ada's."""
    if not in_scope(actor, spec.name):
        return NOBODY
    if isinstance(spec.policy, Shared):
        readers = WRITES_SHARED if spec.policy.read else READS_SHARED
        return frozenset({"ada"}) if actor in readers else NOBODY
    return _narrowed(actor, spec, SEES)


def reaches(actor: str, verb: str, spec: ObjectSpec) -> frozenset[str]:
    """The owners whose records this actor may ``update``, ``delete`` (or ``restore``)."""
    if not in_scope(actor, spec.name) or verb not in spec.verbs:
        return NOBODY
    if not spec.is_owned:
        return frozenset({"ada"}) if actor in WRITES_SHARED else NOBODY
    return _narrowed(actor, spec, CHANGES if verb == "update" else DELETES)


def creates(actor: str, spec: ObjectSpec) -> bool:
    offered = in_scope(actor, spec.name) and "create" in spec.verbs
    return offered and actor in (CREATES if spec.is_owned else WRITES_SHARED)


def _narrowed(actor: str, spec: ObjectSpec, table: dict[str, frozenset[str]]) -> frozenset[str]:
    return table[actor] & {person(actor)} if is_personal(spec) and actor != "ada" else table[actor]


EXPORTS = dict.fromkeys(SEES, NOBODY) | {"ada": EVERYBODY, "mara": SALES}
"""Members and readers look; to take out whole tables is the managers' and the administrator's."""


def exports(actor: str, spec: ObjectSpec) -> frozenset[str]:
    """The owners whose records this actor may export."""
    if not in_scope(actor, spec.name) or "export" not in spec.verbs:
        return NOBODY
    if isinstance(spec.policy, Shared):
        takers = WRITES_SHARED if spec.policy.read else {"ada", "mara"}
        return frozenset({"ada"}) if actor in takers else NOBODY
    return _narrowed(actor, spec, EXPORTS)


def imports(actor: str, spec: ObjectSpec) -> bool:
    return creates(actor, spec) and "import" in spec.verbs


def is_owned_by_team(spec: ObjectSpec) -> bool:
    return isinstance(spec.policy, Owned) and bool(spec.policy.team)
