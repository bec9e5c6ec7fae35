"""What holds for every field type, those of plugins included: the contract in ``fields.base``, tried on each."""

from __future__ import annotations

import inspect
import json as plain_json
import random
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

import jsonschema_rs
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.kernel.fields.base import FieldType, type_named, type_names
from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.fields.store import Json
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.fields import CHINESE, ENGLISH, GERMAN, field
from tests.kernel.kit.corpora import naughty

TYPES = type_names()
LEADING_NOWHERE = {"reference", "references", "owner"}  # a made-up id leads nowhere, so these have no sample
SAMPLES = 25
KNOWN = set(chain.from_iterable(OPERATORS.values()))

every_type = pytest.mark.parametrize("name", TYPES)


def samples(name: str) -> Iterator[Any]:
    """Believable values, the same in every run."""
    one, source = field(name), random.Random(name)
    for _turn in range(SAMPLES):
        value = one.type.sample(one, source)
        if not one.type.empty(value):
            yield value


def wire_of(name: str, value: Any) -> Any:
    """The wire form after a trip through JSON, as the JSON store, the event log and REST make it."""
    one = field(name)
    return json.loads(json.dumps(one.type.dump(one, value)))


def back(name: str, wire: Any) -> Any:
    """What the JSON store reads, and what any surface reads."""
    one, stored = field(name), field(name, Json("f1"))
    value = one.type.parse(one, wire)
    assert stored.type.parse(stored, wire) == value
    return value


@every_type
def test_samples_can_be_kept_and_come_back(name: str) -> None:
    one = field(name)
    for value in samples(name):
        one.type.check(one, value)
        assert back(name, wire_of(name, value)) == value
        assert one.type.parse(one, value) == value, "a value is its own reading"
    assert name in LEADING_NOWHERE or list(samples(name))


@every_type
def test_samples_are_told_in_every_language(name: str) -> None:
    one = field(name)
    for value in samples(name):
        for locale in (ENGLISH, GERMAN, CHINESE):
            with translation.override(locale.language):
                shown = one.type.display(one, value, locale)
                assert isinstance(shown, str) and shown.strip()
        assert isinstance(one.type.search_text(one, value), str)


@every_type
def test_nothing_is_nothing(name: str) -> None:
    one = field(name)
    for raw in (None, ""):
        value = one.type.parse(one, raw)
        assert one.type.empty(value)
        assert one.type.display(one, value, ENGLISH) == ""
        assert one.type.search_text(one, value) == ""
    assert one.type.empty(None)
    assert not one.type.dump(one, None)


@every_type
def test_schema_describes_the_wire(name: str) -> None:
    one = field(name)
    schema = one.type.json_schema(one)
    jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    validator = jsonschema_rs.validator_for(schema)
    for value in samples(name):
        validator.validate(plain_json.loads(json.dumps(one.type.dump(one, value))))
    if schema:
        assert not validator.is_valid({"no such": ["thing"]}) or schema.get("type") == "object"


@every_type
def test_operators_are_of_the_grammar(name: str) -> None:
    one = field(name)
    found = one.type.operators(one)
    assert found and set(found) <= KNOWN
    assert "empty" in found
    assert len(set(found)) == len(found)


@every_type
def test_a_merge_keeps_the_survivors_value(name: str) -> None:
    one = field(name)
    values = list(samples(name))
    for kept, lost in pairwise(values):
        merged = one.type.merge(one, kept, lost)
        assert merged == kept or one.type.kind in (Kind.ENUMS, Kind.JSON), "a single value is kept as it is"
        if isinstance(kept, tuple):
            assert one.type.merge(one, kept, ()) == one.type.parse(one, kept)
        else:
            assert one.type.merge(one, kept, None) == kept
        one.type.check(one, merged)
        assert back(name, wire_of(name, merged)) == merged


def deep(levels: int) -> Any:
    made: Any = "end"
    for level in range(levels):
        made = [made] if level % 2 else {"a": made}
    return made


BAD = [
    [],
    [[]],
    [None],
    [1],
    ["a", 1],
    [{}],
    [{"value": 1}],
    [{"id": 1}],
    {},
    {"a": 1},
    {"a": "b"},
    {"id": "x"},
    {"amount": [], "currency": {}},
    {"amount": "1", "currency": "\ud800"},
    {"street": ["x"]},
    {"street": "\ud800"},
    {"first_name": 1},
    {"first_name": "\ud800"},
    {"value": "a@b.example", "kind": ["\ud800"], "status": "\x00"},
    {"id": "00000000-0000-0000-0000-000000000000", "name": "\ud800", "size": "x"},
    True,
    False,
    0,
    -1,
    1.5,
    10**40,
    -(10**40),
    10**5000,
    2**63,
    float("nan"),
    float("inf"),
    1e308,
    5e-324,
    Decimal("NaN"),
    Decimal("1e999999"),
    Decimal("-1e-999999"),
    "\ud800",
    "a\udfffb",
    "\x00",
    "a\x00b",
    " ",
    "\u200b",
    "9" * 100_000,
    "x" * 100_000,
    "(" * 50_000,
    "[" * 50_000,
    "<b>" * 20_000,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59.999999Z",
    "1e999999999",
    "-" * 200,
    b"bytes",
    object(),
    deep(60),
]


def refuses_or_keeps(name: str, raw: Any) -> None:
    """Reading raises nothing but ``Unreadable``; what it reads can be shown, kept, and comes back unchanged."""
    one = field(name, Json("f1"))
    for locale in (ENGLISH, GERMAN, CHINESE):
        with suppress(Unreadable):
            field(name).type.parse(field(name), raw, locale)
        try:
            value = one.type.parse(one, raw, locale)
            if one.type.empty(value):
                continue
            one.type.check(one, value)
        except Unreadable as error:
            assert str(error)
            assert error.code
            continue
        one.type.display(one, value, locale)
        one.type.search_text(one, value)
        assert back(name, wire_of(name, value)) == value


@every_type
@pytest.mark.parametrize(
    "raw",
    BAD,
    ids=lambda raw: (
        f"{type(raw).__name__}-{str(raw)[:20]!a}" if not isinstance(raw, int) else f"int-{raw.bit_length()}"
    ),
)
def test_what_cannot_be_read_is_unreadable(name: str, raw: Any) -> None:
    refuses_or_keeps(name, raw)


@every_type
def test_naughty_strings(name: str) -> None:
    for raw in naughty():
        refuses_or_keeps(name, raw)
        refuses_or_keeps(name, [raw])


_TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("aé1.,:/-+@#?& \n\t\u0301\u200b\u3000\x85中文①", max_size=30),
    st.text('<>abpreul/!&;"\n =', max_size=60),
    st.from_regex(r"\A[0-9.,%€$kK年月日:/ -]{1,20}\Z"),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), _TEXTS),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["id", "value", "kind", "amount", "currency", "street", "city", "first_name", "name", "size", "a"]
            ),
            inside,
            max_size=4,
        ),
    ),
    max_leaves=6,
)


@every_type
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=st.one_of(_TEXTS, _VALUES))
def test_anything_at_all(name: str, raw: Any) -> None:
    refuses_or_keeps(name, raw)


def test_the_contract_stays_small() -> None:
    """Design rule: at most fourteen public methods, on the contract and on every type."""
    for one in (FieldType, *(type(type_named(name)) for name in TYPES)):
        methods = [name for name, _method in inspect.getmembers(one, inspect.isfunction) if not name.startswith("_")]
        assert len(methods) <= 14, f"{one.__name__}: {methods}"


@every_type
def test_names_are_the_ones_that_surfaces_use(name: str) -> None:
    kind_of_field = type_named(name)
    assert kind_of_field.name == name
    assert isinstance(kind_of_field.kind, Kind)
    assert kind_of_field.icon and kind_of_field.form_widget(field(name))
    assert not kind_of_field.main or kind_of_field.main in kind_of_field.parts
    assert kind_of_field.__doc__
