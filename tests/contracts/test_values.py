"""What may be written comes back as it was written, or is refused with words; nothing breaks and nothing is cut in
silence.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many
from kith.kernel.records.errors import Refusal
from kith.kernel.records.models import ContactPoint, ExternalKey, Facet
from kith.kernel.schema.spec import ObjectSpec
from tests.contracts.objects import OBJECTS
from tests.contracts.surfaces import NAMES, surface_named
from tests.contracts.tables import none_of, taken_back
from tests.world import World, acceptable

CORPORA = Path(os.environ.get("KITH_CORPORA") or Path(__file__).parents[2].parent / "shared" / "data")
NAUGHTY = CORPORA / "security" / "blns" / "blns.json"

# ruff: noqa: E501  (lists of values that broke other programs)
ODD_TEXTS = [
    "\x00", "a\x00b", "\ud800", "\udfff tail", "\ufeff", "\u202eright to left", "e\u0301", "ﬁ", "İstanbul", "ß", "𝔘𝔫𝔦", "👩‍👩‍👧‍👦", "🏳️‍🌈",
    "\r\n", "a\r\nb", "\t", "  spaces  ", "'; DROP TABLE x; --", "{{7*7}}", "${7*7}", "%s %(x)s", "=1+1", "<script>1</script>", "\\u0000", "null",
    "a" * 10_000, "字" * 5_000, "-0", "1e999999", "NaN", "Infinity", "0x10", "²", "١٢٣", "１２", "9" * 400, "2026-02-30", "24:00", "+1" * 100, "@" * 300,
    "a@" + "b" * 300 + ".example", "http://" + "x" * 4000, "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
]  # fmt: skip
ODD_VALUES: list[Any] = [
    True, False, 0, -1, 2**31, 2**63, 2**64, 10**5000, -(10**30), 1.5, 1e308, float("inf"), float("nan"), [], [[]], {}, {"id": None}, {"id": []},
    {"value": 1}, {"amount": "x"}, {"amount": "1", "currency": "???"}, [None], [True], [{}], ["a", 1], {"a": {"b": {"c": []}}}, [["x"] * 50] * 50,
    {"": ""}, {"\x00": "\x00"}, {"\ud800": "\ud800"}, ["\x00"], ["\ud800"], {"value": "\x00"}, [{"value": "\ud800"}], "x" * 70_000, ["x" * 500] * 300,
]  # fmt: skip

everywhere = pytest.mark.parametrize("object", OBJECTS)


def naughty() -> list[str]:
    if not NAUGHTY.exists():
        pytest.skip(f"no naughty strings at security/blns/blns.json under KITH_CORPORA ({CORPORA.name})")
    return [str(one) for one in json.loads(NAUGHTY.read_text("utf-8"))]


def texts(one: Field) -> bool:
    return one.type.kind in (Kind.TEXT, Kind.JSON, Kind.ENUMS) and not one.unique


def home(world: World, object: str) -> tuple[ObjectSpec, Any]:
    spec = world.ctx("ada").schema[object]
    return spec, world.records[object, "olga" if spec.is_owned else "ada"]


@everywhere
def test_naughty_strings(world: World, object: str, full: bool) -> None:
    """For each field that holds words: kept and found again as it was read, or refused by the field's name.

    The sample object and the user-made one try all of them in one field of each type; elsewhere a part is tried.
    """
    _round_trip(world, object, naughty(), full)


@everywhere
def test_odd_texts(world: World, object: str, full: bool) -> None:
    _round_trip(world, object, ODD_TEXTS, full)


def _round_trip(world: World, object: str, every: list[str], full: bool) -> None:
    """All words in one go, a record each, so that five hundred strings cost two transactions a field."""
    root = world.ctx("system")
    spec = root.schema[object]
    if "create" not in spec.verbs:
        return
    least = _least(world, spec)
    unique = [one for one in spec.fields.values() if one.unique and one.required and one.editable]
    wrong, tried = [], set[str]()
    for place, (name, one) in enumerate(mask.writable(root, spec).items()):
        if not texts(one):
            continue
        whole = full or len(every) < 100 or (object == "samples" and one.type.name not in tried)
        words = every if whole else every[place % 25 :: 25]
        tried.add(one.type.name)
        for shape in (
            (lambda word: word, lambda word: [word]) if one.type.kind is not Kind.TEXT else (lambda word: word,)
        ):
            with taken_back():
                items = [
                    Item(
                        {**least, **{other.name: _serial(other, place) for other in unique}, name: shape(word)},
                        verb="create",
                    )
                    for place, word in enumerate(words)
                ]
                done = change_many(world.ctx("system"), spec, items, partial=True)
                held = _held(world, spec, name, [made.id for made in done if made.event])
                for word, made in zip(words, done, strict=True):
                    if made.event is None:
                        if others := {said.field for said in made.complaints.found} - _family(spec, name):
                            wrong.append(f"{name} {word[:30]!r}: complaint about {others}: {made.complaints.found}")
                        continue
                    wish = one.type.parse(one, shape(word))
                    got = held[made.id]
                    if one.type.empty(wish):
                        continue  # nothing was said: a new record may have its default there
                    if _wire(one, got) != _wire(one, wish):
                        wrong.append(
                            f"{name} {word[:30]!r}: written {_wire(one, wish)!r}, found {_wire(one, got)!r}"[:300]
                        )
                    if (
                        one.type.name == "text"
                        and word == word.strip()
                        and word.isprintable()
                        and word.isascii()
                        and got != (word or None)
                        and (got or "")
                    ):
                        wrong.append(f"{name} {word[:30]!r} was silently made {got!r}")
                wrong += _too_long(spec)
    none_of(wrong)


def _least(world: World, spec: ObjectSpec) -> dict[str, Any]:
    """The fewest values with which a record can be made, but for unique ones."""
    root = world.ctx("system")
    whole = {name: wire for name, wire in acceptable(root, spec.name).items() if not spec.fields[name].unique}
    least = {name: wire for name, wire in whole.items() if spec.fields[name].required}
    for _name, held in ((name, {**least, name: wire}) for name, wire in [("", None), *whole.items()]):
        held.pop("", None)
        with taken_back():
            unique = {one.name: _serial(one, 0) for one in spec.fields.values() if one.unique and one.required}
            if change_many(world.ctx("system"), spec, [Item({**held, **unique}, verb="create")], partial=True)[0].event:
                return held
    return whole


def _family(spec: ObjectSpec, name: str) -> set[str]:
    """The field, what it writes, and what writes it."""
    down = set(to.to) if (to := spec.fields[name].expands) else set()
    return {name, *down, *(one.name for one in spec.fields.values() if one.expands and name in one.expands.to)}


def _serial(one: Field, place: int) -> str:
    return f"u{place}@unique.example" if "mail" in one.name else f"u{place}"


def _wire(one: Field, value: Any) -> Any:
    return None if one.type.empty(value) else one.type.dump(one, value)


def _held(world: World, spec: ObjectSpec, name: str, ids: list[Any]) -> dict[Any, Any]:
    wanted = set(ids)
    ctx = world.ctx("system")
    if spec.fields[name].write_only:
        return dict(spec.model._default_manager.filter(pk__in=wanted).values_list("pk", name))
    return {
        row.id: row[name]
        for page in read.every(ctx, spec, read.Query(fields=(name,)))
        for row in page.rows
        if row.id in wanted
    }


def _too_long(spec: ObjectSpec) -> list[str]:
    """Values longer than their column: SQLite keeps them, the other databases refuse the whole statement."""
    found = []
    for model in (spec.model, ContactPoint, ExternalKey, Facet):
        for column in model._meta.local_fields:
            most = getattr(column, "max_length", None)
            if most and column.get_internal_type() in ("CharField", "EmailField", "URLField", "SlugField"):
                for value in model._default_manager.values_list(column.attname, flat=True):
                    if isinstance(value, str) and len(value) > most:
                        where = f"{model._meta.db_table}.{column.attname}"
                        found.append(f"{where} holds {len(value)} characters, {most} fit: {value[:40]!r}")
                        break
    return found


@everywhere
def test_values_of_the_wrong_kind(world: World, object: str, full: bool) -> None:
    """Whatever a program sends as a value: read, or refused by name. Never another error, never half a record."""
    spec, id = home(world, object)
    wrong = []
    for at, (name, one) in enumerate(mask.writable(world.ctx("ada"), spec).items()):
        for place, value in enumerate([*ODD_VALUES, *ODD_TEXTS]):
            try:
                try:
                    one.type.check(one, held) if not one.type.empty(held := one.type.parse(one, value)) else None
                except Unreadable:
                    continue  # that is the whole answer; the write path gives it on
                if not full and (at + place) % (3 if object in ("samples", "x_visits") else 12):
                    continue
                with taken_back():
                    change(world.ctx("ada"), world.ctx("ada").schema[object], id, {name: value})
            except Refusal:
                pass
            except Exception as error:
                wrong.append(f"{name} = {_brief(value)}: {type(error).__name__}: {str(error)[:120]}")
    none_of(wrong)


def _brief(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**40:
        return "a very long number"
    return ascii(value)[:60]


@everywhere
def test_numbers_fit_their_columns(world: World, object: str) -> None:
    """A number that is kept fits the column on every database, not only where a column takes all."""
    from django.db import models

    spec, _id = home(world, object)
    limits = {
        "PositiveSmallIntegerField": 32767,
        "SmallIntegerField": 32767,
        "PositiveIntegerField": 2**31 - 1,
        "IntegerField": 2**31 - 1,
    }
    wrong = []
    for name, one in mask.writable(world.ctx("ada"), spec).items():
        if one.type.kind is not Kind.NUMBER or not one.shipped or len(one.store.columns) != 1:
            continue
        column = spec.model._meta.get_field(one.store.columns[0])
        if isinstance(column, models.DecimalField):
            most = 10 ** (column.max_digits - column.decimal_places)
        else:
            most = limits.get(column.get_internal_type(), 2**63 - 1) + 1
        for number in (most, -most - 1):
            try:
                value = one.type.parse(one, number)
                one.type.check(one, value)
                wrong.append(f"{name} takes {number}, which its column cannot hold")
            except Unreadable:
                pass
    none_of(wrong)


@everywhere
@pytest.mark.parametrize("surface", [name for name in NAMES if name != "kernel"])
def test_odd_values_over_a_surface(world: World, object: str, surface: str, full: bool) -> None:
    """A sample of the same through each surface: an answer below 500, and what was kept is what is read."""
    side = surface_named(surface, world)
    spec, id = home(world, object)
    if "update" not in spec.verbs:
        return
    values = [one for one in [*ODD_TEXTS, *ODD_VALUES] if _sendable(one)]
    wrong = []
    for place, (name, one) in enumerate(mask.writable(world.ctx("ada"), spec).items()):
        for value in values if full else values[place % 19 :: 19]:
            with taken_back():
                answer = side.update("ada", object, id, {name: value})
                if answer.status >= 500 or answer.status not in (200, 400, 413, 422):
                    wrong.append(f"{name} = {_brief(value)}: {answer.status} {answer.body[:100]}")
                if (
                    answer.done
                    and one.write_only
                    and isinstance(value, str)
                    and len(value) > 5
                    and value in answer.body
                ):
                    wrong.append(f"{name} is sent back")
    none_of(wrong)


def _sendable(value: Any) -> bool:
    """JSON has no NaN, and half characters cannot be sent; those are what the tests of the surface's reader are for."""
    try:
        from kith.kernel.kit import json as exact

        exact.dumps(value)
        return "nan" not in repr(value) and "inf" not in repr(value)
    except (ValueError, OverflowError, TypeError):
        return False


@everywhere
def test_samples_are_kept(world: World, object: str) -> None:
    """Each type's own sample can be written and comes back: what tests, previews and documents are made of."""
    root = world.ctx("system")
    spec = root.schema[object]
    if "create" not in spec.verbs:
        return
    values = acceptable(root, object)
    made = change(root, spec, None, values)
    page = read.one(world.ctx("system"), spec, made.id)
    for name, wire in values.items():
        one = spec.fields[name]
        if not one.write_only:
            assert _wire(one, page.rows[0][name]) == _wire(one, one.type.parse(one, wire)), name
