"""What happened to a record, field by field, as one actor may know it; and how two versions of it differ."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import PRIVATE, USERS
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.policy import mask
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import read
from kith.kernel.records.errors import Difference
from kith.kernel.schema.spec import ObjectSpec

CHUNK: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one record: who, when, by what, and per field the values before and after (Python values)."""

    id: uuid.UUID
    at: datetime
    actor_kind: str
    actor: uuid.UUID | None
    actor_name: str
    source: str
    verb: str
    batch: uuid.UUID | None
    undoes: uuid.UUID | None
    diff: Mapping[str, tuple[Any, Any]]
    erased: bool = False


def history(
    ctx: Context, spec: ObjectSpec, id: uuid.UUID, *, limit: int = 50, before: uuid.UUID | None = None
) -> list[Entry]:
    """The latest changes of a record, newest first; fields that the actor may not read are left out.

    Raises :class:`NotFound` when the record may not be seen. ``before`` is the id of the last entry of the page before.
    """
    binned = not read.ids(ctx, spec, [id])
    shown = mask.readable(ctx, spec)
    read.one(ctx, spec, id, tuple(shown)[:1], binned=binned)  # refuses what may not be seen; the values are not wanted
    rows = Event.objects.filter(object=spec.name, record=id)
    if spec.name == USERS and id != ctx.actor.user and not grants(ctx).has(ADMINISTER):
        rows = rows.exclude(verb__in=PRIVATE)
    if before:
        rows = rows.filter(id__lt=before)
    return [entry for entry in (_entry(spec, shown, row) for row in rows.order_by("-id")[:limit]) if entry is not None]


def _entry(spec: ObjectSpec, shown: Mapping[str, Any], row: Event) -> Entry | None:
    diff = payload_of(row).get("diff", {})
    visible = {
        name: (_value(shown[name], old), _value(shown[name], new)) for name, (old, new) in diff.items() if name in shown
    }
    if diff and not visible and row.verb == "updated":
        return None  # only hidden fields changed: for this actor nothing happened
    return Entry(
        row.id,
        row.at,
        row.actor_kind,
        row.actor,
        row.actor_name,
        row.source,
        row.verb,
        row.batch,
        row.undoes,
        visible,
        row.payload is None,
    )


def _value(here: Any, wire: Any) -> Any:
    try:
        return None if wire is None else here.type.parse(here, wire)
    except ValueError:
        return wire  # the field has another type by now: show what was written then


def differences(
    spec: ObjectSpec, id: uuid.UUID, since: int, wanted: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[list[Difference], str]:
    """The fields of ``wanted`` that others changed after version ``since``, with all three values, and the last of
    those people.
    """
    was: dict[str, Any] = {}
    by = ""
    for row in _latest_first(spec, id):
        payload = payload_of(row)
        version = payload.get("version")
        if version is None:
            continue  # not a change of the record, or erased
        if version <= since:
            break
        by = by or row.actor_name
        for name, (old, _new) in payload.get("diff", {}).items():
            was[name] = old
    found = []
    for name, old in was.items():
        if name in wanted:
            here = spec.fields[name]
            found.append(Difference(name, old, here.type.dump(here, now.get(name)), here.type.dump(here, wanted[name])))
    return found, by


def _latest_first(spec: ObjectSpec, id: uuid.UUID) -> Iterator[Event]:
    """All events of a record, however many, so many at a time."""
    events = Event.objects.filter(object=spec.name, record=id).order_by("-id")
    rows = list(events[:CHUNK])
    while rows:
        yield from rows
        rows = list(events.filter(id__lt=rows[-1].id)[:CHUNK]) if len(rows) == CHUNK else []
