"""User-written and received HTML: one fixed allow-list for notes, mails and articles. There is no second one.

No images (they tell the sender who reads), no styles, no classes, no ids.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import nh3

from kith.kernel.kit.text import clean

_ALLOWED = "p br b strong i em u s a ul ol li blockquote code pre h1 h2 h3 h4 hr table thead tbody tr th td"
TAGS = set(_ALLOWED.split())
SCHEMES = {"http", "https", "mailto", "tel"}
_DROPPED_WHOLE = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math", "textarea"}
_PAGE = re.compile(r"/(?![/\\])|#")  # our own pages; "//host" and "/\host" lead away
_SCHEME = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_LINK = re.compile(
    r"(?P<url>\b(?:https?://|www\.)[^\s<>\"'，。；：！？、（）《》【】“”]{1,2000})"
    r"|(?P<mail>\b[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})",
    re.ASCII,
)


def clean_html(text: str) -> str:
    """Safe HTML: only the allowed tags, links only to http, https, mail, phone or our own pages."""
    return nh3.clean(
        clean(text),
        tags=TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"a": {"href"}},
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow",
    )


def text_of(text: str) -> str:
    """The plain text of HTML: blocks become lines, list items get a dash, scripts and styles vanish."""
    reader = _Reader()
    reader.feed(clean_html(text))  # cleaned first: the standard parser trips over broken markup, nh3 does not
    reader.close()
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def from_plain(text: str) -> str:
    """HTML of a plain text: an empty line parts paragraphs, a line end is kept, addresses become links."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", clean(text))
    return clean_html("".join(f"<p>{_linked(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part))


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name != "href":
        return value  # the rel that nh3 itself puts on every link
    # Browsers drop tabs and line ends inside an address, so "/\t/host" would lead away: refuse all control characters.
    target = value.strip()
    if any(letter < "!" for letter in target) or not (_SCHEME.match(target) or _PAGE.match(target)):
        return None
    return target


def _linked(text: str) -> str:
    shown, at = [], 0
    for link in _LINK.finditer(text):
        words = link[0].rstrip(".,;:!?")
        if words.endswith(")") and "(" not in words:
            words = words[:-1]
        target = f"mailto:{words}" if link["mail"] else words if words.startswith("http") else f"https://{words}"
        shown += [html.escape(text[at : link.start()]), f'<a href="{html.escape(target)}">{html.escape(words)}</a>']
        at = link.start() + len(words)
    return "".join([*shown, html.escape(text[at:])])


class _Reader(HTMLParser):
    """Collects the text of clean HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(_BEFORE.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(_AFTER.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


_BLOCKS = ["p", "h1", "h2", "h3", "h4", "blockquote", "pre", "table"]
_BEFORE = dict.fromkeys(_BLOCKS, "\n\n") | {"br": "\n", "li": "\n- ", "hr": "\n\n", "tr": "\n", "ul": "\n", "ol": "\n"}
_AFTER = dict.fromkeys(_BLOCKS, "\n\n") | {"ul": "\n", "ol": "\n", "td": " ", "th": " "}
