"""Who sees a record: in lists, alone, in its history, in counts, filters, orders, cursors and groups. Never more, never
less.
"""

from __future__ import annotations

import base64
import random
import uuid
from typing import Any

import pytest

from kith.kernel.kit import json
from kith.kernel.kit.ids import new_id
from kith.kernel.policy import mask
from kith.kernel.records.change import change, delete
from tests.canaries import Canary, leaks
from tests.contracts import expected
from tests.contracts.objects import OBJECTS
from tests.contracts.surfaces import NAMES, Answer, Surface, parting, surface_named, that_can
from tests.contracts.tables import none_of, taken_back
from tests.world import ACTORS, World

everywhere = pytest.mark.parametrize("object", OBJECTS)
on_every_surface = pytest.mark.parametrize("surface", NAMES)


def unseen(world: World, who: str, side: Surface) -> list[Canary]:
    """Every canary, of any object, that this actor must never meet. Worked out once for a world."""
    known = side.known_as(who)
    if known not in _unseen.setdefault(id(world), {}):
        _unseen[id(world)][known] = _never_met(world, known)
    return [one for one in _unseen[id(world)][known] if (one.object, one.field) not in side.on_every_page]


_unseen: dict[int, dict[str, list[Canary]]] = {}


def _never_met(world: World, who: str) -> list[Canary]:
    schema = world.ctx("ada").schema
    may = {spec.name: expected.sees(who, spec) for spec in schema}
    shown = {name: mask.readable(world.ctx(who), schema[name]) for name in schema.objects}
    return [one for one in world.canaries if one.owner not in may[one.object] or not _shown(shown, one, who)]


def _shown(shown: dict[str, Any], one: Canary, who: str) -> bool:
    """By hand for the guarded fields of the sample object; the mask's own word for the rest, which test_hidden.py
    checks.
    """
    if (one.object, one.field) == ("samples", "secret"):
        return False
    if (one.object, one.field) == ("samples", "salary"):
        return who in ("ada", "mara")  # their roles hold every right
    return one.field in shown[one.object]


def ours(world: World, object: str, answer: Answer) -> set[str]:
    """The owners of the world's records in an answer."""
    return {owner for (name, owner), id in world.records.items() if name == object and str(id) in answer.ids}


def wanted(world: World, who: str, object: str) -> set[str]:
    return set(expected.sees(who, world.ctx("ada").schema[object]))


def fields_of(world: World, who: str, object: str) -> dict[str, Any]:
    ctx = world.ctx(who)
    return mask.readable(ctx, ctx.schema[object])


@everywhere
@on_every_surface
def test_list(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    wrong = []
    for who in ACTORS:
        answer, may = side.list(who, object, limit=100), wanted(world, side.known_as(who), object)
        if ours(world, object, answer) != may:
            seen = sorted(ours(world, object, answer))
            wrong.append(f"{who} sees {seen}, not {sorted(may)} ({answer.status})")
        if not may and answer.done and not expected.is_personal(world.ctx("ada").schema[object]):
            wrong.append(f"{who} may read nothing, but is answered {answer.status}")
        if answer.done and answer.count is not None and answer.count != len(answer.ids):
            wrong.append(f"{who} is told of {answer.count} records and shown {len(answer.ids)}")
        wrong += [f"{who} meets {leak}" for leak in leaks(answer.seen, unseen(world, who, side))]
    none_of(wrong)


@everywhere
@on_every_surface
@pytest.mark.parametrize("call", ["one", "history"])
def test_record(world: World, object: str, surface: str, call: str) -> None:
    """A record, and its history; a forbidden one is answered exactly as one that does not exist."""
    side = surface_named(surface, world)
    wrong = []
    for who in ACTORS:
        ask = getattr(side, call)
        missing = new_id()
        nothing = ask(who, object, missing)
        for owner in world.owners(object):
            id = world.records[object, owner]
            answer = ask(who, object, id)
            may = owner in wanted(world, side.known_as(who), object)
            if answer.done is not may:
                wrong.append(f"{who} gets {answer.status} for the record of {owner}")
            if not may and answer.without(id) != nothing.without(missing):
                where = parting(answer.without(id), nothing.without(missing))
                wrong.append(f"{who} can tell the record of {owner} from a missing one: {where}")
            if may and call == "one" and not leaks(answer.body, world.of(object, owner)):
                wrong.append(f"{who} sees nothing of the record of {owner}")
            wrong += [f"{who} meets {leak} at {owner}'s" for leak in leaks(answer.seen, unseen(world, who, side))]
        if nothing.done:
            wrong.append(f"{who} gets {nothing.status} for a record that is not there")
    none_of(wrong)


@everywhere
@on_every_surface
def test_filter_is_no_oracle(world: World, object: str, surface: str, full: bool) -> None:
    """Asking for a value finds it only where it may be seen."""
    side = surface_named(surface, world)
    wrong = []
    for place, who in enumerate(("ada", "olga", "stella", "rita", "olga_reads", "anonymous")):
        fields = fields_of(world, who, object)
        canaries = [one for one in world.canaries if one.object == object and one.field in fields]
        for canary in canaries if full else canaries[place :: 2 if surface == "kernel" else 9]:
            one = fields[canary.field]
            op = "contains" if "contains" in one.operators else "eq"
            if op not in one.operators:
                continue
            value = canary.needle if op == "contains" else canary.wire
            answer = side.list(who, object, where={"field": canary.field, "op": op, "value": value}, fields=(one.name,))
            allowed = wanted(world, side.known_as(who), object)
            if not answer.done and not allowed:
                continue
            may = {canary.owner} & allowed
            if ours(world, object, answer) != may or (answer.count or 0) != len(may):
                wrong.append(f"{who} asks for {canary}: {answer.status}, {len(answer.ids)} found, {answer.body[:120]}")
    none_of(wrong)


NONSENSE = ({"a": 1}, [[]], "x" * 5000, 10**400, True, None, -1)


@everywhere
@on_every_surface
def test_every_operator_answers(world: World, object: str, surface: str, full: bool) -> None:
    """Each operator that a field offers works with a value of that field, its opposite finds the rest, and nonsense is
    refused.
    """
    side = surface_named(surface, world)
    spec = world.ctx("ada").schema[object]
    held = {one.field: one.wire for one in world.canaries if one.object == object}
    everything = {*side.list("ada", object, fields=(spec.title,), limit=100).ids}
    cases = [(name, one, op) for name, one in fields_of(world, "ada", object).items() for op in one.operators]
    wrong = []
    for place, (name, one, op) in enumerate(cases if full or surface == "kernel" else cases[::9]):
        test = {"field": name, "op": op, "value": _operand(one, op, held.get(name))}
        positive = side.list("ada", object, where=test, fields=(spec.title,), limit=100)
        negative = side.list("ada", object, where={"not": test}, fields=(spec.title,), limit=100)
        if not positive.done or not negative.done:
            wrong.append(f"{name} {op} {test['value']!r}: {positive.status} {positive.body[:160]}")
        elif {*positive.ids} | {*negative.ids} != everything or {*positive.ids} & {*negative.ids}:
            wrong.append(f"{name} {op} {test['value']!r} and its opposite do not part the records")
        for nonsense in NONSENSE if full else (NONSENSE[place % 7],):
            odd = side.list("ada", object, where={"field": name, "op": op, "value": nonsense}, fields=(spec.title,))
            if odd.status not in (200, 400, 422):
                wrong.append(f"{name} {op} {str(nonsense)[:20]!r}: {odd.status}")
    none_of(wrong)


def _operand(one: Any, op: str, sample: Any) -> Any:
    """What stands after the operator: one value, a list, a pair, a period, a part of a text."""
    if op in ("empty", "within", "contains", "starts"):
        return {"empty": True, "within": "this_year"}.get(op, "a")
    if one.target:
        sample = str(new_id())
    elif sample is None:
        value = one.type.sample(one, random.Random(1))
        sample = None if value is None else one.type.dump(one, value)
    if op == "in":
        several = sample if isinstance(sample, list) else [sample]
        return [one.get("value", one) if isinstance(one, dict) and "value" in one else one for one in several]
    return [sample, sample] if op == "between" else sample


@everywhere
@pytest.mark.parametrize("surface", that_can("group"))  # pages of one row: a list for people has fifty at least
def test_sort_and_cursor(world: World, object: str, surface: str, full: bool) -> None:
    """Paging one by one in any order meets each visible record once; a cursor tells nothing that the page does not."""
    side = surface_named(surface, world)
    wrong = []
    for who in ("olga", "stella", "ada"):
        everything = set(side.list(who, object, limit=100, fields=(fields_title(world, object),)).ids)
        ctx = world.ctx(who)
        spec = ctx.schema[object]
        if not wanted(world, who, object):
            continue
        sortable = [name for name, one in mask.readable(ctx, spec).items() if one.type.sort_expr(one) is not None]
        for place, name in enumerate(sortable):
            for down, word in enumerate((name, f"-{name}")):
                if not full and place % (2 if surface == "kernel" else 8) != down:
                    continue
                seen, after = [], ""
                for _page in range(len(everything) + 1):
                    answer = side.list(who, object, sort=(word,), limit=3, after=after, fields=(name,))
                    if not answer.done:
                        wrong.append(f"{who} sorts by {word}: {answer.status} {answer.body[:160]}")
                        break
                    wrong += [
                        f"{who}, sorted by {word}, meets {leak}"
                        for leak in leaks(answer.seen, unseen(world, who, side))
                    ]
                    seen += answer.ids
                    after = answer.next
                    if not after:
                        break
                if len(seen) != len(set(seen)) or set(seen) != everything:
                    wrong.append(
                        f"{who} pages by {word} through {len(seen)} ({len(set(seen))} different) of {len(everything)}"
                    )
    none_of(wrong)


def fields_title(world: World, object: str) -> str:
    return str(world.ctx("ada").schema[object].title)


@everywhere
@on_every_surface
def test_a_borrowed_cursor_opens_nothing(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    cursor = surface_named("kernel", world).list("ada", object, limit=1).next  # it is the same on all surfaces
    assert cursor or len(world.owners(object)) == 1
    for who in ("olga", "stella", "olga_contacts", "anonymous"):
        answer = side.list(who, object, limit=100, after=cursor)
        assert ours(world, object, answer) <= wanted(world, side.known_as(who), object)
        assert leaks(answer.seen, unseen(world, who, side)) == []


@everywhere
@on_every_surface
def test_a_made_up_cursor(world: World, object: str, surface: str) -> None:
    side = surface_named(surface, world)
    parts = (
        [],
        [None, None],
        [1, 2],
        ["a", 5],
        ["a", "b"],
        ["a", None],
        ["\ud800".encode("utf-8", "replace").decode(), {}],
        {"a": 1},
        7,
    )
    made_up = [base64.urlsafe_b64encode(json.dumps(one)).rstrip(b"=").decode() for one in parts]
    who = "olga" if wanted(world, "olga", object) else "ada"
    spec = world.ctx(who).schema[object]
    sortable = [name for name, one in fields_of(world, who, object).items() if one.type.sort_expr(one) is not None]
    for cursor in [*made_up, "x", "é", "=" * 9, "a" * 5000]:
        for sort in [(), *((name,) for name in sortable)] if surface == "kernel" else [()]:
            answer = side.list(who, object, after=cursor, sort=sort, fields=(spec.title,))
            assert answer.status in (200, 400), (cursor, sort, answer.body[:200])


@everywhere
@pytest.mark.parametrize("surface", that_can("group"))
def test_groups(world: World, object: str, surface: str, full: bool) -> None:
    """Grouping and measuring by each field counts what may be seen, and tells no value of anything else."""
    side = surface_named(surface, world)
    wrong = []
    for place, who in enumerate(("olga", "stella", "olga_contacts", "anonymous")):
        names = list(fields_of(world, "ada", object))
        for name in names if full else names[place :: 2 if surface == "kernel" else 8]:
            for answer in (side.group(who, object, name), side.group(who, object, "", f"max:{name}")):
                if answer.status >= 500 or (answer.done and not fields_of(world, who, object)):
                    wrong.append(f"{who} groups by {name}: {answer.status} {answer.body[:160]}")
                wrong += [f"{who} groups by {name}: {leak}" for leak in leaks(answer.seen, unseen(world, who, side))]
        answer = side.group(who, object, "")
        if answer.done and f'"count":{len(side.list(who, object, limit=100).ids)}' not in answer.body:
            wrong.append(f"{who} counts {answer.body}")
    none_of(wrong)


@everywhere
@on_every_surface
def test_binned_record(world: World, object: str, surface: str) -> None:
    """A record in the bin is in no list and not to be had alone. Its title stays where others lead to it."""
    side: Surface = surface_named(surface, world)
    root = world.ctx("system")
    for owner in world.owners(object) if "delete" in root.schema[object].verbs else ():
        with taken_back():
            delete(root, root.schema[object], world.records[object, owner])
            for who in ("ada", "olga"):
                answer = side.list(who, object, limit=100)
                assert owner not in ours(world, object, answer)
                assert (
                    leaks(
                        answer.seen,
                        [one for one in world.of(object, owner) if one.field != fields_title(world, object)],
                    )
                    == []
                )
                if not side.shows_the_bin:
                    assert side.one(who, object, world.records[object, owner]).status in (404, 410)


@on_every_surface
def test_references_to_invisible_records(world: World, surface: str) -> None:
    """A visible record that leads to an invisible one: shown as nothing, found by nothing, sorted by nothing."""
    side = surface_named(surface, world)
    root = world.ctx("system")
    wrong, tried = [], 0
    for spec in root.schema:
        for one in spec.fields.values():
            target = root.schema.get(one.target)
            if (
                target is None
                or not one.editable
                or (spec.name, "olga") not in world.records
                or (target.name, "stella") not in world.records
            ):
                continue
            tried += 1
            with taken_back():
                mine, theirs = world.records[spec.name, "olga"], world.records[target.name, "stella"]
                several = one.type.name == "references"
                value = [str(theirs)] if several else str(theirs)
                if spec.tree == one.name:  # what lies below "mine" could not lie above it
                    change(world.ctx("system"), root.schema[spec.name], theirs, {one.name: None})
                change(world.ctx("system"), root.schema[spec.name], mine, {one.name: value})
                for call in (
                    side.one("olga", spec.name, mine),
                    side.list("olga", spec.name, limit=100),
                    side.history("olga", spec.name, mine),
                    *([] if several else _sorted_by(side, spec.name, one.name)),
                ):
                    wrong += [
                        f"{spec.name}.{one.name}: {leak}" for leak in leaks(call.seen, world.of(target.name, "stella"))
                    ]
                for canary in world.of(target.name, "stella"):
                    inside = target.fields[canary.field]
                    op = next((op for op in ("contains", "eq") if op in inside.operators), "")
                    if op and canary.field in mask.readable(world.ctx("olga"), target):
                        wanted = canary.needle if op == "contains" else canary.wire
                        where = {"field": f"{one.name}.{canary.field}", "op": op, "value": wanted}
                        found = side.list("olga", spec.name, where=where)
                        if found.ids or found.status >= 500:
                            wrong.append(
                                f"{spec.name} where {one.name}.{canary.field} {op}: {found.status} {found.body[:100]}"
                            )
    none_of(wrong)
    assert tried


def _sorted_by(side: Surface, object: str, name: str) -> list[Answer]:
    """Every page in both directions, one record each, so that each record's sort value once stands in a cursor."""
    pages = []
    for word in (name, f"-{name}"):
        after = ""
        while True:
            pages.append(side.list("olga", object, sort=(word,), limit=1, after=after, fields=(name,)))
            after = pages[-1].next
            if not after:
                break
    return pages


@on_every_surface
def test_odd_ids(world: World, surface: str) -> None:
    side = surface_named(surface, world)
    for object in OBJECTS:
        for id in (uuid.UUID(int=0), uuid.uuid4(), uuid.uuid1()):
            assert side.one("ada", object, id).status == 404
