"""Sample data: which records are of the sample company, and taking them away again.

Whatever is created with the source ``sample`` is of the sample; nobody else writes under that source. The marks are
derived from the event log, so that a page asks one small table and not the log.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import USERS
from kith.kernel.events.models import Event
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import ANY
from kith.kernel.jobs.task import job
from kith.kernel.kit.ids import new_id
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records import read
from kith.kernel.records.change import Item, change_many
from kith.kernel.records.errors import Forbidden, Refusal
from kith.kernel.records.models import Link, SampleMark
from kith.kernel.records.sight import living
from kith.kernel.records.undo import undo
from kith.kernel.schema.load import bump, current
from kith.kernel.schema.spec import ObjectSpec, Schema

SOURCE: Final = "sample"
ADD: Final = "samples.add"
REMOVE: Final = "samples.remove"
"""The jobs; adding is declared in ``kith.app.samples``, since modules bring the records."""

PIECE: Final = 200
TOLD: Final = 100  # records that stay, by name; more are a number

_held: tuple[Schema, frozenset[str]] | None = None
_counted: tuple[Schema, dict[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A record of the sample that stayed, and why."""

    object: str
    id: uuid.UUID
    title: str
    why: str


@dataclass(slots=True)
class Removed:
    """What went into the bin, by object, and what stayed. Undoing ``event`` brings all of it back."""

    counts: dict[str, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    event: uuid.UUID | None = None


def forget() -> None:
    """Look again: after marks changed, and for tests."""
    global _held, _counted
    _held = _counted = None


def objects(schema: Schema) -> frozenset[str]:
    """The objects of which a record of the sample lives; looked up once for each snapshot of the schema, and not
    counted: a million took the first page of every process 8 s.
    """
    global _held
    held = _held
    if held is None or held[0] is not schema:
        found = frozenset(name for name in _named(schema) if _living_marks(schema[name]).exists())
        held = _held = schema, found
    return held[1]


def here(schema: Schema) -> dict[str, int]:
    """How many living records of the sample there are, by object; counted once for each snapshot of the schema."""
    global _counted
    held = _counted
    if held is None or held[0] is not schema:
        counts = {name: _living_marks(schema[name]).count() for name in objects(schema)}
        held = _counted = schema, counts
    return held[1]


def _named(schema: Schema) -> list[str]:
    """The objects that have marks; without the company itself, which the demo names."""
    names = SampleMark.objects.values_list("object", flat=True).distinct().order_by("object")
    return [name for name in names if (spec := schema.get(name)) is not None and "delete" in spec.verbs]


def _living_marks(spec: ObjectSpec) -> QuerySet[SampleMark]:
    return SampleMark.objects.filter(Exists(living(spec).filter(pk=OuterRef("record"))), object=spec.name)


def marked(schema: Schema, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these records that are of the sample: one query, and none where nothing of the object is."""
    if spec.name not in objects(schema):
        return set()
    return set(SampleMark.objects.filter(record__in=list(ids)).values_list("record", flat=True))


def people() -> set[uuid.UUID]:
    """The users that the sample brought, whether they are marked yet or not."""
    return set(_made().filter(object=USERS).values_list("record", flat=True))


def mark() -> int:
    """Mark whatever was created as a sample and is not marked yet. Returns how many.

    One statement, in which no row comes out of the database: 125,000 records took 0.4 s, a third of what 31,000 took.
    """
    marked = SampleMark.objects.filter(record=OuterRef("record"))
    rows = _made().filter(~Exists(marked)).values("record").annotate(called=Min("object")).order_by("record")
    sql, params = rows.query.sql_with_params()
    quote = connection.ops.quote_name
    into = f"{quote(SampleMark._meta.db_table)} ({quote('record')}, {quote('object')})"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} {sql}", params)
        count = int(cursor.rowcount)
    _changed()
    return count


def keep(ctx: Context) -> int:
    """What is still there belongs to the company from now on: no mark, no badge. Returns how many."""
    _administer(ctx)
    count = 0
    for name in objects(ctx.schema):
        rows = SampleMark.objects.filter(object=name, record__in=living(ctx.schema[name]).values("pk"))
        count += rows.delete()[0]
    _changed()
    return count


def remove(ctx: Context, *, everything: bool = False, told: Callable[[int, int], None] | None = None) -> Removed:
    """Put the sample into the bin, what leads to others first, in pieces of 200. One undo brings all of it back.

    A record stays to which one of the company's own leads, and (unless ``everything``) one that somebody changed; what
    the sample had changed of the company's own goes back. Raises :class:`Forbidden` for whoever does not administer.
    """
    _administer(ctx)
    together = ctx.with_(batch=new_id())
    done = Removed()
    _give_back(together)
    staying: set[uuid.UUID] = set()
    total, gone = sum(here(ctx.schema).values()), 0
    for name in _in_turn(ctx.schema, set(objects(ctx.schema))):
        together = together.with_(schema=current())  # users and teams are part of it
        spec = together.schema[name]
        ids = list(living(spec).filter(pk__in=_marks(name)).order_by("pk").values_list("pk", flat=True))
        reasons = _reasons(together, spec, ids, staying, everything)
        staying |= reasons.keys()
        wanted = [id for id in ids if id not in reasons]
        while wanted:
            refused: dict[uuid.UUID, str] = {}
            for at in range(0, len(wanted), PIECE):
                together = together.with_(schema=current())
                spec = together.schema[name]
                for id, why, event in _binned(together, spec, wanted[at : at + PIECE]):
                    if why:
                        refused[id] = why
                        continue
                    done.event = done.event or event
                    done.counts[name] = done.counts.get(name, 0) + 1
                    gone += 1
                if told is not None:
                    told(gone, total)
            if len(refused) == len(wanted):  # a team goes once those below it have gone
                staying |= refused.keys()
                reasons |= refused
                break
            wanted = list(refused)
        titles = dict(read.title_rows(together, spec, list(reasons)[:TOLD]))
        done.left += [Left(name, id, titles.get(id, ""), why) for id, why in reasons.items()]
    _changed()
    return done


@job(REMOVE, retries=0, unique=True)
def removing(ctx: Any, progress: Any, *, everything: bool = False) -> dict[str, Any]:
    """``remove`` as a job."""
    done = remove(ctx, everything=everything, told=lambda gone, total: progress.step(gone, total))
    left = [{"object": one.object, "id": str(one.id), "title": one.title, "why": one.why} for one in done.left[:TOLD]]
    return {
        "removed": done.counts,
        "left": left,
        "left_count": len(done.left),
        "event": str(done.event) if done.event else "",
    }


def _made() -> Any:
    return Event.objects.filter(source=SOURCE, verb="created").exclude(record=None)


def _marks(object: str) -> Any:
    return SampleMark.objects.filter(object=object).values("record")


def _changed() -> None:
    bump()
    forget()


def _administer(ctx: Context) -> None:
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(_("Only who administers the workspace may do this."), "delete")


def _give_back(ctx: Context) -> None:
    """Take back what the sample changed of records that are not its own, where nobody changed it since."""
    rows = Event.objects.filter(source=SOURCE, verb="updated").exclude(record__in=SampleMark.objects.values("record"))
    taken = set(Event.objects.exclude(undoes=None).values_list("undoes", flat=True))
    for event in rows.order_by("-id").values_list("pk", flat=True)[:PIECE]:
        if event not in taken:
            try:
                undo(ctx, event, batch=False)
            except Refusal:
                continue  # it is the company's by now


def _in_turn(schema: Schema, left: set[str]) -> Iterator[str]:
    """The objects so that what leads to others comes before them."""
    while left:
        led = {
            one.target for name in left for one in schema[name].fields.values() if one.editable and one.target != name
        }
        free = sorted(left - led) if ANY not in led else sorted(name for name in left if schema[name].about)
        name = (free or sorted(left))[0]
        left.discard(name)
        yield name


def _reasons(
    ctx: Context, spec: ObjectSpec, ids: Sequence[uuid.UUID], staying: set[uuid.UUID], everything: bool
) -> dict[uuid.UUID, str]:
    """Why these records stay: changed by somebody, or led to by a record that stays."""
    found: dict[uuid.UUID, str] = {}
    for at in range(0, len(ids), PIECE):
        part = ids[at : at + PIECE]
        if not everything and spec.menu:
            changed = Event.objects.filter(object=spec.name, record__in=part, verb="updated").exclude(source=SOURCE)
            found.update({id: _("It was changed since") for id in changed.values_list("record", flat=True) if id})
        for other, here in ctx.schema.referring(spec.name):
            if here.editable:
                for id, count in _leading(spec, other, here, part, staying).items():
                    words = ngettext("%(count)s %(object)s leads to it", "%(count)s %(object)s lead to it", count)
                    noun = other.label_one if count == 1 else other.label_many
                    found.setdefault(id, words % {"count": count, "object": str(noun).lower()})
    return found


def _leading(
    spec: ObjectSpec, other: ObjectSpec, here: Field, ids: Sequence[uuid.UUID], staying: set[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """How many living records that stay lead to each of these by this field."""
    if getattr(here.store, "table", "") == "links":
        links = Link.objects.filter(object=other.name, field=here.name, to_object=spec.name, to_record__in=ids)
        pairs = [*links.values_list("record", "to_record")]
        there = set(living(other).filter(pk__in={record for record, _to in pairs}).values_list("pk", flat=True))
        pairs = [(record, to) for record, to in pairs if record in there]
    else:
        column = here.store.columns[0]
        pairs = [*living(other).filter(**{f"{column}__in": ids}).values_list("pk", column)]
    going = set(
        SampleMark.objects.filter(record__in={record for record, _to in pairs}).values_list("record", flat=True)
    )
    found: dict[uuid.UUID, int] = {}
    for record, to in pairs:
        if record in staying or record not in going:
            found[to] = found.get(to, 0) + 1
    return found


def _binned(ctx: Context, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str, Any]]:
    """Each of these with why it could not be put into the bin ("" where it was), and its event."""
    try:
        made = change_many(ctx, spec, [Item(id=id, verb="delete") for id in ids], partial=True)
    except Refusal as error:
        yield from ((id, str(error), None) for id in ids)
        return
    for one in made:
        why = " ".join(str(each.message) for each in one.complaints.found)
        yield one.id, why, one.event.id if one.event else None
