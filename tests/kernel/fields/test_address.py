"""Addresses: five fields, one that shows and writes them, and the reading of pasted ones."""

from __future__ import annotations

import pytest

from kith.kernel.fields.address import Address
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import CHINESE, ENGLISH, GERMAN, display, field, parse


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Hafenstr. 5\n20457 Hamburg\nGermany", Address("Hafenstr. 5", "Hamburg", "", "20457", "Germany")),
        ("Hafenstr. 5, D-20457 Hamburg", Address("Hafenstr. 5", "Hamburg", "", "D-20457", "")),
        ("c/o Ada\nHafenstr. 5\n20457 Hamburg", Address("c/o Ada, Hafenstr. 5", "Hamburg", "", "20457", "")),
        ("1 Maple Ave\nPortland, OR 97201\nUSA", Address("1 Maple Ave", "Portland", "OR", "97201", "USA")),
        ("1 Maple Ave, Portland, OR 97201", Address("1 Maple Ave", "Portland", "OR", "97201", "")),
        ("10 Downing Street\nLondon SW1A 2AA\nUK", Address("10 Downing Street", "London", "", "SW1A 2AA", "UK")),
        ("12345 Main Street\nSpringfield", Address("12345 Main Street", "Springfield", "", "", "")),
        ("Rua A 5\nLisboa\nPortugal", Address("Rua A 5", "Lisboa", "", "", "Portugal")),
        (
            "中国浙江省杭州市西湖区文三路 90 号 310012",
            Address("西湖区文三路 90 号", "杭州市", "浙江省", "310012", "中国"),
        ),
        ("北京市朝阳区建国路 1 号", Address("建国路 1 号", "朝阳区", "北京市", "", "")),
        ("somewhere", Address("somewhere")),
        ({"city": " Köln ", "street": "A\nB"}, Address("A B", "Köln")),
        ({}, None),
        ("", None),
    ],
)
def test_reads(typed: object, read: Address | None) -> None:
    assert parse("address", typed) == read


def test_no_word_is_lost() -> None:
    for typed in (
        "a\nb\n1234 c\nd\ne\nf",
        "x; 50667 Köln; Land; Rest",
        "一二三 abc, 四五 123456 六",
        "1, 2, 3, 4, 5 AB",
    ):
        read = parse("address", typed)
        one = field("address")
        said = one.type.search_text(one, read)
        assert sorted("".join(filter(str.isalnum, typed))) == sorted("".join(filter(str.isalnum, said)))


@pytest.mark.parametrize("typed", [5, ["x"], {"zip": "1"}, {"city": 5}, True])
def test_refuses(typed: object) -> None:
    with pytest.raises(Unreadable):
        parse("address", typed)


@pytest.mark.parametrize(
    ("value", "locale", "shown"),
    [
        (Address("Hafenstr. 5", "Hamburg", "", "20457", "Germany"), ENGLISH, "Hafenstr. 5, 20457 Hamburg, Germany"),
        (
            Address("Hafenstr. 5", "Hamburg", "HH", "20457", "Germany"),
            GERMAN,
            "Hafenstr. 5, 20457 Hamburg, HH, Germany",
        ),
        (Address("1 Maple Ave", "Portland", "OR", "97201", "USA"), GERMAN, "1 Maple Ave, Portland, OR 97201, USA"),
        (Address("1 Maple Ave", "Portland", "OR", "97201", ""), Locale(region="US"), "1 Maple Ave, Portland, OR 97201"),
        (Address("文三路 90 号", "杭州市", "浙江省", "310012", "中国"), CHINESE, "中国浙江省杭州市文三路 90 号 310012"),
        (Address("文三路 90 号", "杭州市", "浙江省", "310012", "中国"), ENGLISH, "中国浙江省杭州市文三路 90 号 310012"),
        (Address("Hafenstr. 5", "Hamburg", "", "20457", "Germany"), CHINESE, "Germany, Hamburg, Hafenstr. 5, 20457"),
        (Address(city="Hamburg"), ENGLISH, "Hamburg"),
    ],
)
def test_shown_in_the_order_of_its_country(value: Address, locale: Locale, shown: str) -> None:
    assert display("address", value, locale) == shown


def test_too_long_for_its_column() -> None:
    one = field("address")
    with pytest.raises(Unreadable):
        one.type.check(one, Address(postal_code="1" * 21))


def test_the_whole_is_virtual_and_the_parts_are_fields(desk: Desk) -> None:
    fields = desk.spec.fields
    assert fields["address"].virtual and fields["billing"].virtual
    assert not any(fields[name].virtual for name in ("street", "billing_postal_code", "name"))
    assert fields["city"].type.name == "text" and fields["city"].max_length == 120
    assert str(fields["billing_city"].label) == "Billing address: City"


def test_writing_the_whole_writes_the_parts(desk: Desk) -> None:
    made = desk.save({"billing": "Hafenstr. 5\n20457 Hamburg"})
    assert made.diff["billing_city"] == (None, "Hamburg")
    assert "billing" not in made.diff
    assert "city" not in made.diff
    row = desk.rows()[0]
    assert row["billing"] == Address("Hafenstr. 5", "Hamburg", "", "20457")
    assert row["address"] is None
    same = {"street": "Hafenstr. 5", "city": "Hamburg", "postal_code": "20457"}
    assert desk.save({"billing": same, "billing_city": "Altona"}, made.id).diff == {
        "billing_city": ("Hamburg", "Altona")
    }
    assert desk.save({"billing": {"city": "Köln"}}, made.id).diff.keys() == {
        "billing_street",
        "billing_city",
        "billing_postal_code",
    }
    desk.save({"billing": None}, made.id)
    assert desk.rows()[0]["billing"] is None


@pytest.mark.parametrize("name", ["address", "x_address"])
def test_found_by_any_part(desk: Desk, name: str) -> None:
    id = desk.save({name: {"street": "Hafenstr. 5", "country": "Germany"}}).id
    nothing = desk.save({"notes": "nowhere"}).id
    for word in ("hafen", "German"):
        assert desk.ids(name, "contains", word) == {id}
    assert desk.ids(name, "contains", "street") == set(), "the names of the parts are no words of the address"
    assert desk.ids(name, "empty") == {nothing}
