"""JSON bytes for storage and for the wire: decimals stay exact, lone surrogates never get in.

PostgreSQL refuses a lone surrogate in `jsonb`, SQLite keeps it and breaks the readers later: it stops here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from django.utils.functional import Promise

from kith.kernel.kit.errors import Unreadable, gettext_noop

LARGEST_EXPONENT = 400
"""Beyond this a number is an attack: `int(Decimal("1e999999"))` alone writes a million digits."""


def dumps(value: Any) -> bytes:
    """UTF-8 JSON. Decimals as numbers digit by digit, UUIDs, dates and times as ISO text, lazy texts as they read now.

    A binary float is written too, but comes back as a Decimal; NaN among them has no form in JSON and becomes null.
    """
    try:
        encoded = _encoder.encode(value)
        if b"NaN" in encoded or b"Infinity" in encoded:
            _decoder.decode(encoded)  # msgspec writes Decimal("NaN") bare; inside a string the word is harmless
    except UnicodeEncodeError as error:
        raise Unreadable("broken_text", gettext_noop("The text has half a character (a lone surrogate)")) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable("not_json", gettext_noop("This value cannot be written as JSON")) from error
    return encoded


def dumps_text(value: Any) -> str:
    """The same as text, for JSON columns and templates."""
    return dumps(value).decode()


def loads(text: bytes | str) -> Any:
    """The value: whole numbers as int, all other numbers as Decimal, never a float."""
    try:
        return _decoder.decode(text)
    except Unreadable:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable("not_json", gettext_noop("Expected JSON: %(reason)s"), reason=str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _exact(digits: str) -> Decimal:
    number = Decimal(digits)
    if not -LARGEST_EXPONENT < number.adjusted() < LARGEST_EXPONENT:
        raise Unreadable("number_too_large", gettext_noop("A number has too many digits"))
    return number


_encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=_exact)
