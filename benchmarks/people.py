"""The companies and contacts of a benchmark, as rows of the tables they lie in, made from a seed.

``rows(world, at)`` makes a batch of companies with their contacts. The rows are what ``change_many`` would have written
of the same values (``tests/app/test_bench_company.py`` looks at that); going past it is a tenth of the time.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from kith.kernel.kit.ids import id_at
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.kit.names import join_name
from kith.kernel.kit.text import fold, pinyin, title_key
from kith.kernel.search import engines, tokens
from kith.modules.customers import sample_words as words

SEED: Final = 20_261_121
BATCH: Final = 1_000  # companies
CONTACTS: Final = (1, 2, 4, 8, 10)  # of a company; five on average
YEARS: Final = 2
RARE: Final = (500, 502)  # of a thousand companies these, with five contacts, belong to the one who sees little
CHINESE: Final = 0.3

PHONES: Final = {
    "NL": "+31 6 {8}", "DE": "+49 30 {8}", "FR": "+33 6 {8}", "PT": "+351 91{7}", "SE": "+46 70 {7}",
    "PL": "+48 60{7}", "IE": "+353 87 {7}", "CN": "+86 138 {8}",
}  # fmt: skip

# type, name, what ``add_field`` is told besides, how many of a hundred contacts have it
Custom = tuple[str, str, dict[str, Any], int]


def _choices(*labels: str) -> dict[str, Any]:
    return {"choices": [{"key": label.lower(), "labels": {"en": label}} for label in labels]}


CUSTOM: Final[tuple[Custom, ...]] = (
    ("choice", "x_region", _choices("North", "East", "South", "West", "Overseas"), 90),
    ("number", "x_score", {}, 80),
    ("date", "x_renewal", {}, 60),
    ("choice", "x_tier", _choices("Gold", "Silver", "Bronze"), 70),
    ("choice", "x_channel", _choices("Shop", "Fair", "Web", "Phone"), 50),
    ("choice", "x_diet", _choices("Vegan", "Organic", "Kosher", "Halal"), 20),
    ("number", "x_visits", {}, 60),
    ("number", "x_discount", {"options": {"decimals": 2}}, 30),
    ("number", "x_seats", {}, 30),
    ("percent", "x_share", {}, 20),
    ("text", "x_badge", {}, 40),
    ("text", "x_dock", {}, 20),
    ("text", "x_nickname", {}, 20),
    ("text", "x_assistant", {}, 10),
    ("date", "x_first_order", {}, 50),
    ("date", "x_last_visit", {}, 50),
    ("bool", "x_newsletter", {}, 80),
    ("bool", "x_samples", {}, 40),
    ("rating", "x_mood", {}, 30),
    ("url", "x_profile", {}, 20),
)
PROMOTED: Final = ("x_region", "x_score", "x_renewal")

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]

BARE: Final = {
    "version": 1, "deleted_at": None, "derived": "{}", "description": "", "state": "", "time_zone": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """Who owns what, which key each field has, when it all began, and the columns of each table in their order."""

    owners: tuple[tuple[str, str], ...]  # user and team
    rare: tuple[str, str]
    keys: dict[str, str]
    start: datetime
    companies: int
    columns: dict[str, tuple[str, ...]]
    bare: dict[str, dict[str, Any]]  # what each table's columns hold that nobody fills


def rows(world: World, at: int) -> Tables:
    """The rows of the companies ``at`` to ``at + BATCH``, each table's in the order of its ids."""
    chance = random.Random(SEED + at)
    out: Tables = defaultdict(list)
    people: list[tuple[datetime, dict[str, Any]]] = []
    span = timedelta(days=365 * YEARS - 60)
    for number in range(at, min(at + BATCH, world.companies)):
        moment = world.start + span * (number / world.companies) + timedelta(seconds=chance.random())
        owner = world.rare if number % 1000 in RARE else chance.choice(world.owners)
        company = _company(chance, moment, owner)
        _write(world, out, chance, company, "companies", "kith_company")
        for _one in range(CONTACTS[number % len(CONTACTS)]):
            later = moment + timedelta(seconds=1 + chance.random() * 3600)
            people.append((later, _contact(world, chance, later, owner, company)))
    for _later, person in sorted(people, key=lambda one: one[0]):
        _write(world, out, chance, person, "contacts", "kith_contact")
    return out


def values(world: World, chance: random.Random) -> dict[str, Any]:
    """A new contact as a client would send it, a reference-free one."""
    moment = world.start
    made = _contact(world, chance, moment, ("", ""), {"id": None, "name": "", "domain": "harbour.example"})
    names = {key: name for name, key in world.keys.items()}
    custom = {names[key]: value for key, value in json.loads(made["custom"]).items()}
    plain = ("job_title", "street", "city", "postal_code", "country", "source", "lifecycle_stage", "language")
    return {
        "first_name": made["first_name"],
        "last_name": made["last_name"],
        "emails": [one["value"] for one in made["_points"] if one["kind"] == "email"],
        "phones": [one["value"] for one in made["_points"] if one["kind"] == "phone"],
        "tags": json.loads(made["tags"]),
        **{name: made[name] for name in plain if made[name]},
        **custom,
    }


def _company(chance: random.Random, moment: datetime, owner: tuple[str, str]) -> dict[str, Any]:
    chinese = chance.random() < CHINESE
    place = chance.choice(words.CITIES_ZH if chinese else words.CITIES)
    name, industry, base = _company_name(chance, chinese, place[0])
    domain = f"{base}{chance.randrange(10_000)}.example"
    return {
        **_common(chance, moment, owner),
        **_address(chance, place),
        "name": name,
        "title_key": _title(name, False),
        "industry": industry,
        "domain": domain,
        "website": f"https://{domain}",
        "employees": int(chance.paretovariate(0.9) * 4) % 100_000,
        "annual_revenue": (revenue := chance.randrange(20, 4000) * 10_000_000),
        "annual_revenue_base": revenue,
        "annual_revenue_currency": "EUR",
        "lifecycle_stage": chance.choice(("lead", "lead", "prospect", "customer", "customer", "partner")),
        "source": chance.choice(words.SOURCES_ZH if chinese else words.SOURCES),
        "tags": _tags(chance, chinese, 3),
        "parent_id": None,
        "custom": "{}",
        "_points": [
            _email(f"info@{domain}", True, 0),
            _phone(chance, place[1], True, 0),
            _point("domain", domain, domain, True, 0),
        ],
        "_texts": lambda one: [
            one["name"],
            domain,
            *_reached(one),
            industry,
            *_tagged(one),
            one["city"],
            one["street"],
        ],
    }


def _company_name(chance: random.Random, chinese: bool, city: str) -> tuple[str, str, str]:
    if chinese:
        kind, industry = chance.choice(words.KINDS_ZH)
        name = chance.choice(words.NAMES_ZH) + chance.choice(words.NAMES_ZH)
        return f"{city}{name}{kind}{chance.choice(words.LEGAL_ZH)}", industry, _sound(name)
    kind, industry = chance.choice(words.KINDS)
    name = f"{chance.choice(words.ADJECTIVES)} {chance.choice(words.LAST)} {kind}"
    return f"{name} {chance.choice(words.LEGAL)}".strip(), industry, _letters(name)


def _contact(
    world: World, chance: random.Random, moment: datetime, owner: tuple[str, str], company: dict[str, Any]
) -> dict[str, Any]:
    first, last, chinese = _name(chance)
    place = chance.choice(words.CITIES_ZH if chinese else words.CITIES)
    local = _sound(last + first) if chinese else f"{_letters(first)}.{_letters(last)}"
    domain = company["domain"]
    emails = [_email(f"{local}{chance.randrange(1000)}@{domain}", True, 0)] if chance.random() < 0.95 else []
    if emails and chance.random() < 0.15:
        emails.append(_email(f"{local}{chance.randrange(10_000)}@post.example", False, 1))
    phones = [_phone(chance, place[1], True, 0)] if chance.random() < 0.9 else []
    if phones and chance.random() < 0.25:
        phones.append(_phone(chance, place[1], False, 1))
    name = join_name(first, last, NEUTRAL)
    job, company_name = chance.choice(words.TITLES_ZH if chinese else words.TITLES), company["name"]
    custom = _custom(world, chance)
    known = [
        custom[world.keys[one]]
        for one in ("x_badge", "x_dock", "x_nickname", "x_assistant")
        if world.keys[one] in custom
    ]
    made = {
        **_common(chance, moment, owner),
        **_address(chance, place),
        "first_name": first,
        "last_name": last,
        "title_key": _title(name, True),
        "salutation": "",
        "job_title": job,
        "department": "",
        "birthday": str((datetime(1960, 1, 1) + timedelta(days=chance.randrange(15_000))).date())
        if chance.random() < 0.3
        else None,
        "company_id": company["id"],
        "lifecycle_stage": chance.choice(("lead", "prospect", "customer", "customer")),
        "source": chance.choice(words.SOURCES_ZH if chinese else words.SOURCES),
        "tags": _tags(chance, chinese, 2),
        "language": "zh" if chinese else "en",
        "custom": json.dumps(custom, ensure_ascii=False, separators=(",", ":")),
        "_points": emails + phones,
    }
    made["_texts"] = lambda one: [
        name, *_reached(one), company_name, job, *_tagged(one), one["city"], one["street"], *known,
    ]  # fmt: skip
    return made


def _name(chance: random.Random) -> tuple[str, str, bool]:
    """First and last name. The first words of each list are commoner than the last, as names are."""
    if chance.random() < CHINESE:
        return _often(chance, words.GIVEN_ZH), _often(chance, words.FAMILY_ZH), True
    last = _often(chance, words.LAST)
    if chance.random() < 0.3:
        last = f"{last}-{chance.choice(words.LAST)}"
    return _often(chance, words.FIRST), last, False


def _often(chance: random.Random, among: Any) -> str:
    return str(among[int(len(among) * chance.random() ** 1.7)])


def _common(chance: random.Random, moment: datetime, owner: tuple[str, str]) -> dict[str, Any]:
    updated = moment + timedelta(days=chance.random() * 50 if chance.random() < 0.4 else 0)
    return BARE | {
        "id": id_at(moment, chance).hex,
        "created_at": _moment(moment),
        "updated_at": _moment(updated),
        "created_by_id": owner[0],
        "owner_id": owner[0],
        "team_id": owner[1],
    }


def _moment(at: datetime) -> str:
    return str(at.replace(tzinfo=None))


def _address(chance: random.Random, place: words.Place) -> dict[str, str]:
    city, country, postal, streets, _phone = place
    return {
        "street": _digits(chance, chance.choice(streets)),
        "city": city,
        "postal_code": _digits(chance, postal),
        "country": country,
    }


def _digits(chance: random.Random, pattern: str) -> str:
    return re.sub("#+", lambda found: str(chance.randrange(1, 10 ** max(2, len(found[0])))), pattern)


def _email(value: str, primary: bool, place: int) -> dict[str, Any]:
    return _point("email", value, value.casefold(), primary, place)


def _phone(chance: random.Random, country: str, primary: bool, place: int) -> dict[str, Any]:
    def some(found: re.Match[str]) -> str:
        return str(chance.randrange(10 ** (int(found[1]) - 1), 10 ** int(found[1])))

    value = re.sub(r"\{(\d)\}", some, PHONES[country])
    return _point("phone", value, re.sub(r"\D", "", value), primary, place)


def _point(kind: str, value: str, key: str, primary: bool, place: int) -> dict[str, Any]:
    return {"kind": kind, "field": f"{kind}s", "value": value, "key": key, "primary": primary, "position": place}


def _tags(chance: random.Random, chinese: bool, most: int) -> str:
    found = chance.sample(words.TAGS_ZH if chinese else words.TAGS, chance.randrange(most))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _tagged(one: dict[str, Any]) -> list[str]:
    return [" ".join(json.loads(one["tags"]))]


def _reached(one: dict[str, Any]) -> Iterator[str]:
    for point in one["_points"]:
        yield f"{point['value']}\n{point['key']}" if point["kind"] == "phone" else point["value"]


def _custom(world: World, chance: random.Random) -> dict[str, Any]:
    return {
        world.keys[name]: _value(chance, kind, name, more)
        for kind, name, more, share in CUSTOM
        if chance.random() * 100 < share
    }


def _value(chance: random.Random, kind: str, name: str, more: dict[str, Any]) -> Any:
    if kind == "choice":
        return chance.choice(more["choices"])["key"]
    if kind == "number":
        return chance.randrange(10_000) / 100 if more else chance.randrange(1_000)
    if kind == "percent":
        return chance.randrange(1, 100)
    if kind == "date":
        return str((datetime(2025, 1, 1) + timedelta(days=chance.randrange(900))).date())
    if kind == "bool":
        return chance.random() < 0.5
    if kind == "rating":
        return chance.randrange(1, 6)
    if kind == "url":
        return f"https://people.example/{chance.randrange(10**6)}"
    return f"{name[2:]} {chance.randrange(10**5)}"


def _write(world: World, out: Tables, chance: random.Random, one: dict[str, Any], object: str, table: str) -> None:
    """The row itself, its points, its facets and its search document."""
    id = one["id"]
    kinds = {point["kind"]: point["value"] for point in reversed(one["_points"])}
    row = world.bare[table] | one | {"email": kinds.get("email", ""), "phone": kinds.get("phone", "")}
    out[table].append(tuple(row[name] for name in world.columns[table]))
    out["kith_contact_point"] += [
        (_part(id, chance), object, id, point["field"], point["kind"], "", point["value"], point["key"],
         point["primary"], "", point["position"])
        for point in one["_points"]
    ]  # fmt: skip
    out["kith_facet"] += [(_part(id, chance), object, "tags", _folded(word), id) for word in json.loads(one["tags"])]
    scopes = [f"own{one['owner_id']}", f"tea{one['team_id']}"]
    body = engines.body([*tokens.of_texts(one["_texts"](one)), tokens.of_object(object), *scopes])
    out["kith_search_doc"].append((object, id, one["title_key"], body))


def _part(id: str, chance: random.Random) -> str:
    """An id for a row beside a record, of the same moment."""
    return f"{id[:16]}{chance.getrandbits(62) | 1 << 63:016x}"


@cache
def _folded(word: str) -> str:
    return fold(word)


@cache
def _title(name: str, person: bool) -> str:
    return title_key(name, name=person)


@cache
def _sound(name: str) -> str:
    return pinyin(name, name=True)[0]


@cache
def _letters(name: str) -> str:
    return re.sub("[^a-z]", "", fold(name))
