"""How an address is written on one line and read from several, in the order of its country.

A guess, meant for pasting and for imports of one column; the parts stay editable and no word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from babel import Locale as BabelLocale

from kith.kernel.kit.cldr import language
from kith.kernel.kit.han import has_han
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.text import fold

PARTS: Final = ("street", "city", "state", "postal_code", "country")

_STATE_BEFORE_CODE = frozenset(
    {"us", "usa", "united states", "united states of america", "ca", "canada", "au", "australia"}
)
_HAN_COUNTRY = re.compile(r"^(中国|中华人民共和国|中國)")
_HAN_STATE = re.compile(r"^[^省市区縣县\s]{2,8}?(?:省|自治区|特别行政区)|^(?:北京|上海|天津|重庆)市(?=[^\s]*?[市区县])")
_HAN_CITY = re.compile(r"^[^市区县\s]{1,8}?(?:市|自治州|地区|盟)|^[^市区县\s]{1,8}?[区县]")
_HAN_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_COUNTRY_CODE = r"(?:[A-Z]{1,3}-)?"
_CODE_CITY = re.compile(rf"({_COUNTRY_CODE}\d{{3,6}}(?:[ -]\d{{2,4}})?|{_COUNTRY_CODE}\d{{4}} ?[A-Z]{{2}}) +([^\d,]+)")
_CITY_STATE_CODE = re.compile(r"([^\d,]+?),? +([A-Z]{2,3}),? +(\d{4,5}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)")
_STATE_CODE = re.compile(r"([A-Z]{2,3}) +(\d{4,5}(?:-\d{4})?)")
_CITY_CODE = re.compile(r"([^\d,]+?),? +([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5,6})")


def named(country: str, locale: Locale) -> str:
    """A country as people write it: the name of a two-letter code in the reader's language, nothing at home in
    Chinese.
    """
    if len(country) != 2 or not country.isupper():
        return country
    if country == locale.region and locale.language.startswith("zh"):
        return ""
    return str(BabelLocale.parse(locale.babel).territories.get(country, country))


def written(parts: Mapping[str, str], locale: Locale) -> str:
    """The address on one line. In Chinese from the country down, elsewhere from the street up."""
    street, city, state, code, country = (parts.get(part, "") for part in PARTS)
    country = named(country, locale)
    if language(locale) == "zh" or has_han(street):
        down = [country, state, city if city != state else "", street]
        if has_han("".join(down)):
            return " ".join(filter(None, ["".join(down), code]))
        return ", ".join(filter(None, [*down, code]))
    if state and fold(parts.get("country", "") or locale.region) in _STATE_BEFORE_CODE:
        return ", ".join(filter(None, [street, city, f"{state} {code}".strip(), country]))
    return ", ".join(filter(None, [street, f"{code} {city}".strip(), state, country]))


def read_lines(typed: str) -> dict[str, str]:
    """The parts of a typed address; whatever is not understood belongs to the street."""
    if has_han(typed):
        return _read_han(typed)
    lines = [" ".join(one.split()) for one in re.split(r"[\n;]", typed)]
    if len(lines) == 1:
        lines = [one.strip() for one in typed.split(",")]
    lines = [one.strip(" ,") for one in lines if one.strip(" ,")]
    at, found = _town(lines)
    if not found:
        return _by_place(lines)
    after = lines[at + 1 :]
    if len(after) > 1 and "state" not in found:
        found["state"] = after.pop(0)
    return {"street": ", ".join(lines[:at]), **found, "country": ", ".join(after)}


def _town(lines: list[str]) -> tuple[int, dict[str, str]]:
    """The line with the postal code, looked for from the end, and what it says."""
    for at in range(len(lines) - 1, -1, -1):
        here = lines[at]
        if at > 0 and (match := _STATE_CODE.fullmatch(here)):  # "Portland, OR 97201" typed on one line
            city = lines.pop(at - 1)
            lines[at - 1] = city
            return at - 1, {"city": city, "state": match[1], "postal_code": match[2]}
        if match := _CITY_STATE_CODE.fullmatch(here):
            return at, {"city": match[1], "state": match[2], "postal_code": match[3]}
        if match := _CODE_CITY.fullmatch(here):
            if at == 0 and len(lines) > 1:
                break  # "12345 Main Street": the first of several lines is a street
            return at, {"city": match[2].strip(), "postal_code": match[1]}
        if match := _CITY_CODE.fullmatch(here):
            return at, {"city": match[1], "postal_code": match[2]}
    return -1, {}


def _by_place(lines: list[str]) -> dict[str, str]:
    """Without a postal code only the order tells: street, city, country."""
    if len(lines) < 2:
        return {"street": "".join(lines)}
    if len(lines) == 2:
        return {"street": lines[0], "city": lines[1]}
    return {"street": ", ".join(lines[:-2]), "city": lines[-2], "country": lines[-1]}


def _read_han(typed: str) -> dict[str, str]:
    """中国浙江省杭州市文三路 90 号 310012: the units follow one another from large to small."""
    rest, found = " ".join(typed.split()), {}
    if code := _HAN_CODE.search(rest):
        found["postal_code"] = code[0]
        rest = f"{rest[: code.start()]} {rest[code.end() :]}".strip(" ,，")
    for part, form in (("country", _HAN_COUNTRY), ("state", _HAN_STATE), ("city", _HAN_CITY)):
        if match := form.match(rest):
            found[part] = match[0]
            rest = rest[match.end() :].lstrip(" ,，")
    return {"street": " ".join(rest.split()), **found}
