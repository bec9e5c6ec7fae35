"""Names: one text, two parts, the order of the language."""

from __future__ import annotations

import copy
import pickle

import pytest

from kith.kernel.events.record import payload_of
from kith.kernel.fields.person_name import FullName
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, display, parse

HUNGARIAN = Locale("hu", "Europe/Budapest", "HU", "HUF")


@pytest.mark.parametrize(
    ("typed", "first", "last", "whole"),
    [
        ("Mara Vogt", "Mara", "Vogt", "Mara Vogt"),
        ("Vogt, Mara", "Mara", "Vogt", "Mara Vogt"),
        ("王小明", "小明", "王", "王小明"),
        ("欧阳修", "修", "欧阳", "欧阳修"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven", "Ludwig van Beethoven"),
        ("Cher", "Cher", "", "Cher"),
        (
            {"first_name": "Ana María", "last_name": "de la Cruz Soto"},
            "Ana María",
            "de la Cruz Soto",
            "Ana María de la Cruz Soto",
        ),
        ({"last_name": "王"}, "", "王", "王"),
    ],
)
def test_reads(typed: object, first: str, last: str, whole: str) -> None:
    read = parse("person_name", typed)
    assert (read.first, read.last, str(read)) == (first, last, whole)


@pytest.mark.parametrize("typed", [["Mara"], {"first": "x"}, {"first_name": 1}, True])
def test_refuses(typed: object) -> None:
    with pytest.raises(Unreadable):
        parse("person_name", typed)


def test_shown_in_the_order_of_the_language() -> None:
    assert display("person_name", FullName("János", "Nagy"), HUNGARIAN) == "Nagy János"
    assert display("person_name", FullName("János", "Nagy")) == "János Nagy"
    assert display("person_name", FullName("小明", "王")) == "王小明"
    assert display("person_name", FullName("Mara", "Vogt"), CHINESE) == "Mara Vogt"


def test_a_name_can_be_copied() -> None:
    name = FullName("Mara", "Vogt")
    for other in (copy.deepcopy(name), pickle.loads(pickle.dumps(name))):
        assert (other, other.first, other.last) == (name, "Mara", "Vogt")


def test_a_name_writes_its_parts_and_is_the_title(desk: Desk) -> None:
    made = desk.save({"name": "曾小明"})
    assert made.diff["first_name"] == (None, "小明")
    assert made.diff["last_name"] == (None, "曾")
    assert "name" not in made.diff
    assert made.record.title_key.startswith("zengxiaoming"), "曾 is read as a family name"
    assert payload_of(made.event)["title"] == "曾小明"


def test_what_is_there_may_come_back_beside_a_changed_part(desk: Desk) -> None:
    """A client that reads a record, changes one field and writes all of it back."""
    made = desk.save({"first_name": "Ana María", "last_name": "Cruz, PhD"})
    whole = desk.rows()[0]["name"]
    diff = desk.save({"name": str(whole), "first_name": "Ana"}, made.id).diff
    assert diff == {"first_name": ("Ana María", "Ana")}
    assert desk.save({"name": "Eva Cruz"}, made.id).diff.keys() == {"first_name", "last_name"}
    assert desk.save({"name": ""}, made.id).diff == {"first_name": ("Eva", None), "last_name": ("Cruz", None)}


@pytest.mark.parametrize(
    "name", ["Mara Vogt", "王小明", "やまだ たろう", "김철수", "Cher", "Ludwig van Beethoven", "Vogt 王"]
)
def test_the_database_writes_a_name_as_we_do(desk: Desk, name: str) -> None:
    id = desk.save({"name": name}).id
    desk.save({"name": "Somebody Else"})
    desk.save({"notes": "nameless"})
    shown = next(row["name"] for row in desk.rows() if row.id == id)
    assert desk.ids("name", "eq", str(shown)) == {id}
    assert desk.ids("name", "contains", str(shown)[:3].strip()) == {id}
    assert len(desk.ids("name", "empty")) == 1


def test_lists_are_in_the_order_of_titles(desk: Desk) -> None:
    for name in ("王小明", "Ada Lovelace", "曾小明", "Zoe Adams"):
        desk.save({"name": name})
    assert [str(row["name"]) for row in desk.rows(sort="name", limit=1)] == [
        "Ada Lovelace",
        "王小明",
        "曾小明",
        "Zoe Adams",
    ]
