"""Changing the schema while everybody works: user-made objects, fields and choices.

Each change is one transaction: rows, an event, and a new schema version, which every process sees at its next request.
Nothing here can lose a value: a deleted field keeps its values under its key, a change of type writes to a new key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.handlers import wake
from kith.kernel.events.record import event
from kith.kernel.fields.base import Field, type_named, type_names
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.references import ANY
from kith.kernel.fields.store import Json
from kith.kernel.kit import json
from kith.kernel.kit.text import slug
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import index
from kith.kernel.records.errors import Complaint, Forbidden, Invalid, NotFound
from kith.kernel.records.index import MOST_ON_MARIADB, promoted
from kith.kernel.schema.custom import LINKED, field_from
from kith.kernel.schema.load import begin_change, bump, current
from kith.kernel.schema.models import CustomField, CustomObject, Override
from kith.kernel.schema.spec import ObjectSpec

MOST_FIELDS: Final = 500
UNIQUE: Final = frozenset({Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.DATETIME})
"""Kinds of values of which one can be asked whether it is taken."""
Words = Mapping[str, str]  # language -> text


@contextmanager
def _changing(ctx: Context, verb: str, payload: dict[str, Any]) -> Iterator[None]:
    """One change of the schema: the right, the transaction, the event, the new version."""
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(_("Only administrators change objects and fields."), verb)
    with transaction.atomic():
        begin_change()
        yield
        undoes = ctx.notes.get("undoes")
        event(ctx, "schema", None, verb, payload, timezone.now(), undoes=undoes).save(force_insert=True)
        bump()
        transaction.on_commit(wake)


def add_object(ctx: Context, one: Words, many: Words, *, icon: str = "circle-dashed", owned: bool = True) -> str:
    """Make an object. Returns its name (``x_sites``), which is made from the plural and never changes.

    Raises :class:`Invalid` without a name, :class:`Forbidden` for anybody but an administrator.
    """
    _need_words(one, "one")
    _need_words(many, "many")
    taken = {*ctx.schema.objects, *CustomObject.objects.values_list("name", flat=True)}
    plural, singular = slug(_english(many)), slug(_english(one))
    name = f"x_{plural}"
    while name in taken:
        name += "_"
    row = CustomObject(
        name=name, one=f"x_{singular}", labels={"one": dict(one), "many": dict(many)}, icon=icon, owned=owned
    )
    with _changing(ctx, "object.created", {"name": name, "labels": row.labels}):
        row.position = CustomObject.objects.count()
        row.save(force_insert=True)
    return name


def change_object(
    ctx: Context, name: str, *, one: Words | None = None, many: Words | None = None, **values: Any
) -> None:
    """Say an object differently: its words in any language, its ``icon``, the ``columns`` of its list."""
    unknown = set(values) - {"icon", "columns"}
    if unknown or name not in ctx.schema.objects:
        raise (
            Invalid([Complaint(key, "unknown_field", _("Unknown: %(names)s") % {"names": key}) for key in unknown])
            if unknown
            else NotFound(name)
        )
    words = {"one": dict(one), "many": dict(many)} if one and many else {}
    payload = {"name": name, "labels": words, "values": values}
    with _changing(ctx, "object.changed", payload):
        if row := CustomObject.objects.filter(name=name).first():
            with _telling(payload, row, ("labels", "icon", "columns")):
                row.labels = words or row.labels
                row.icon, row.columns = values.get("icon", row.icon), values.get("columns", row.columns)
                row.save()
        else:
            other, _made = Override.objects.get_or_create(object=name, field="")
            with _telling(payload, other, ("labels", "values")):
                other.labels, other.values = words or other.labels, {**other.values, **values}
                other.save()


def delete_object(ctx: Context, name: str) -> None:
    """Take a user-made object away; its fields and records stay and come back with ``restore_object``."""
    _set_deleted(ctx, CustomObject.objects.filter(name=name, deleted_at=None).first(), "object.deleted", {"name": name})


def restore_object(ctx: Context, name: str) -> None:
    """Bring a deleted object back with all it had."""
    _set_deleted(
        ctx, CustomObject.objects.filter(name=name).exclude(deleted_at=None).first(), "object.restored", {"name": name}
    )


def add_field(ctx: Context, object: str, type: str, labels: Words, *, name: str = "", **more: Any) -> Field:
    """Add a field to any object, shipped or user-made; it is everywhere at once. Writes no record.

    ``more``: help, options, choices (``[{"labels": {…}, "hue": 1}]``), target, required, unique, section, readable.
    Raises :class:`Invalid` with the reason: an unknown type, a name in use, a reference to nowhere, a choice without
    choices.
    """
    spec = _spec(ctx, object)
    row = CustomField(object=object, name=_api_name(spec, name or _english(labels)), type=type, labels=dict(labels))
    _fill(ctx, spec, row, more)
    payload = {"object": object, "name": row.name, "type": type, "labels": row.labels}
    with _changing(ctx, "field.created", payload):
        row.position = CustomField.objects.filter(object=object).count()
        row.save(force_insert=True)
        payload["id"] = row.pk
    return field_from(row)


def change_field(ctx: Context, object: str, name: str, **more: Any) -> None:
    """Say a field differently: labels, help, choices, required, section, options. Types change with ``retype``.

    A choice that leaves the list while records hold it is kept, inactive. On a shipped field this is an override.
    """
    spec = _spec(ctx, object)
    held = spec.field(name)
    if held is None:
        raise NotFound(object, name)
    payload = {"object": object, "name": name, "values": dict(more)}
    with _changing(ctx, "field.changed", payload):
        if held.shipped:
            _override(held, object, more, payload)
            return
        row = _row(object, name)
        with _telling(payload, row, tuple(more)):
            labels = more.pop("labels", None)
            row.labels = dict(labels) if labels else row.labels
            if "choices" in more:
                more["choices"] = _kept_choices(row.choices, _choices(more["choices"]))
            _fill(ctx, spec, row, more)
            row.save()


@contextmanager
def _telling(payload: dict[str, Any], row: Any, names: Sequence[str]) -> Iterator[None]:
    """Keep in the event what a row said before and says now, so that it can be taken back."""
    known = [one for one in names if hasattr(row, one)]
    was = said(row, known)
    yield
    kind = {CustomObject: "object", CustomField: "field", Override: "override"}[type(row)]
    payload.update(of=kind, id=row.pk, was=was, now=said(row, known))


def said(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """What a row says in these columns, as an event keeps it."""
    found: dict[str, Any] = json.loads(json.dumps({name: getattr(row, name) for name in names}))
    return found


def say_again(ctx: Context, row: CustomObject | CustomField | Override, told: Mapping[str, Any]) -> None:
    """Give a row back what it said before an event. A choice that was added stays, inactive: records may hold it."""
    verb = "field.changed" if told.get("object") else "object.changed"
    payload = {key: one for key, one in told.items() if key in ("object", "name")} | {"values": told["was"]}
    with _changing(ctx, verb, payload), _telling(payload, row, tuple(told["was"])):
        for name, value in told["was"].items():
            setattr(row, name, _kept_choices(getattr(row, name), value) if name == "choices" and value else value)
        row.save()


def rename_field(ctx: Context, object: str, name: str, wanted: str) -> str:
    """Give a user-made field another API name. No record is written: values lie under the field's key. Returns the
    name.
    """
    spec = _spec(ctx, object)
    row = _row(object, name)
    row.name = _api_name(spec, wanted)
    with _changing(ctx, "field.renamed", {"object": object, "name": row.name, "was": name}):
        row.save()
    return row.name


def delete_field(ctx: Context, object: str, name: str) -> int:
    """Take a user-made field away. Its values stay under its key; the number returned is what ``restore_field``
    takes.
    """
    row = _row(object, name)
    _set_deleted(ctx, row, "field.deleted", {"object": object, "name": name, "id": row.pk})
    return int(row.pk)


def restore_field(ctx: Context, id: int) -> str:
    """Bring a deleted field back, with every value it had. Returns its name, which gets a tail when it was taken
    since.
    """
    row = CustomField.objects.filter(pk=id).exclude(deleted_at=None).first()
    if row is None:
        raise NotFound("fields", id)
    row.name = _api_name(_spec(ctx, row.object), row.name.removeprefix("x_"))
    _set_deleted(ctx, row, "field.restored", {"object": row.object, "name": row.name, "id": id})
    return row.name


def promote(ctx: Context, object: str, name: str, on: bool = True) -> None:
    """Give a user-made field an accelerator index, or take it away. Building one takes seconds per million records.

    The index is there before the schema says so, and goes only after nobody asks for it any more: on MariaDB queries
    name its column.
    """
    spec = _spec(ctx, object)
    row = _row(object, name)
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(_("Only administrators change objects and fields."), "field.promoted")
    held = field_from(row)
    if not isinstance(held.store, Json) or (held.type.kind in (Kind.JSON, Kind.ENUMS) and not held.type.main):
        raise Invalid([Complaint("promoted", "not_needed", _("This type of field needs no index of its own"))])
    if (
        on
        and not row.promoted
        and sum(len(promoted(one)) for one in ctx.schema if one.model is spec.model) >= MOST_ON_MARIADB
    ):
        raise Invalid(
            [
                Complaint(
                    "promoted", "too_many", _("At most %(most)s fast fields on one object") % {"most": MOST_ON_MARIADB}
                )
            ]
        )
    if on:
        index.make(index.accelerators(spec, held))
    with _changing(ctx, "field.promoted" if on else "field.demoted", {"object": object, "name": name}):
        row.promoted = on
        row.save()
    if not on:
        transaction.on_commit(lambda: index.sync(current()))


def _spec(ctx: Context, object: str) -> ObjectSpec:
    spec = ctx.schema.get(object)
    if spec is None:
        raise NotFound(object)
    return spec


def _row(object: str, name: str) -> CustomField:
    row = CustomField.objects.filter(object=object, name=name, deleted_at=None).first()
    if row is None:
        raise NotFound(object, name)
    return row


def _set_deleted(ctx: Context, row: CustomField | CustomObject | None, verb: str, payload: dict[str, Any]) -> None:
    if row is None:
        raise NotFound("schema", payload.get("name"))
    with _changing(ctx, verb, payload):
        row.deleted_at = None if verb.endswith("restored") else timezone.now()
        row.save()


def _fill(ctx: Context, spec: ObjectSpec, row: CustomField, more: Mapping[str, Any]) -> None:
    known = {"help", "options", "choices", "target", "required", "unique", "section", "readable"}
    wrong = [
        Complaint(key, "unknown_field", _("Unknown: %(names)s") % {"names": key}) for key in sorted(set(more) - known)
    ]
    for key in known & set(more):
        setattr(row, key, _choices(more[key]) if key == "choices" else more[key])
    kind = type_named(row.type) if row.type in type_names() else None
    if kind is None:
        wrong.append(Complaint("type", "unknown_type", _("There is no field type “%(type)s”") % {"type": row.type}))
    elif not kind.for_users:
        message = _("Fields of the type “%(type)s” are Kith's own; every object has the one it needs")
        wrong.append(Complaint("type", "not_for_users", message % {"type": row.type}))
    elif row.unique and (kind.kind not in UNIQUE or row.type in LINKED):
        message = _("Values of the type “%(type)s” cannot be kept unique")
        wrong.append(Complaint("unique", "not_unique", message % {"type": row.type}))
    if row.type in {"choice", "multi_choice"} and not row.choices:
        wrong.append(Complaint("choices", "required", _("Give at least one choice")))
    anywhere = row.type == "references" and row.target == ANY
    if row.type in {"reference", "references"} and row.target not in ctx.schema.objects and not anywhere:
        wrong.append(Complaint("target", "not_found", _("Say to which object the reference leads")))
    elif row.target and row.type not in LINKED:
        wrong.append(Complaint("target", "no_reference", _("Only a reference leads to an object")))
    if len(spec.fields) >= MOST_FIELDS:
        wrong.append(Complaint("", "too_many", _("At most %(most)s fields on one object") % {"most": MOST_FIELDS}))
    if wrong:
        raise Invalid(wrong)


def _override(held: Field, object: str, more: Mapping[str, Any], payload: dict[str, Any]) -> None:
    row, _made = Override.objects.get_or_create(object=object, field=held.name)
    with _telling(payload, row, ("labels", "help", "choices", "values")):
        _say(held, row, more)


def _say(held: Field, row: Override, more: Mapping[str, Any]) -> None:
    for key in ("labels", "help"):
        if key in more:
            setattr(row, key, dict(more[key]))
    if "choices" in more:
        shipped = [
            {
                "key": one.key,
                "labels": getattr(one.label, "words", {"en": str(one.label)}),
                "hue": one.hue,
                "active": one.active,
            }
            for one in held.choices
        ]
        row.choices = _kept_choices(row.choices or shipped, _choices(more["choices"]))
    row.values = {**row.values, **{key: more[key] for key in ("required", "hidden", "readable") if key in more}}
    row.save()


def _choices(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Choices in the form in which they are kept; a key is made once, from the label."""
    made: list[dict[str, Any]] = []
    for place, one in enumerate(given):
        labels = dict(one.get("labels") or {"en": str(one.get("label", ""))})
        key = str(one.get("key") or slug(_english(labels), [other["key"] for other in made]))
        made.append(
            {
                "key": key,
                "labels": labels,
                "hue": int(one.get("hue", place % 7 + 1)),
                "active": bool(one.get("active", True)),
            }
        )
    return made


def _kept_choices(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The new list, and behind it, inactive, the choices that left it: records may hold them."""
    keys = {one["key"] for one in new}
    return [*map(dict, new), *({**one, "active": False} for one in old if one["key"] not in keys)]


def _api_name(spec: ObjectSpec, wanted: str) -> str:
    bare = wanted.removeprefix("x_")
    return f"x_{slug(bare, [name.removeprefix('x_') for name in spec.fields])}"


def _english(words: Words) -> str:
    return words.get("en") or next(iter(words.values()), "")


def _need_words(words: Words, name: str) -> None:
    if not any(text.strip() for text in words.values()):
        raise Invalid([Complaint(name, "required", _("Give it a name"))])
