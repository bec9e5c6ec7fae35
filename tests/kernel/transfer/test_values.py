"""Columns are read as a whole: numbers, dates, choices, addresses; steps and formula marks."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.fields.base import Field, type_named
from kith.kernel.fields.store import Column as StoreColumn
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import Locale
from kith.kernel.transfer import steps
from kith.kernel.transfer.cells import Line as Row
from kith.kernel.transfer.columns import Column, survey
from kith.kernel.transfer.headers import normal
from kith.kernel.transfer.mapping import Line
from kith.kernel.transfer.safe_csv import escape, unescape
from kith.kernel.transfer.values import reader, several

US, DE = Locale("en", region="US"), Locale("de", region="DE", currency="EUR")


def column(*cells: Any, locale: Locale = US) -> Column:
    return survey(["x"], [Row(at, [cell]) for at, cell in enumerate(cells, 2)], locale).columns[0]


def field(type: str, **more: Any) -> Field:
    return Field(name="x", type=type_named(type), store=StoreColumn("x"), label="X", **more)


def read(type: str, cell: Any, seen: Column | None = None, **more: Any) -> Any:
    line = Line("x", decimal=seen.decimal if seen else "", order=seen.order if seen else "")
    return reader(field(type, **more), line, US)(cell)


# --- what a column is
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "decimal", "unclear"),
    [
        (["1.234,56", "7"], ",", ""),
        (["1,234.56", "7"], ".", ""),
        (["1.234.567", "1"], ",", ""),
        (["12,5", "3,25"], ",", ""),
        (["1.234", "2.500"], ".", "number"),
        (["1.5", "2,5"], ".", "mixed_number"),
    ],
)
def test_the_whole_column_tells_the_decimals(cells: list[str], decimal: str, unclear: str) -> None:
    seen = column(*cells)
    assert (seen.decimal, seen.unclear) == (decimal, unclear)


def test_what_a_column_leaves_open_the_reader_decides() -> None:
    assert column("1.234", locale=DE).decimal == ","
    assert column("03/04/2024", locale=DE).order == "dmy"
    assert column("03/04/2024", locale=US).unclear == "date"


@pytest.mark.parametrize(
    ("cells", "order", "unclear"),
    [
        (["03/04/2024", "25/12/2024"], "dmy", ""),
        (["03/04/2024", "12/25/2024"], "mdy", ""),
        (["25/12/2024", "12/25/2024"], "dmy", "mixed_date"),
        (["2024-03-04", "2024-12-25"], "", ""),
    ],
)
def test_one_day_beyond_twelve_decides_for_all(cells: list[str], order: str, unclear: str) -> None:
    seen = column(*cells)
    assert (seen.order, seen.unclear) == (order, unclear)
    assert seen.type == "date"


@pytest.mark.parametrize(
    ("cells", "type"),
    [
        (["a@example.com", "b@example.com"], "emails"),
        (["$342.09K", "$1.2M", "$7"], "money"),
        (["16 Apr, 2021 00:02:00", "1 May, 2021 10:00:00"], "datetime"),
        (["+49 30 123456", "(907) 1234-567"], "phones"),
        (["yes", "no", "Yes"], "bool"),
        (["https://a.example", "www.b.example"], "url"),
        (["red", "blue"] * 10, "choice"),
        (["red;blue", "blue;green"] * 10, "multi_choice"),
        (["5", "12"], "number"),
        (["007", "008"], "text"),
        ([date(2024, 1, 2), date(2024, 1, 3)], "date"),
        (["x" * 300], "long_text"),
    ],
)
def test_the_type_that_a_new_field_would_have(cells: list[Any], type: str) -> None:
    assert column(*cells).type == type


def test_what_a_spreadsheet_has_spoilt_is_told_by_row() -> None:
    assert column("13800000000", "1.38E+10", "#REF!").damaged == [3, 4]


# --- values
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "cell", "decimal", "value"),
    [
        ("number", "1.234", ",", Decimal(1234)),
        ("number", "1.234", ".", Decimal("1.234")),
        ("number", 12, "", 12),
        ("number", "n/a", "", None),
        ("money", "$342.09K", "", {"amount": "342090.00", "currency": "USD"}),
        ("money", "1.200,50 €", ",", {"amount": "1200.50", "currency": "EUR"}),
        ("text", 4930, "", "4930"),
        ("text", Decimal("12.0"), "", "12"),
    ],
)
def test_cells_in_the_way_of_their_column(type: str, cell: Any, decimal: str, value: Any) -> None:
    assert read(type, cell, Column("x", decimal=decimal)) == value


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("03/04/2024", "dmy", date(2024, 4, 3)),
        ("03/04/2024", "mdy", date(2024, 3, 4)),
        ("16 Apr, 2021 00:02:00", "", date(2021, 4, 16)),
        ("44301", "", date(2021, 4, 15)),
        ("2021年4月16日", "", date(2021, 4, 16)),
        (datetime(2021, 4, 16, 3, 0), "", date(2021, 4, 16)),
    ],
)
def test_days(cell: Any, order: str, day: date) -> None:
    assert read("date", cell, Column("x", order=order)) == day


@pytest.mark.parametrize("cell", ["tomorrow", "fri", "in 3 days", "31/31/2024", "--0203"])
def test_words_that_mean_a_day_today_mean_none_in_a_file(cell: str) -> None:
    with pytest.raises(Unreadable):
        read("date", cell)


def test_moments_have_the_zone_of_their_column() -> None:
    line = Line("x", zone="Asia/Shanghai")
    assert reader(field("datetime"), line, US)("2024-01-02 08:00:00") == datetime(2024, 1, 2, tzinfo=UTC)
    assert reader(field("datetime"), line, US)("2024-01-02T08:00:00Z") == datetime(2024, 1, 2, 8, tzinfo=UTC)


def test_several_addresses_in_one_cell() -> None:
    assert several("a@x.example ::: b@x.example", [" ::: "], True) == ["a@x.example", "b@x.example"]
    assert several("a@x.example, b@x.example", [], True) == ["a@x.example", "b@x.example"]
    assert several("Miller, Ann", [], False) == ["Miller, Ann"]


# --- steps
# ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "text", "value"),
    [
        (("first ;",), "Acme SAS (12); Other (9)", ["Acme SAS (12)"]),
        (("first ;", r"cut \(\d+\)$"), "Acme SAS (12); Other (9)", ["Acme SAS"]),
        (("split ;",), "a; b;", ["a", "b"]),
        ((r"take (\d+)",), "no. 42", ["42"]),
        (("set VIP",), "x", ["VIP"]),
        (("sf18",), "0012800000ABCDe", ["0012800000ABCDeAAP"]),
        (("split ;", "join +"), "a;b", ["a+b"]),
    ],
)
def test_steps(run: tuple[str, ...], text: str, value: list[str]) -> None:
    assert steps.apply(run, [text]) == value


def test_short_and_long_ids_of_one_record_are_one() -> None:
    assert steps.salesforce("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert steps.salesforce("001D000000IqhSLIAZ") == "001D000000IqhSLIAZ"


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*b", r"(\w*)*x", "a" * 201, "(", r"(.)\1", "(?=a)b", ".*.*.*.*x", "(a{1,50}){1,50}"]
)
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    with pytest.raises(Unreadable):
        steps.compiled((f"take {pattern}",))


# --- headers and formula marks
# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("E-mail Address", "email address", True),
        ("Straße", "STRASSE", True),
        ("Deal - ID *", "deal - id", True),
        ("Account Name.id", "Account Name", False),
        ("Deal - ID", "Deal ID", False),
        ("姓 名", "姓名", True),
        ("Prénom", "prenom", True),
        ("State/Region", "state region", True),
    ],
)
def test_headers_are_compared_by_what_they_say(one: str, other: str, same: bool) -> None:
    assert (normal(one) == normal(other)) is same


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("'=+-@|%\t\r\n \u200b\u3000＝＋－＠"), st.characters(codec="utf-8")),
        max_size=30,
    )
)
def test_the_mark_before_a_formula_comes_and_goes(text: str) -> None:
    safe = escape(text)
    assert unescape(safe) == text
    bare = safe.lstrip(" \u3000\u200b\u2060\ufeff")
    visible = next((one for one in bare if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf")), "")
    assert unicodedata.normalize("NFKC", visible)[:1] not in set("=+-@"), safe
