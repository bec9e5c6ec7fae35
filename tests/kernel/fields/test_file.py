"""References to stored files, and JSON values."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from kith.kernel.fields.file import FileRef
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import display, field, parse

ID = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")
WIRE = {"id": str(ID), "name": "offer.pdf", "size": 12, "content_type": "application/pdf"}


def test_reads_a_reference() -> None:
    assert parse("file", WIRE) == FileRef(ID, "offer.pdf", 12, "application/pdf")
    assert parse("file", {"id": str(ID), "name": "x"}) == FileRef(ID, "x")
    assert parse("file", f'{{"id": "{ID}", "name": "x"}}') == FileRef(ID, "x"), "a form sends the text"
    assert parse("file", {"id": str(ID), "name": "../../etc/passwd"}).name == ".. .. etc passwd"
    assert display("file", FileRef(ID, "x")) == "x"


@pytest.mark.parametrize(
    "raw",
    [
        "x",
        str(ID),
        {"id": "x", "name": "a"},
        {"id": str(ID)},
        {"id": str(ID), "name": " "},
        {**WIRE, "size": -1},
        {**WIRE, "size": True},
        {**WIRE, "size": "12"},
        {**WIRE, "path": "/etc"},
        {**WIRE, "content_type": 5},
        "{",
        [],
        5,
    ],
)
def test_refuses(raw: Any) -> None:
    with pytest.raises(Unreadable):
        parse("file", raw)


def test_a_name_that_no_file_system_takes() -> None:
    one = field("file")
    with pytest.raises(Unreadable):
        one.type.check(one, FileRef(ID, "x" * 201))


def test_saved_as_it_goes_over_the_wire(desk: Desk) -> None:
    id = desk.save({"logo": WIRE}).id
    assert desk.spec.model._default_manager.get(pk=id).logo == WIRE  # type: ignore[attr-defined]
    desk.save({"logo": None}, id)
    assert desk.spec.model._default_manager.get(pk=id).logo is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, Decimal("2.5"), None, True, "x"]}),
        ('{"a": 1.10}', {"a": Decimal("1.10")}),
        ("[1]", [1]),
        ("true", True),
        ("12", 12),
        ("null", None),
        ("hello", "hello"),
        ('"quoted"', '"quoted"'),
        ([], []),
        (False, False),
        ("", None),
    ],
)
def test_json_reads(raw: Any, value: Any) -> None:
    assert parse("json", raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        '{"a"',
        "[1,",
        {"a": "\ud800"},
        {"\x00": 1},
        {1: 2},
        [object()],
        [float("nan")],
        [float("inf")],
        2**53 + 1,
        ["x" * 65_536],
        "9" * 70_000,
    ],
)
def test_json_refuses(raw: Any) -> None:
    with pytest.raises(Unreadable):
        parse("json", raw)


def test_json_is_at_most_twenty_levels_deep() -> None:
    made: Any = 1
    for _level in range(19):
        made = [made]
    assert parse("json", made) == made
    with pytest.raises(Unreadable):
        parse("json", [made])


def test_no_json_value_but_nothing_is_empty(desk: Desk) -> None:
    one = field("json")
    assert [one.type.empty(value) for value in ([], {}, 0, False, None, "")] == [False, False, False, False, True, True]
    for value in ({}, [], 0, False):
        id = desk.save({"raw": value, "x_json": value}).id
        row = next(row for row in desk.rows() if row.id == id)
        assert (row["raw"], row["x_json"]) == (value, value)
