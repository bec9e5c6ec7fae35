"""Web addresses: the scheme is made plain, and nothing that could run is let in."""

from __future__ import annotations

import pytest

from kith.kernel.kit.errors import Unreadable
from tests.kernel.fields.fields import display, field, parse


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("example.com", "https://example.com"),
        ("  HTTP://Example.COM/Path?Q=1#X ", "http://example.com/Path?Q=1#X"),
        ("//cdn.example.com/a", "https://cdn.example.com/a"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        ("https://example.com:0443/", "https://example.com:443/"),
        ("http://wiki/start", "http://wiki/start"),
        ("localhost:8000", "https://localhost:8000"),
        ("https://müller.example/straße", "https://müller.example/straße"),
        ("例子.公司/产品", "https://例子.公司/产品"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("", None),
    ],
)
def test_reads(typed: str, kept: str | None) -> None:
    assert parse("url", typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.com",
        "mailto:a@b.example",
        "https://user:secret@example.com/",
        "https://good.example@evil.example/",
        "https://example.com\\@evil.example",
        "http://",
        "https:///path",
        "https://exa mple.com",
        "https://example.com/a b",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://-x.example",
        "none",
        "tbd",
        '"><script>',
        "https://example.com/\u2028x",
        5,
    ],
)
def test_refuses(typed: object) -> None:
    with pytest.raises(Unreadable) as error:
        parse("url", typed)
    assert error.value.code in ("not_a_url", "not_text")


def test_shown_without_what_goes_without_saying() -> None:
    assert display("url", "https://example.com/") == "example.com"
    assert display("url", "https://example.com/a/") == "example.com/a/"


def test_length() -> None:
    one = field("url")
    with pytest.raises(Unreadable):
        one.type.check(one, "https://example.com/" + "x" * 2000)
    short = field("url", max_length=20)
    with pytest.raises(Unreadable):
        short.type.check(short, "https://example.com/long")
