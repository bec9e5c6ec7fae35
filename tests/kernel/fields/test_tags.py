"""Tags and several choices: lists of words, each once."""

from __future__ import annotations

import pytest

from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, display, field, parse


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a, b; c", ("a", "b", "c")),
        ("VIP，老客户；重点、A", ("VIP", "老客户", "重点", "A")),
        (["Zoë", "zoe", " ZOE ", "b"], ("Zoë", "b")),
        (["a,b"], ("a b",)),
        (" , ;", ()),
        (["", "  "], ()),
        (None, ()),
    ],
)
def test_reads(typed: object, kept: tuple[str, ...]) -> None:
    assert parse("tags", typed) == kept


@pytest.mark.parametrize("typed", [5, True, {"a": 1}, ["a", 5], [["a"]]])
def test_refuses(typed: object) -> None:
    with pytest.raises(Unreadable):
        parse("tags", typed)


def test_limits() -> None:
    one = field("tags")
    one.type.check(one, tuple(f"t{n}" for n in range(50)))
    with pytest.raises(Unreadable):
        one.type.check(one, tuple(f"t{n}" for n in range(51)))
    with pytest.raises(Unreadable):
        one.type.check(one, ("x" * 61,))


def test_shown_in_the_readers_way() -> None:
    assert display("tags", ("a", "b")) == "a, b"
    assert display("tags", ("a", "b"), CHINESE) == "a、b"


def test_merge_has_the_words_of_both() -> None:
    one = field("tags")
    assert one.type.merge(one, ("VIP", "b"), ("vip", "c")) == ("VIP", "b", "c")


def test_a_list_is_found_by_each_of_its_words(desk: Desk) -> None:
    id = desk.save({"tags": "VIP, berlin", "x_tags": "one, two"}).id
    desk.save({"tags": "berlin"})
    assert desk.ids("tags", "has", "VIP") == {id}
    assert desk.ids("x_tags", "has", "two") == {id}
    desk.save({"tags": ["berlin"], "x_tags": None}, id)
    assert desk.ids("tags", "has", "VIP") == set()
    assert desk.ids("x_tags", "empty", False) == set()


def test_saving_the_same_words_changes_nothing(desk: Desk) -> None:
    id = desk.save({"tags": "a, b"}).id
    assert desk.save({"tags": ["a", "b"]}, id).diff == {}
    assert desk.save({"tags": ["b", "a"]}, id).diff == {"tags": (["a", "b"], ["b", "a"])}
