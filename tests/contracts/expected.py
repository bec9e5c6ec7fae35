"""Who may do what, by hand. Nothing here is worked out from the code that decides it.

A record of an owned object belongs to Olga, Tim, Mara or Stella (see ``tests.world``); a shared one is everybody's to read and, as
all of them say who may do what, the administrator's to write.
"""

from __future__ import annotations

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


def sees(actor: str, object: str, owned: bool) -> frozenset[str]:
    """The owners whose records this actor may read; shared records are all Ada's."""
    if not in_scope(actor, object):
        return NOBODY
    if owned:
        return SEES[actor]
    return frozenset({"ada"}) if actor in READS_SHARED else NOBODY


def reaches(actor: str, verb: str, object: str, owned: bool) -> frozenset[str]:
    """The owners whose records this actor may ``update``, ``delete`` (or ``restore``)."""
    if not in_scope(actor, object):
        return NOBODY
    if owned:
        return (CHANGES if verb == "update" else DELETES)[actor]
    return frozenset({"ada"}) if actor in WRITES_SHARED else NOBODY


def creates(actor: str, object: str, owned: bool) -> bool:
    return in_scope(actor, object) and actor in (CREATES if owned else WRITES_SHARED)
