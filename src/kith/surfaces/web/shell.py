"""What stands round every page: the navigation, the person, theme and density."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.kit.text import hue, initials
from kith.kernel.people.keys import may_administer
from kith.kernel.policy.rows import may
from kith.kernel.records import samples
from kith.kernel.schema.spec import ObjectSpec

SECTIONS: Final[dict[str, Any]] = {"objects": _("Objects"), "work": _("Work")}
"""Headings of the navigation by the ``menu`` of a spec, in this order; others follow under their own name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation."""

    label: Any
    icon: str
    address: str
    current: bool = False
    key: str = ""  # the key that opens it, shown at the right


def address(name: str, **names: Any) -> str:
    """The address of a page; "" when no such page exists (yet), so that nothing leads nowhere."""
    try:
        return reverse(name, kwargs=names or None)
    except NoReverseMatch:
        return ""


class Shell:
    """The values of ``web/shell.html``; each is worked out when the template asks."""

    def __init__(self, request: HttpRequest, ctx: Context) -> None:
        self.request, self.ctx = request, ctx
        self.preferences: dict[str, Any] = getattr(request.user, "preferences", None) or {}

    @property
    def language(self) -> str:
        return "zh-Hans" if (get_language() or "en").startswith("zh") else (get_language() or "en")

    @property
    def theme(self) -> str:
        """ "light", "dark", or "" to follow the system."""
        chosen = self.preferences.get("theme", "")
        return chosen if chosen in ("light", "dark") else ""

    @property
    def density(self) -> str:
        chosen = self.preferences.get("density", "")
        return chosen if chosen in ("compact", "roomy") else ""

    @property
    def mini(self) -> bool:
        """Whether the person folded the navigation to icons."""
        return self.preferences.get("nav") == "mini"

    @property
    def workspace(self) -> str:
        return directory(self.ctx.schema.version).company.name or "Kith"

    @property
    def logo(self) -> str:
        """The address of the company's logo; "" when there is none. It changes with the snapshot, so browsers may keep
        it.
        """
        held = directory(self.ctx.schema.version).company.logo
        return f"{address('logo')}?v={self.ctx.schema.version}" if held else ""

    @property
    def top(self) -> list[Entry]:
        """Search, Inbox and My day: those that exist."""
        wanted = (
            ("search", _("Search"), "search", "/"),
            ("inbox", _("Inbox"), "inbox", ""),
            ("day", _("My day"), "sun", ""),
        )
        return [
            Entry(label, icon, to, self._here(to), key) for name, label, icon, key in wanted if (to := address(name))
        ]

    @cached_property
    def sections(self) -> list[tuple[Any, list[Entry]]]:
        """Headings and the objects under them that this person may read."""
        found: dict[str, list[Entry]] = {name: [] for name in SECTIONS}
        for spec in self._objects():
            to = address("list", object=spec.name)
            found.setdefault(spec.menu, []).append(Entry(spec.label_many, spec.icon, to, self._here(to)))
        return [(SECTIONS.get(name, name), entries) for name, entries in found.items() if entries]

    @property
    def bottom(self) -> list[Entry]:
        """The bar of a phone, but for New and Menu."""
        wanted = (("day", _("My day"), "sun"), ("search", _("Search"), "search"), ("inbox", _("Inbox"), "inbox"))
        return [Entry(label, icon, to, self._here(to)) for name, label, icon in wanted if (to := address(name))]

    @property
    def sample(self) -> str:
        """Where an administrator removes the sample data; "" for others, and where there is none."""
        return address("settings-sample") if samples.objects(self.ctx.schema) and may_administer(self.ctx) else ""

    @property
    def settings(self) -> Entry | None:
        to = address("settings")
        return Entry(_("Settings"), "settings", to, self._here(to)) if to else None

    @property
    def ways(self) -> str:
        """Where two keys lead, ``g`` or ``c`` and a letter, as JSON for the script."""
        from kith.surfaces.web import letters  # which asks for addresses here

        return json.dumps(letters.ways(self.ctx))

    @property
    def person(self) -> dict[str, Any]:
        """Name, initials and hue of whoever is signed in."""
        actor = self.ctx.actor
        return {
            "name": actor.name,
            "initials": initials(actor.name),
            "hue": hue(actor.id or ""),
            "email": getattr(self.request.user, "email", ""),
        }

    def _objects(self) -> Iterator[ObjectSpec]:
        for spec in self.ctx.schema:
            if spec.menu and may(self.ctx, spec, "read"):
                yield spec

    def _here(self, to: str) -> bool:
        return self.request.path == to or self.request.path.startswith(f"{to}/")
