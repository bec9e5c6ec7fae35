"""The rights of roles as a table of objects and verbs, and what a cell of it becomes when somebody chooses."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import holders
from kith.kernel.kit.text import title_key
from kith.kernel.policy.grants import ADMINISTER, READ_VERBS, SHIPPED
from kith.kernel.policy.models import Role
from kith.kernel.schema.spec import ObjectSpec, Shared
from kith.surfaces.web.shell import SECTIONS

REST: Final = "*"
"""The line of all objects that have none of their own."""

VERBS: Final[dict[str, Any]] = {
    "read": _("See"),
    "create": _("Add"),
    "update": _("Change"),
    "delete": _("Delete"),
    "export": _("Export"),
    "import": _("Import"),
}
HEADS: Final[dict[str, Any]] = {
    "read": _("May see"),
    "create": _("May add"),
    "update": _("May change"),
    "delete": _("May delete"),
    "export": _("May export"),
    "import": _("May import"),
}
REACHES: Final[dict[str, Any]] = {"none": _("None"), "own": _("Own"), "team": _("Team"), "all": _("All")}
WHOLE: Final = frozenset({"create", "import"})
"""Verbs without a record that could be one's own or the team's: all or none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How far one verb of one role reaches on one object. ``fixed``: it cannot be chosen, and ``why`` says what
    rules.
    """

    role: Role
    object: str
    verb: str
    reach: str
    fixed: bool = False
    why: Any = ""
    by_rest: bool = False  # it follows the line of all other objects

    @property
    def label(self) -> Any:
        return REACHES[self.reach]

    @property
    def css(self) -> str:
        return "no" if self.reach == "none" else self.reach


@dataclass(frozen=True, slots=True)
class Line:
    """One object and its cells."""

    object: str
    label: Any
    icon: str
    cells: tuple[Cell, ...]


def roles() -> list[Role]:
    """All roles, the shipped ones first and from the strongest to the weakest."""
    order = {key: place for place, key in enumerate(SHIPPED)}
    rows = Role.objects.filter(deleted_at=None)
    return sorted(rows, key=lambda one: (order.get(one.key, len(order)), one.title_key))


def called(role: Role) -> str:
    """The name of a role in the reader's language: that of a shipped one until somebody gives it another."""
    from django.utils.translation import gettext

    return gettext(role.name) if role.key in SHIPPED else role.name


def counted(ctx: Context, role: Role) -> int:
    return len(holders(ctx, role.key))


def lines(ctx: Context, columns: Iterable[tuple[Role, str]]) -> list[tuple[Any, list[Line]]]:
    """The table under its headings: each column is a role and a verb."""
    wanted = tuple(columns)
    found: dict[Any, list[Line]] = {}
    for spec in sorted(ctx.schema, key=lambda one: title_key(str(one.label_many))):
        heading = SECTIONS.get(spec.menu, spec.menu) if spec.menu else _("Workspace")
        cells = tuple(cell(spec, role, verb) for role, verb in wanted)
        found.setdefault(str(heading), []).append(Line(spec.name, spec.label_many, spec.icon, cells))
    rest = tuple(cell(None, role, verb) for role, verb in wanted)
    ordered = sorted(found.items(), key=lambda one: one[0] == str(_("Workspace")))
    return [*ordered, (_("Anything else"), [Line(REST, _("All other objects"), "dots", rest)])]


def cell(spec: ObjectSpec | None, role: Role, verb: str) -> Cell:
    """One cell. ``spec`` None is the line of all other objects."""
    name = spec.name if spec else REST
    own = role.rights.get(name)
    reach = str((own or role.rights.get(REST) or {}).get(verb, "none"))
    fixed, why = role.key == "administrator", _("The administrator's rights are fixed")
    if spec is not None and verb not in spec.verbs:
        return Cell(role, name, verb, "none", True, _("Not offered for these records"))
    if spec is not None and isinstance(spec.policy, Shared):
        right = spec.policy.read if verb in READ_VERBS else spec.policy.write
        if right and reach != "none":
            holds = right in role.extra or ("*" in role.extra and right != ADMINISTER)
            reach, why = ("all" if holds else "none"), _("Only with the right to administer the workspace")
            fixed = fixed or not holds
        elif reach != "none":
            reach = "all"  # shared records have no owner
    elif spec is not None and reach == "team" and not getattr(spec.policy, "team", ""):
        reach = "own"  # personal records have no team
    return Cell(role, name, verb, reach, fixed, why if fixed else "", by_rest=spec is not None and own is None)


def choices(spec: ObjectSpec | None, verb: str) -> list[str]:
    """The reaches that make a difference here."""
    plain = verb in WHOLE or (spec is not None and (isinstance(spec.policy, Shared)))
    if plain:
        return ["none", "all"]
    if spec is not None and not getattr(spec.policy, "team", ""):
        return ["none", "own", "all"]
    return list(REACHES)


def chosen(role: Role, object: str, verb: str, reach: str) -> dict[str, Any]:
    """The rights of the role with that one cell as chosen. An object that had no line of its own gets one."""
    rights = copy.deepcopy(role.rights)
    own = dict(rights.get(object) or rights.get(REST) or {})
    own[verb] = reach
    rights[object] = own
    if object != REST and own == rights.get(REST):
        del rights[object]  # the same as all others: so it follows them again
    return rights
