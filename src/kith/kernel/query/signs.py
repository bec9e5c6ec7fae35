"""The marks of the typed form, half-width and full-width alike, and what must stand in quotes."""

from __future__ import annotations

import re
from typing import Final

QUOTES: Final = '"“”„＂'
OPEN: Final = "(（"
CLOSE: Final = ")）"
COMMAS: Final = ",，、"
BARS: Final = "|｜"
DASHES: Final = "-－"
COLONS: Final = ":："

OR: Final = frozenset({"or", "或"})
AND: Final = frozenset({"and", "且"})
NOT: Final = frozenset({"not", "非"})

_COMPARISON: Final = "[>＞≥][=＝]?|[<＜≤][=＝]?|[!！][=＝]|≠|[=＝~～^＾]"
SIGN: Final = re.compile(f"[{COLONS}](?:{_COMPARISON})|{_COMPARISON}|[{COLONS}]")
"""An operator right after a name: ``:``, ``>``, ``:>=`` and so on."""
SPACED: Final = re.compile("[>＞≥][=＝]?|[<＜≤][=＝]?|[!！][=＝]|≠|[=＝]")
"""An operator that may have spaces around it: ``amount > 10k``."""

_WIDE: Final = str.maketrans("：＝＞＜！～＾", ":=><!~^")
_ONE: Final = str.maketrans({"≥": ">=", "≤": "<=", "≠": "!="})

_STOP: Final = f"\\s{OPEN}{CLOSE}{BARS}"
SEGMENT: Final = re.compile(f"(?:(?![!！][=＝])[^.:：=＝><＞＜~～^＾≥≤≠{COMMAS}{QUOTES}{_STOP}])+")
"""A piece of a field's name, up to a dot or a sign."""
ATOM: Final = re.compile(f"[^{COMMAS}{QUOTES}{_STOP}][^{COMMAS}{_STOP}]*")
"""A value without quotes."""
WORD: Final = re.compile(f"[^{_STOP}]+")
"""A free word."""
PLAIN_WORD: Final = re.compile(
    f"[^{DASHES}.:：=＝><＞＜~～^＾≥≤≠!！{QUOTES}{_STOP}][^:：=＝><＞＜~～^＾≥≤≠!！{QUOTES}{_STOP}]*"
)
PLAIN_VALUE: Final = re.compile(f"[^:：=＝><＞＜~～^＾≥≤≠!！*{COMMAS}{QUOTES}{_STOP}][^{COMMAS}{QUOTES}{_STOP}]*")


def sign(typed: str) -> str:
    """The operator in half-width signs, without the colon before another one: ``：＞＝`` is ``>=``."""
    plain = typed.translate(_WIDE).translate(_ONE)
    return plain[1:] if len(plain) > 1 and plain[0] == ":" else plain


def quoted(text: str) -> str:
    """The text in quotes, with a backslash before quotes and backslashes."""
    return '"' + re.sub(f"([{QUOTES}\\\\])", r"\\\1", text) + '"'


def unquoted(text: str) -> str:
    return re.sub(f"\\\\([{QUOTES}\\\\])", r"\1", text)


def closing(text: str, start: int) -> int:
    """The place of the quote that closes the one at ``start``; -1 when there is none."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] in QUOTES:
            return at
        else:
            at += 1
    return -1
