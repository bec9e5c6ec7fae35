"""What stands round every page of the settings: the tree at the left, and the sentence about what was just done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kith.kernel.accounts.context import Context
from kith.kernel.people.keys import may_administer
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Forbidden
from kith.surfaces.web import request as web
from kith.surfaces.web.shell import address


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the settings. ``words`` are what people look for when they mean it, besides its name."""

    name: str
    label: Any
    icon: str
    words: Any = ""
    administers: bool = False
    reads: str = ""  # the object that one must be able to read


TREE: Final[tuple[tuple[Any, tuple[Leaf, ...]], ...]] = (
    (
        _("Me"),
        (
            Leaf("settings-profile", _("Profile"), icon="user", words=_("name language time zone theme row height")),
            Leaf(
                "settings-security", _("Sign-in"), icon="lock", words=_("password second factor passkey recovery codes")
            ),
            Leaf("settings-sessions", _("Sessions"), icon="devices", words=_("browser device sign out")),
            Leaf("settings-tokens", _("API tokens"), icon="key", words=_("key program REST"), reads="tokens"),
        ),
    ),
    (
        _("Workspace"),
        (
            Leaf(
                "settings-company",
                _("Company"),
                icon="building-skyscraper",
                words=_("name logo currency country fiscal year week"),
                administers=True,
            ),
            Leaf(
                "settings-sample", _("Sample data"), icon="test-pipe", words=_("demo example remove"), administers=True
            ),
            Leaf("settings-mail", _("Mail"), icon="mail", words=_("SMTP server test"), administers=True),
        ),
    ),
    (
        _("People"),
        (
            Leaf("settings-users", _("Users"), icon="users", words=_("members deactivate password"), administers=True),
            Leaf("settings-invitations", _("Invitations"), icon="user-plus", words=_("invite link"), administers=True),
            Leaf("settings-teams", _("Teams"), icon="hierarchy-2", words=_("tree departments"), administers=True),
            Leaf(
                "settings-roles",
                _("Roles"),
                icon="shield",
                words=_("rights permissions access fields"),
                administers=True,
            ),
        ),
    ),
    (
        pgettext_lazy("settings", "Data"),
        (
            Leaf("import", _("Import"), icon="upload", words=_("CSV Excel vCard files migrate"), administers=True),
            Leaf("settings-export", _("Export"), icon="download", words=_("everything archive ZIP"), administers=True),
        ),
    ),
    (pgettext_lazy("settings", "System"), (Leaf("health", _("Health"), icon="heart-rate-monitor", administers=True),)),
)
"""All pages; a page that is not there (yet), or not for this person, is left out."""


@dataclass(frozen=True, slots=True)
class Entry:
    leaf: Leaf
    to: str
    current: bool


def administer(ctx: Context) -> None:
    """Refuse whoever does not administer the workspace."""
    if not may_administer(ctx):
        raise Forbidden(str(_("Only who administers the workspace sees this page.")))


def reply(
    request: HttpRequest,
    ctx: Context,
    name: str,
    template: str,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page of the settings; ``name`` is that of its leaf, which the tree marks."""
    known = {"tree": _tree(ctx, name), "leaf": name, "home": request.path == reverse("settings"), **(values or {})}
    return web.reply(request, ctx, f"web/settings/{template}.html", known, status)


def said(request: HttpRequest, text: Any, event: Any = None) -> None:
    """Tell with the next page what was done, with an undo where there is an event that the reader may take back."""
    messages.success(request, str(text), extra_tags=reverse("undo", kwargs={"event": event.id}) if event else "")


def go(name: str, **names: Any) -> HttpResponse:
    """On to a page of the settings."""
    return HttpResponseRedirect(reverse(name, kwargs=names or None))


def _tree(ctx: Context, here: str) -> list[tuple[Any, list[Entry]]]:
    mighty = may_administer(ctx)
    found = []
    for label, leaves in TREE:
        entries = [
            Entry(leaf, to, leaf.name == here)
            for leaf in leaves
            if (mighty or not leaf.administers) and _readable(ctx, leaf.reads) and (to := address(leaf.name))
        ]
        if entries:
            found.append((label, entries))
    return found


def _readable(ctx: Context, object: str) -> bool:
    return not object or may(ctx, ctx.schema[object], "read")
