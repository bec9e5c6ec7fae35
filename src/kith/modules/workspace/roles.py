"""Roles as objects: who administers them sees every change of a right in the history, and can undo it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kith.api import (
    ADMINISTER,
    Change,
    Complaint,
    Context,
    Invalid,
    ObjectSpec,
    Role,
    Section,
    Shared,
    Unreadable,
    _,
    administrators,
    check_condition,
    holders,
    register,
    said,
)

REACHES: Final = ("none", "own", "team", "all")
VERBS: Final = ("*", "create", "read", "update", "delete", "export", "import")
MASKS: Final = ("read", "hidden")


@register
class Roles(ObjectSpec):
    model = Role
    name, one, label, icon = "roles", "role", (_("Role"), _("Roles")), "shield"
    title = "name"
    columns = "name description"
    sections = [Section(_("Role"), "name description"), Section(_("Rights"), "rights conditions masks extra")]
    policy = Shared(write=ADMINISTER)
    bumps = True
    menu = ""

    def check(self, change: Change) -> None:
        """Refuse what the policy would not understand: a right misspelt is a right refused, and nobody would
        know why.
        """
        if (
            not change.is_new
            and change.record.key == "administrator"
            and (change.diff.keys() - {"name", "description"})
        ):
            change.refuse("rights", _("The administrator's rights are fixed, so that nobody can lock everybody out."))
        _forms(change)
        _rights(change, change.after.get("rights") or {})
        _masks(change, change.after.get("masks") or {})
        if change.changed("conditions"):
            _conditions(change, change.after.get("conditions") or {}, change.before.get("conditions") or {})

    def check_delete(self, change: Change) -> None:
        if change.record.key == "administrator":
            change.refuse("", _("This role stays, so that nobody can lock everybody out."))
        elif count := len(holders(change.ctx, change.record.key)):
            change.refuse("", _("%(count)s people have this role. Give them another one first.") % {"count": count})

    def settled(self, ctx: Context, changes: Sequence[Change]) -> None:
        weakened = any(
            ADMINISTER in (one.before.get("extra") or ()) and (one.verb == "deleted" or one.changed("extra"))
            for one in changes
        )
        if weakened and not administrators.are_left():
            message = _("Nobody would be left who may administer the workspace.")
            raise Invalid([Complaint("extra", "last_administrator", message)])


def _forms(change: Change) -> None:
    """Anything else in these columns would stop the policy for everybody."""
    for name in ("rights", "conditions", "masks"):
        if not isinstance(change.after.get(name), dict | None):
            change.refuse(name, _("Expected a JSON object"))
    extra = change.after.get("extra")
    if not isinstance(extra, list | None) or not all(isinstance(one, str) for one in extra or ()):
        change.refuse("extra", _("Expected a list of names"))


def _rights(change: Change, rights: Any) -> None:
    for object, by_verb in rights.items() if isinstance(rights, dict) else ():
        if object != "*" and object not in change.ctx.schema.objects:
            change.refuse("rights", _("There is no object “%(name)s”") % {"name": object})
        elif not isinstance(by_verb, dict) or any(reach not in REACHES for reach in by_verb.values()):
            change.refuse("rights", _("Expected for each verb one of: %(names)s") % {"names": ", ".join(REACHES)})


def _masks(change: Change, masks: Any) -> None:
    for path, kind in masks.items() if isinstance(masks, dict) else ():
        object, _dot, field = path.partition(".")
        spec = change.ctx.schema.get(object)
        if spec is None or field not in spec.fields or kind not in MASKS:
            change.refuse(
                "masks", _("Expected object.field with “read” or “hidden”; found “%(path)s”") % {"path": path}
            )


def _conditions(change: Change, conditions: Any, before: Any) -> None:
    """Each new condition as the policy will compile it; one that stood there may stay, whatever has become of its
    field.
    """
    for object, by_verb in conditions.items() if isinstance(conditions, dict) else ():
        spec = change.ctx.schema.get(object)
        if spec is None or not isinstance(by_verb, dict):
            change.refuse("conditions", _("There is no object “%(name)s”") % {"name": object})
            continue
        for verb, raw in by_verb.items():
            if verb not in VERBS:
                change.refuse("conditions", _("Expected one of: %(names)s") % {"names": ", ".join(VERBS)})
                continue
            if raw and raw != before.get(object, {}).get(verb):
                try:
                    check_condition(change.ctx, spec, raw)
                except Unreadable as error:
                    words = {"object": object, "verb": verb, "problem": said(error)}
                    change.refuse("conditions", _("%(object)s, %(verb)s: %(problem)s") % words, error.code)
