"""What the selects of the settings offer, in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_territory_currencies
from django.conf import settings
from django.utils.translation import get_language

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import Directory, directory
from kith.kernel.kit.cldr import cldr
from kith.kernel.kit.text import title_key

Options = list[tuple[str, Any]]


def spoken() -> str:
    """The language of the page, as Babel calls it."""
    return "zh_Hans" if (get_language() or "").startswith("zh") else "en"


def languages() -> Options:
    return [(code, name) for code, name in settings.LANGUAGES]


@lru_cache(maxsize=1)
def zones() -> Options:
    """Every place of the time zone database, by its region; the old short names are left out."""
    return [(one, one.replace("_", " ")) for one in sorted(available_timezones()) if "/" in one or one == "UTC"]


def countries() -> Options:
    return list(_countries(spoken()))


@lru_cache(maxsize=4)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    known = get_global("territory_currencies")
    names = cldr(language).territories
    found = [(code, names[code]) for code in known if len(code) == 2 and code in names]
    return tuple(sorted(found, key=lambda one: title_key(one[1])))


def currencies() -> Options:
    return list(_currencies(spoken()))


@lru_cache(maxsize=4)
def _currencies(language: str) -> tuple[tuple[str, str], ...]:
    """Those that are legal tender somewhere today."""
    codes = {code for land, _name in _countries("en") for code in get_territory_currencies(land)}
    names = cldr(language).currencies
    return tuple((code, f"{code} · {names[code]}" if code in names else code) for code in sorted(codes))


def weekdays() -> Options:
    names = get_day_names("wide", "stand-alone", locale=cldr(spoken()))
    return [(str(day), names[day]) for day in range(7)]


def months() -> Options:
    names = get_month_names("wide", "stand-alone", locale=cldr(spoken()))
    return [(str(month), names[month]) for month in range(1, 13)]


def roles(ctx: Context) -> Options:
    """The roles there are, as the field of users offers them."""
    return [(one.key, str(one.label)) for one in ctx.schema["users"].fields["roles"].choices]


def teams(ctx: Context) -> Options:
    """The tree of teams, each with the names above it: ``Sales › North``."""
    held = directory(ctx.schema.version)
    return sorted(((str(id), path_of(held, id)) for id in held.teams), key=lambda one: title_key(one[1]))


def path_of(held: Directory, team: Any) -> str:
    """The name of a team behind those of the teams that it is part of."""
    names: list[str] = []
    seen = set()
    while team in held.teams and team not in seen:
        seen.add(team)
        name, team = held.teams[team]
        names.insert(0, name)
    return " › ".join(names)
