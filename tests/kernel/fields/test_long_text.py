"""Long text: plain as typed, rich as safe HTML that cleaning leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.kernel.fields.long_text import LONGEST, rich
from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.conftest import Desk
from tests.kernel.fields.fields import display, field, parse
from tests.kernel.kit.corpora import naughty

_TAGS = "<p> </p> <b> </b> <pre> <table> <tr> <td> <a> </a> <h1> <li> <ul>"
PIECES = [*_TAGS.split(), "x", "&", "&lt;", "<", ">", "<i", " ", "\n"]
RICH = {"options": {"rich": True}}


def test_plain_text_stays_as_typed() -> None:
    assert parse("long_text", " a\r\n  b <b>c</b>\n") == "a\n  b <b>c</b>"
    assert parse("long_text", " \n ") is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hi <b>x</b><script>alert(1)</script>", "hi <b>x</b>"),
        ("Tom & Jerry\n\nmore", "<p>Tom &amp; Jerry</p><p>more</p>"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener nofollow">x</a>'),
        ("<p onclick=x style=y>t</p>", "<p>t</p>"),
        ("<custom>left &amp; alone</custom>", "<p>left &amp; alone</p>"),
        ("<p> <br></p>", None),
        ("<script>only</script>", None),
        ("", None),
    ],
)
def test_rich_text_is_clean(typed: str, kept: str | None) -> None:
    assert parse("long_text", typed, **RICH) == kept


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_cleaning_comes_to_rest(typed: str) -> None:
    once = rich(typed)
    assert once is None or rich(once) == once


def test_nothing_naughty_survives() -> None:
    for typed in naughty():
        try:
            kept = rich(f"<p>{typed}</p>") or ""
        except Unreadable:
            continue
        assert "<script" not in kept.lower()
        assert "javascript:" not in kept.lower().split('href="')[-1][:20] or "<a href" not in kept.lower()


def test_search_and_display_are_the_words() -> None:
    value = parse("long_text", "<p>Call <b>Ada</b></p><ul><li>today</li></ul>", **RICH)
    assert display("long_text", value, **RICH) == "Call Ada\n\n- today"
    one = field("long_text", **RICH)
    assert one.type.search_text(one, value) == "Call Ada\n\n- today"
    assert one.type.sort_expr(one) is None
    assert one.operators == ("contains", "empty")


def test_longer_than_any_letter() -> None:
    with pytest.raises(Unreadable, match="1000000"):
        parse("long_text", "x" * (LONGEST + 1))


def test_max_length_counts_characters(desk: Desk) -> None:
    one = field("long_text", max_length=3)
    one.type.check(one, "中文𝒳")
    with pytest.raises(Unreadable):
        one.type.check(one, "中文𝒳é")


def test_columns_say_whether_they_are_rich(desk: Desk) -> None:
    assert desk.spec.fields["body"].options["rich"] is True
    assert not desk.spec.fields["notes"].options.get("rich")
