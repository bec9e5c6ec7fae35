"""Several of a list."""

from __future__ import annotations

import pytest

from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.fields import CHINESE, display, field, parse


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["fair", "mail"], ("mail", "fair")),
        ("Trade fair, E-mail", ("mail", "fair")),
        ("展会；邮件", ("mail", "fair")),
        ("Phone, or video", ("call",)),
        (["fair", "Trade Fair"], ("fair",)),
        ("", ()),
        ([], ()),
    ],
)
def test_reads_keys_and_labels_in_the_order_of_the_list(typed: object, kept: tuple[str, ...]) -> None:
    assert parse("multi_choice", typed) == kept


def test_refuses_what_is_not_on_the_list() -> None:
    one = field("multi_choice")
    with pytest.raises(Unreadable, match="E-mail, Trade fair"):
        one.type.check(one, parse("multi_choice", ["mail", "post"]))
    with pytest.raises(Unreadable):
        parse("multi_choice", [1])


def test_labels_are_shown() -> None:
    from django.utils import translation

    assert display("multi_choice", ("mail", "fair")) == "E-mail, Trade fair"
    with translation.override("zh-hans"):
        assert display("multi_choice", ("mail", "fair"), CHINESE) == "邮件、展会"
    assert display("multi_choice", ("gone",)) == "gone"
