"""The one write path. Ten steps, in this order, for one record or a thousand:

1 authorise · 2 pick the writable fields, refuse the rest by name · 3 parse · 4 load and lock · 5 diff · 6 check ·
7 save · 8 recheck that the row is still within the actor's rights · 9 record the event · 10 on commit wake the handlers

What new records need no look at others for is done before the transaction begins: on SQLite writers queue for it.

Nothing else writes a record: pages, REST, imports, automations and undo all come through here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.events.handlers import wake
from kith.kernel.events.models import Event
from kith.kernel.events.record import event
from kith.kernel.fields.base import Field
from kith.kernel.fields.table import insert_instances
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.kit.garbage import spared
from kith.kernel.policy import mask
from kith.kernel.policy.rows import holds, may
from kith.kernel.records import checks, finding, saving, stored
from kith.kernel.records.errors import Complaint, Complaints, Conflict, Forbidden, Invalid, NotFound
from kith.kernel.records.history import differences
from kith.kernel.schema.load import begin_change, bump, current, version_for_writing
from kith.kernel.schema.spec import ObjectSpec

CHUNK: Final = 1000
"""Records that are written at once. SQLite takes a fifth less time for each than with 500 (0.14 ms instead of 0.18),
with 2,000 hardly less again; its other writers wait 0.4 s for so many contacts.
"""

MANY: Final = 100
"""From so many on in a chunk the collection of garbage waits for its end."""

VERBS: Final = (gettext_noop("create"), gettext_noop("update"), gettext_noop("delete"), gettext_noop("restore"))
DONE: Final = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One wish. Without ``id`` a new record; ``expect`` is the version that the writer saw.

    ``strict`` refuses any newer version (REST's ``If-Match``); otherwise only a field that both sides changed is a
    conflict. ``at`` dates a change that happened earlier (samples); ``undoes`` names the event that this one reverses.
    A new record that comes from elsewhere keeps the times it had there, ``created_at`` and ``updated_at``; its event is
    of now.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    id: uuid.UUID | None = None
    verb: str = "update"
    expect: int | None = None
    strict: bool = True
    at: datetime | None = None
    undoes: uuid.UUID | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(slots=True)
class Change:
    """One record on its way: what it held, what it will hold, and what is wrong with that. Specs' ``check`` gets
    this.
    """

    ctx: Context
    spec: ObjectSpec
    item: Item
    id: uuid.UUID
    verb: str  # created, updated, deleted, restored
    given: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    diff: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # wire forms, by field
    record: Any = None
    title: str = ""  # once it is written
    complaints: Complaints = field(default_factory=Complaints)
    event: Event | None = None

    @property
    def version(self) -> int:
        return int(self.record.version)

    @property
    def is_new(self) -> bool:
        return self.verb == "created"

    def changed(self, name: str) -> bool:
        """Whether this change gives the field another value."""
        return name in self.diff

    def refuse(self, field: str, message: str | Promise, code: str = "refused") -> None:
        """Complain about a field; the change will not be saved."""
        self.complaints.add(field, code, message)


class _SchemaMoved(Exception):
    """The schema changed between the request's snapshot and the lock."""


def change(
    ctx: Context,
    spec: ObjectSpec,
    id: uuid.UUID | None,
    values: Mapping[str, Any],
    *,
    expect: int | None = None,
    strict: bool = True,
) -> Change:
    """Create (``id`` None) or update one record.

    Raises :class:`NotFound`, :class:`Forbidden`, :class:`Conflict`, or :class:`Invalid` with every complaint; then
    nothing is written.
    """
    return change_many(ctx, spec, [Item(values, id, "update" if id else "create", expect, strict)])[0]


def delete(ctx: Context, spec: ObjectSpec, id: uuid.UUID, *, expect: int | None = None) -> Change:
    """Put a record into the bin."""
    return change_many(ctx, spec, [Item(id=id, verb="delete", expect=expect)])[0]


def restore(ctx: Context, spec: ObjectSpec, id: uuid.UUID) -> Change:
    """Take a record out of the bin, with all its relations."""
    return change_many(ctx, spec, [Item(id=id, verb="restore")])[0]


def change_many(
    ctx: Context, spec: ObjectSpec, items: Sequence[Item], *, partial: bool = False, dry: bool = False
) -> list[Change]:
    """Carry out all items in one transaction, or refuse all of them.

    With ``partial`` the items that can be saved are, and the others come back with their complaints and without an
    event. ``dry`` stops before step 7: differences and complaints as they would be, and nothing is written.
    """
    for left in reversed(range(TRIES)):
        try:
            numbered = partial or len(items) > 1
            chunks = [_begun(ctx, spec, items[at:end], at, numbered) for at, end in _chunks(items)]
            with transaction.atomic():
                if spec.bumps:
                    begin_change()
                for chunk in chunks:
                    _carried_out(ctx, spec, chunk, partial, dry)
                made = [one for chunk in chunks for one in chunk]
                if any(one.event for one in made):
                    if spec.bumps:
                        bump()  # first, since its lock puts writers in line: the look below sees what they wrote
                    spec.settled(ctx, [one for one in made if one.event])
                return made
        except _SchemaMoved:
            if not left:
                raise
            ctx = ctx.with_(schema=current())
            spec = ctx.schema[spec.name]
        except IntegrityError as error:  # two writers raced for a unique value; ours came second
            raise Invalid([Complaint("", "taken", _("A value that must be unique is already in use"))]) from error
    raise AssertionError("unreachable")


def _spared(count: int) -> AbstractContextManager[None]:
    return spared() if count >= MANY else nullcontext()


def _chunks(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Where each chunk begins and ends. A record comes once in a chunk: a second change of it is made on the outcome of
    the first.
    """
    start, seen = 0, set[uuid.UUID]()
    for place, item in enumerate(items):
        if place - start == CHUNK or item.id in seen:
            yield start, place
            start, seen = place, set()
        if item.id is not None:
            seen.add(item.id)
    if start < len(items):
        yield start, len(items)


def _begun(ctx: Context, spec: ObjectSpec, items: Sequence[Item], offset: int, numbered: bool) -> list[Change]:
    """Steps 1 to 3, and for new records all that hangs on them alone. It comes before the transaction, since writers
    wait for each other; the schema and the rights that it goes by are confirmed under the lock (step 4).
    """
    _authorise(ctx, spec, items)
    with _spared(len(items)):
        changes = _picked(ctx, spec, items, offset, numbered)
        new = [one for one in changes if one.is_new]
        saving.start(ctx, spec, new)
        _diff(ctx, spec, new)
    return changes


def _carried_out(ctx: Context, spec: ObjectSpec, changes: Sequence[Change], partial: bool, dry: bool) -> None:
    now = timezone.now()
    with _spared(len(changes)):
        _load(ctx, spec, changes)
        _diff(ctx, spec, [one for one in changes if not one.is_new and one.record is not None])
        touched = [one for one in changes if _is_touched(one)]
        checks.run(ctx, spec, touched)
        _complain(changes, partial)
        if dry:
            return
        saved = [one for one in touched if not one.complaints.found]
        saving.save(ctx, spec, saved, now)
        _recheck(ctx, spec, saved)
        _record(ctx, spec, saved, now)


def _is_touched(one: Change) -> bool:
    return bool(one.diff) or one.verb in ("created", "deleted") or _comes_back(one)


def _comes_back(one: Change) -> bool:
    """Whether a record that is to be restored lies in the bin: restoring the living changes nothing."""
    return one.verb == "restored" and one.record is not None and one.record.deleted_at is not None


def _authorise(ctx: Context, spec: ObjectSpec, items: Iterable[Item]) -> None:
    """Step 1: the verb at all. Whether it reaches the row is asked once the row is loaded."""
    for verb in sorted({one.verb for one in items}):
        right = "delete" if verb == "restore" else verb
        if not may(ctx, spec, right):
            if may(ctx, spec, "read") or verb == "create":
                raise Forbidden(
                    _("You may not %(verb)s %(objects)s.") % {"verb": _(verb), "objects": spec.label_many}, verb
                )
            raise NotFound(spec.name)


def _picked(ctx: Context, spec: ObjectSpec, items: Iterable[Item], offset: int, numbered: bool) -> list[Change]:
    """Steps 2 and 3: refuse what is unknown or not writable, and read the rest."""
    changes = [
        Change(
            ctx,
            spec,
            item,
            item.id or saving.identity_for(item),
            DONE[item.verb],
            complaints=Complaints(row if numbered else None),
        )
        for row, item in enumerate(items, offset)
    ]
    checks.pick(ctx, spec, changes)
    return changes


def _load(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Step 4: lock the rows (in id order, so two writers never wait for each other) and read what they hold."""
    if version_for_writing() != ctx.schema.version:
        raise _SchemaMoved
    known = [one for one in changes if not one.is_new]
    rows = stored.locked(ctx, spec, known)
    for one in known:
        record = rows.get(one.id)
        if record is None:
            if one.complaints.row is None:
                raise NotFound(spec.name, one.id)
            one.complaints.add("id", "not_found", _("Not found"))
            continue
        one.record = record
        right = "delete" if one.verb in ("deleted", "restored") else "update"
        if not holds(ctx, spec, right, record):
            if one.complaints.row is None:
                raise Forbidden(_("You may see this record, but not change it."), right)
            one.complaints.add("", "forbidden", _("You may see this record, but not change it."))
    saving.before(spec, [one for one in known if one.record is not None])
    checks.keep_unseen(ctx, spec, [one for one in known if one.record is not None])
    for one in known:
        if one.record is not None and one.item.expect is not None and one.item.expect != one.record.version:
            _conflict(ctx, spec, one)


def _conflict(ctx: Context, spec: ObjectSpec, one: Change) -> None:
    found, by = differences(spec, one.id, one.item.expect or 0, checks.expanded(one), one.before)
    if (one.item.strict or found) and one.complaints.row is not None:
        one.complaints.add("", "conflict", _("Somebody else changed this record in the meantime"))
    elif one.item.strict or found:
        shown = mask.readable(ctx, spec)
        raise Conflict(one.record.version, [each for each in found if each.field in shown], by)


def _diff(ctx: Context, spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Step 5: what really changes. A value that is already there is no change, so saving twice writes once. With it
    the part of step 6 that looks at nothing but the record itself.
    """
    blank = saving.fresh(spec, changes)
    fields = spec.fields
    follow = [(here, here.expands.to) for here in fields.values() if here.expands is not None and here.store.columns]
    for one in changes:
        given, before, diff, record = checks.expanded(one), one.before, one.diff, one.record
        one.after = after = {**blank, "id": one.id, **given} if one.is_new else {**before, **given}
        for name, value in given.items():
            here = fields[name]
            was = _wire(here, before[name]) if name in before else None
            wish = _wire(here, value)
            if was != wish:
                diff[name] = (was, wish)
                here.store.save(here, value, record)
        for here, parts in follow:  # the name follows its parts before anybody checks it
            if not diff.keys().isdisjoint(parts):
                after[here.name] = here.store.load(here, [getattr(record, column) for column in here.store.columns])
    checks.alone(ctx, spec, [one for one in changes if _is_touched(one)])


def _wire(here: Field, value: Any) -> Any:
    """The value as it is sent; None for every way to say nothing."""
    return None if value is None or here.type.empty(value) else here.type.dump(here, value)


def _complain(changes: Sequence[Change], partial: bool) -> None:
    found = [each for one in changes for each in one.complaints.found]
    if found and not partial:
        raise Invalid(found)


def _recheck(ctx: Context, spec: ObjectSpec, saved: Sequence[Change]) -> None:
    """Step 8: nobody writes a record out of their own reach, nor one that they could not have made."""
    for one in saved:
        for right in {"created": ("read", "create"), "updated": ("update",)}.get(one.verb, ()):
            if not holds(ctx, spec, right, one.record):
                raise Forbidden(_("That would put the record out of your reach."), right)


def _record(ctx: Context, spec: ObjectSpec, saved: Sequence[Change], now: datetime) -> None:
    """Steps 9 and 10: one event a record and the search documents, in the same transaction; the handlers wake once it
    is committed. A secret is in no event: nobody reads it there, and an undo leaves it alone.
    """
    if not saved:
        return
    finding.index(spec, saved, ctx.schema)
    secret = {here.name for here in spec.fields.values() if here.write_only}
    for one in saved:
        payload = {
            "diff": {name: pair for name, pair in one.diff.items() if name not in secret} if secret else one.diff,
            "title": one.title,
            "version": one.version,
        }
        one.event = event(
            ctx,
            spec.name,
            one.id,
            one.verb,
            payload,
            one.item.at or now,
            undoes=one.item.undoes,
            dated=one.item.at is not None,
        )
    insert_instances(Event, [one.event for one in saved if one.event is not None])
    transaction.on_commit(wake)
