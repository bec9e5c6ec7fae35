"""HTML: the allow-list, plain text out of it and into it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.html import TAGS, clean_html, from_plain, text_of
from kith.kernel.kit.text import clean
from tests.kernel.kit.corpora import naughty


@pytest.mark.parametrize(
    ("dirty", "safe"),
    [
        ("<p onclick=x style=a class=b id=c>a</p>", "<p>a</p>"),
        ("a<script>alert(1)</script><style>x</style>b", "ab"),
        ("<img src=x onerror=alert(1)><svg onload=alert(1)>", ""),
        ("<!-- c --><h5>q</h5>", "q"),
        ('<a href="https://x.y" target=_blank>k</a>', '<a href="https://x.y" rel="noopener nofollow">k</a>'),
        ('<a href="/deals/1">k</a>', '<a href="/deals/1" rel="noopener nofollow">k</a>'),
        ('<a href="MAILTO:a@b.c">k</a>', '<a href="MAILTO:a@b.c" rel="noopener nofollow">k</a>'),
        ("<table><tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
    ],
)
def test_clean(dirty: str, safe: str) -> None:
    assert clean_html(dirty) == safe


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc",
     "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", "", "&#106;avascript:alert(1)", "https:&#9;//x"],
)  # fmt: skip
def test_links_that_lead_astray_lose_their_target(target: str) -> None:
    assert "href" not in clean_html(f'<a href="{target}">k</a>')


def test_text_of() -> None:
    assert (
        text_of("<p>Hi<br>there</p><ul><li>a<li>b</ul><script>x</script>&amp; 1&nbsp;2")
        == "Hi\nthere\n\n- a\n- b\n& 1 2"
    )
    assert text_of("<![foo <b>x</b>") == "x"


def test_from_plain() -> None:
    assert from_plain("Hi <b>\nthere\n\n\nnext & last") == "<p>Hi &lt;b&gt;<br>there</p><p>next &amp; last</p>"
    linked = from_plain("见https://a.b/c?d=1&e=2。 (www.x.cn), a.b@c.de.")
    assert '<a href="https://a.b/c?d=1&amp;e=2" rel="noopener nofollow">https://a.b/c?d=1&amp;e=2</a>。' in linked
    assert '(<a href="https://www.x.cn" rel="noopener nofollow">www.x.cn</a>),' in linked
    assert '<a href="mailto:a.b@c.de" rel="noopener nofollow">a.b@c.de</a>.' in linked
    assert from_plain("") == ""


@given(st.text())
def test_plain_text_survives(text: str) -> None:
    try:
        html = from_plain(text)
    except Unreadable:
        return
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", html)} <= TAGS
    assert text_of(html).split() == clean(text).split()


def test_naughty_strings_stay_inside_the_list() -> None:
    for text in naughty():
        for make in (clean_html, from_plain, text_of):
            try:
                made = make(text)
            except Unreadable:
                continue
            if make is not text_of:
                assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", made)} <= TAGS
                assert not re.search(r"<[^>]*\b(on\w+|style|src|href=\"(?!https?:|mailto:|tel:|/[^/\\]|#))", made)
