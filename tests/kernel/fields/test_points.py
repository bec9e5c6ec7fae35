"""E-mail addresses and phone numbers: what is kept can be read back the same by everybody."""

from __future__ import annotations

import pytest

from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, ENGLISH, GERMAN, field, parse


def test_a_number_means_the_same_to_a_reader_abroad() -> None:
    one = field("phones")
    typed = one.type.parse(one, "030 1234567", GERMAN)
    assert [(point.value, point.key) for point in typed] == [("+49 30 1234567", "49301234567")]
    for locale in (ENGLISH, GERMAN, CHINESE):
        assert one.type.parse(one, one.type.dump(one, typed), locale) == typed
    assert parse("phone", "030 1234567", GERMAN) == "+49 30 1234567"


@pytest.mark.parametrize("typed", ["+49 (0)30-1234567", "ext. 12, ask for Ada", "12"])
def test_what_has_its_country_or_makes_no_sense_stays_as_typed(typed: str) -> None:
    assert parse("phone", typed, GERMAN) == typed


@pytest.mark.parametrize(("name", "most"), [("emails", 254), ("phones", 60)])
def test_no_longer_than_the_column_of_the_primary_one(name: str, most: int) -> None:
    one = field(name)
    value = parse(
        name,
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 20}.example" if name == "emails" else "7" * (most + 1),
    )
    assert len(value[0].value) > most
    with pytest.raises(Unreadable):
        one.type.check(one, value)


def test_not_more_than_a_hundred() -> None:
    one = field("emails")
    with pytest.raises(Unreadable):
        one.type.check(one, parse("emails", [f"a{n}@b.example" for n in range(101)]))


def test_words_beside_an_address_are_cleaned() -> None:
    (point,) = parse(
        "emails", [{"value": "a@b.example", "kind": {"x": 1}, "status": " bounced\x07 and more than twenty letters"}]
    )
    assert (point.use, point.status) == ("", "bounced and more tha")
    with pytest.raises(Unreadable):
        parse("emails", [{"value": "a@b.example", "kind": "\ud800"}])


def test_blank_numbers_are_no_numbers() -> None:
    with pytest.raises(Unreadable):
        parse("phones", ["  "])


def test_the_columns_keep_the_order_of_the_declaration(desk: Desk) -> None:
    names = [
        name
        for name in desk.spec.fields
        if name in ("name", "first_name", "email", "emails", "phone", "address", "street", "amount", "tags")
    ]
    assert names == ["name", "first_name", "email", "emails", "phone", "address", "street", "amount", "tags"]
