"""Taking back a change of the schema from its event. Nothing of it loses a value, so nearly all of it can be.

What was added goes only as long as nobody has used it; what was said differently is said as before, unless somebody has
said it differently again; what was deleted comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.fields.store import Aside
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import aside, shape
from kith.kernel.records.errors import Complaint, Invalid, NotFound
from kith.kernel.schema.custom import field_from
from kith.kernel.schema.models import CustomField, CustomObject, Override

OBJECT: Final = "schema"
BATCH: Final = 500


def undo(ctx: Context, row: Event) -> None:
    """Take it back. Raises :class:`NotFound` for whoever does not administer, :class:`Invalid` with why it cannot."""
    if not grants(ctx).has(ADMINISTER):
        raise NotFound("events", row.id)
    back, said = _BACK.get(row.verb), payload_of(row)
    if row.verb == "field.retyped":
        raise _no(
            _(
                "A change of type is not undone in one step, since values were written under the new type. "
                "Delete the field as it is now, then restore the one before: it has kept its values."
            )
        )
    if back is None or not said:
        raise _no(_("This change cannot be undone"))
    within = ctx.with_()
    within.notes["undoes"] = row.id
    back(within, said)


def _object_created(ctx: Context, said: Mapping[str, Any]) -> None:
    held = ctx.schema.get(said["name"])
    if held is not None and held.model._default_manager.filter(**held.scope).exists():
        raise _used(_("There are records of this object. Delete the object instead: they come back with it."))
    shape.delete_object(ctx, said["name"])


def _field_created(ctx: Context, said: Mapping[str, Any]) -> None:
    row = _field(said)
    if row.deleted_at is not None:
        raise _since()
    if _is_used(ctx, row):
        raise _used(_("Records have a value in this field. Delete the field instead: the values come back with it."))
    shape.delete_field(ctx, row.object, row.name)


def _field_renamed(ctx: Context, said: Mapping[str, Any]) -> None:
    row = CustomField.objects.filter(object=said["object"], name=said["name"], deleted_at=None).first()
    if row is None:
        raise _since()
    held = ctx.schema.get(said["object"])
    if held is None or said["was"] in held.fields:
        raise _used(_("Another field has the name %(name)s by now.") % {"name": said["was"]})
    shape.rename_field(ctx, said["object"], said["name"], said["was"])


def _field_deleted(ctx: Context, said: Mapping[str, Any]) -> None:
    try:
        shape.restore_field(ctx, said["id"])
    except NotFound:
        raise _since() from None


def _field_restored(ctx: Context, said: Mapping[str, Any]) -> None:
    row = CustomField.objects.filter(pk=said["id"], deleted_at=None).first()
    if row is None:
        raise _since()
    shape.delete_field(ctx, row.object, row.name)


def _object(change: Callable[[Context, str], None]) -> Callable[[Context, Mapping[str, Any]], None]:
    def back(ctx: Context, said: Mapping[str, Any]) -> None:
        try:
            change(ctx, said["name"])
        except NotFound:
            raise _since() from None

    return back


def _promoted(on: bool) -> Callable[[Context, Mapping[str, Any]], None]:
    def back(ctx: Context, said: Mapping[str, Any]) -> None:
        try:
            shape.promote(ctx, said["object"], said["name"], on)
        except NotFound:
            raise _since() from None

    return back


def _said_before(ctx: Context, said: Mapping[str, Any]) -> None:
    """The words, choices and settings as they were, if they are still what this change made of them."""
    model = {"object": CustomObject, "field": CustomField, "override": Override}[said["of"]]
    row: Any = model._default_manager.filter(pk=said["id"]).first()
    if row is None or getattr(row, "deleted_at", None) is not None or shape.said(row, said["now"]) != said["now"]:
        raise _since()
    shape.say_again(ctx, row, said)


def _field(said: Mapping[str, Any]) -> CustomField:
    rows = CustomField.objects.filter(object=said["object"])
    row = rows.filter(pk=said["id"]).first() if "id" in said else rows.filter(name=said["name"]).first()
    if row is None:
        raise _since()
    return row


def _is_used(ctx: Context, row: CustomField) -> bool:
    """Whether a record, also one in the bin, holds a value. It reads all that have values of any user-made field."""
    spec = ctx.schema.get(row.object)
    if spec is None:
        return False
    here = field_from(row)
    rows = spec.model._default_manager.filter(**spec.scope).order_by("pk")
    if isinstance(here.store, Aside):
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        while ids:
            held = aside.load(spec, aside.tables([here]), ids)
            if any(not here.type.empty(value) for value in held.values()):
                return True
            ids = list(rows.filter(pk__gt=ids[-1]).values_list("pk", flat=True)[:BATCH])
        return False
    values = rows.exclude(custom={}).values_list("custom", flat=True)
    return any(one.get(row.key) is not None for one in values.iterator(BATCH))


def _since() -> Invalid:
    return _no(_("This was changed again since. Undo the later change first."), "changed_since")


def _used(message: str) -> Invalid:
    return _no(message, "in_use")


def _no(message: str, code: str = "not_undoable") -> Invalid:
    return Invalid([Complaint("", code, message)])


_BACK: Final[dict[str, Callable[[Context, Mapping[str, Any]], None]]] = {
    "object.created": _object_created,
    "object.changed": _said_before,
    "object.deleted": _object(shape.restore_object),
    "object.restored": _object(shape.delete_object),
    "field.created": _field_created,
    "field.changed": _said_before,
    "field.renamed": _field_renamed,
    "field.deleted": _field_deleted,
    "field.restored": _field_restored,
    "field.promoted": _promoted(False),
    "field.demoted": _promoted(True),
}
