"""Phone numbers: what was typed stays, and beside it the E.164 form when there is one, for dialling and for finding."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from kith.kernel.kit.text import clean

LONGEST = 100
"""Characters of a typed number that are kept; beyond this it is not a phone number."""

KEPT = 8192
"""Numbers whose reading is remembered: one is read for its field, its key and its search words, 0.04 ms each time."""


@dataclass(frozen=True, slots=True)
class Phone:
    """``e164`` ("+4930123456") is None when ``typed`` could not be understood; ``extension`` is digits or empty."""

    e164: str | None
    typed: str
    extension: str = ""


@lru_cache(maxsize=KEPT)
def parse_phone(text: str, region: str | None) -> Phone:
    """Read a number as someone in ``region`` ("DE") would dial it. Never refuses a text but a broken one.

    A number counts when its length is possible, not when its range is known: ranges open faster than tables follow.
    """
    typed = clean(text)[:LONGEST]
    dialled = re.sub(r"^\s*00(?=[1-9])", "+", unicodedata.normalize("NFKC", typed)) if region is None else typed
    try:
        number = phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return Phone(None, typed)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return Phone(None, typed)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, typed, number.extension or "")


@lru_cache(maxsize=KEPT)
def format_phone(phone: Phone, region: str | None) -> str:
    """As one reads it in ``region``: the national form at home, the international one abroad, else what was typed."""
    if phone.e164 is None:
        return phone.typed
    try:
        number = phonenumbers.parse(phone.e164, None)
    except phonenumbers.NumberParseException:  # a stored value from another program
        return phone.typed
    number.extension = phone.extension or None
    home = region is not None and phonenumbers.country_code_for_region(region) == number.country_code
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def phone_key(phone: Phone) -> str:
    """The key for look-ups and duplicates: digits only, with the country when it is known, without the extension."""
    if phone.e164 is not None:
        return phone.e164[1:]
    return "".join(str(unicodedata.decimal(letter)) for letter in phone.typed if letter.isdecimal())
