"""The customers of the sample company: from a seed, coherent, in two languages, with a history and with dirt in it on
purpose.

Everything goes through ``change_many`` in the name of the person who would have done it, dated back, so that history,
undo and search show what they would after two years of work.
"""

from __future__ import annotations

import random
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.api import Context, Item, acting_as, change_many, filter_from_json, fold, now, pinyin, read, sample_people
from kith.modules.customers import sample_words as words
from kith.modules.customers.companies import OPEN

SIZES: Final = {"small": (300, 1_200), "large": (200_000, 1_000_000)}
YEARS: Final = 2
BATCH: Final = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Salesperson:
    """Who sells where: their context, and whether their customers are Chinese."""

    ctx: Context
    chinese: bool


def seed(ctx: Context, chance: random.Random, size: str) -> list[Callable[[random.Random], None]]:
    """Fill the customers' tables. ``size``: small (300 companies, 1,200 contacts) or large (200,000 and 1,000,000).

    The small company is made here and now; of the large one come pieces, which may be made in any order and side by
    side.
    """
    companies, contacts = SIZES[size]
    sellers = list(_salespeople(ctx))
    start = now() - timedelta(days=365 * YEARS)
    _views(sellers[0].ctx)
    if size == "small":
        made = _companies(chance, sellers, companies, start)
        _contacts(chance, made, contacts, start)
        _groups(chance, made)
        _needs(chance, made, start)
        _consents(chance, made)
        _years(chance, made, start)
        return []
    edges = [*range(0, companies, BATCH), companies]
    return [partial(_piece, sellers, start, (here, there), (companies, contacts)) for here, there in pairwise(edges)]


def _views(ctx: Context) -> None:
    """A tab over each list, which everybody sees."""
    shown: dict[str, tuple[str, list[Any]]] = {
        "companies": (_("Customers in China"), [_is("country", "CN"), _is("lifecycle_stage", "customer")]),
        "contacts": (_("Leads without an e-mail"), [_is("lifecycle_stage", "lead"), _is("email", op="empty")]),
        "needs": (_("Urgent and open"), [_is("urgency", "high"), OPEN]),
    }
    items = [
        Item({"name": name, "of": object, "filter": where, "shared": "everybody"}, verb="create")
        for object, (name, where) in shown.items()
    ]
    change_many(ctx, ctx.schema["views"], items)


def _is(field: str, value: Any = None, op: str = "eq") -> dict[str, Any]:
    return {"field": field, "op": op} if value is None else {"field": field, "op": op, "value": value}


def _piece(
    sellers: Sequence[Salesperson],
    start: datetime,
    part: tuple[int, int],
    whole: tuple[int, int],
    chance: random.Random,
) -> None:
    """Companies from one number to another of the whole, with their contacts: those that began in one and the same
    time, since ids sort by it. Strewn over both years they went to all pages of every index, and the sixth piece took
    two fifths more than the first (21.7 s and 15.1).
    """
    here, there = part
    companies, contacts = whole
    made = _companies(chance, sellers, there - here, start, here / companies, there / companies)
    _contacts(chance, made, round(contacts * (there - here) / companies), start)
    _groups(chance, made)


def _salespeople(ctx: Context) -> Iterator[Salesperson]:
    """Of the sample's own people: nobody who is here already is given its customers."""
    page = read.by_ids(ctx, ctx.schema["users"], sample_people(), ("roles", "language"))
    for row in sorted(page.rows, key=lambda one: one.id):
        if "member" in row["roles"] and (theirs := acting_as(ctx, row.id)) is not None:
            yield Salesperson(theirs, str(row["language"]).startswith("zh"))


@dataclass(frozen=True, slots=True)
class Customer:
    """A company that was made, and who looks after it."""

    id: uuid.UUID
    seller: Salesperson
    name: str
    domain: str
    at: datetime


def _companies(
    chance: random.Random,
    sellers: Sequence[Salesperson],
    count: int,
    start: datetime,
    earliest: float = 0.0,
    latest: float = 1.0,
) -> list[Customer]:
    """``earliest`` and ``latest``: the share of all companies that came before these, and with them."""
    wanted: dict[Salesperson, list[tuple[Item, str, str]]] = defaultdict(list)
    for _number in range(count):
        seller = chance.choice(sellers)
        place = chance.choice(words.CITIES_ZH if seller.chinese else words.CITIES)
        name, industry, domain = _company_name(chance, seller.chinese, place[0])
        at = start + timedelta(days=(earliest + chance.random() * (latest - earliest)) ** 1.6 * 700)
        wanted[seller].append(
            (Item(_company(chance, seller.chinese, name, industry, domain, place), verb="create", at=at), name, domain)
        )
    made: list[Customer] = []
    for seller, group in wanted.items():
        group.sort(key=lambda one: one[0].at or start)
        changes = change_many(seller.ctx, seller.ctx.schema["companies"], [item for item, _name, _domain in group])
        made += [
            Customer(one.id, seller, name, domain, item.at or start)
            for one, (item, name, domain) in zip(changes, group, strict=True)
        ]
    return made


def _company_name(chance: random.Random, chinese: bool, city: str) -> tuple[str, str, str]:
    if chinese:
        kind, industry = chance.choice(words.KINDS_ZH)
        name = chance.choice(words.NAMES_ZH) + chance.choice(("", "", chance.choice(words.NAMES_ZH)))
        return (
            f"{city}{name}{kind}{chance.choice(words.LEGAL_ZH)}",
            industry,
            f"{pinyin(name)[0]}{chance.randrange(100)}.example",
        )
    kind, industry = chance.choice(words.KINDS)
    name = f"{chance.choice(words.ADJECTIVES)} {kind}"
    return (
        f"{name} {chance.choice(words.LEGAL)}".strip(),
        industry,
        f"{re.sub('[^a-z]', '', fold(name))}{chance.randrange(1000)}.example",
    )


def _company(
    chance: random.Random, chinese: bool, name: str, industry: str, domain: str, place: words.Place
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": name,
        "industry": industry,
        "domains": [domain, *([domain.replace(".example", "-shop.example")] if chance.random() < 0.2 else [])],
        "website": f"https://{domain}",
        "employees": int(chance.paretovariate(0.9) * 4) if chance.random() < 0.8 else None,
        "annual_revenue": {"amount": str(chance.randrange(20, 4000) * 1000), "currency": "CNY" if chinese else "EUR"}
        if chance.random() < 0.6
        else None,
        "lifecycle_stage": chance.choice(("lead", "lead", "prospect", "customer", "customer", "partner")),
        "source": chance.choice(words.SOURCES_ZH if chinese else words.SOURCES),
        "tags": chance.sample(words.TAGS_ZH if chinese else words.TAGS, chance.randrange(3)),
        "emails": [f"info@{domain}"],
        **_address(chance, place),
    }
    return values


def _address(chance: random.Random, place: words.Place) -> dict[str, Any]:
    city, country, postal, streets, phone = place
    dirty = chance.random() < 0.05  # on purpose: the data that people really type
    return {
        "street": _digits(chance, chance.choice(streets)),
        "city": city.upper() if dirty else city,
        "postal_code": _digits(chance, postal),
        "country": country,
        "phone": _digits(chance, phone) if not dirty else "ask reception",
    }


def _digits(chance: random.Random, pattern: str) -> str:
    return re.sub(
        "#+",
        lambda found: (
            "".join(str(chance.randrange(1, 10)) for _one in found[0])
            if len(found[0]) > 1
            else str(chance.randrange(1, 99))
        ),
        pattern,
    )


def _contacts(chance: random.Random, companies: Sequence[Customer], count: int, start: datetime) -> None:
    wanted: dict[Salesperson, list[Item]] = defaultdict(list)
    for _number in range(count):
        customer = chance.choice(companies)
        values = _contact(chance, customer)
        at = customer.at + timedelta(days=chance.random() * 60, minutes=chance.randrange(600))
        wanted[customer.seller].append(Item(values, verb="create", at=min(at, now())))
        if chance.random() < 0.03:  # on purpose: the same person again, typed by somebody in a hurry
            again = {**values, "name": str(values["name"]).upper(), "phone": "", "job_title": ""}
            wanted[customer.seller].append(Item(again, verb="create", at=min(at + timedelta(days=40), now())))
    for seller, items in wanted.items():
        items.sort(key=lambda one: one.at or start)
        change_many(seller.ctx, seller.ctx.schema["contacts"], items)


def _contact(chance: random.Random, customer: Customer) -> dict[str, Any]:
    chinese = customer.seller.chinese
    if chinese:
        name = chance.choice(words.FAMILY_ZH) + chance.choice(words.GIVEN_ZH)
        local = pinyin(name, name=True)[0]
    else:
        first, last = chance.choice(words.FIRST), chance.choice(words.LAST)
        name, local = f"{first} {last}", f"{fold(first)[:1]}.{re.sub('[^a-z]', '', fold(last))}"
    place = _address(chance, chance.choice(words.CITIES_ZH if chinese else words.CITIES))
    born = datetime(1960, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(15_000))
    return {
        "name": name,
        "job_title": chance.choice(words.TITLES_ZH if chinese else words.TITLES),
        "company": customer.id,
        "emails": [f"{local}{chance.randrange(10)}@{customer.domain}"] if chance.random() < 0.95 else [],
        "phone": place.pop("phone"),
        "birthday": born.date().isoformat() if chance.random() < 0.3 else None,
        "lifecycle_stage": chance.choice(("lead", "prospect", "customer", "customer")),
        "source": chance.choice(words.SOURCES_ZH if chinese else words.SOURCES),
        "tags": chance.sample(words.TAGS_ZH if chinese else words.TAGS, chance.randrange(2)),
        "language": "zh" if chinese else "en",
        **(place if chance.random() < 0.5 else {}),
        "addresses": [_elsewhere(chance, chinese)] if chance.random() < 0.1 else [],
    }


def _elsewhere(chance: random.Random, chinese: bool) -> dict[str, Any]:
    """A second address: where the bills go, or home."""
    place = _address(chance, chance.choice(words.CITIES_ZH if chinese else words.CITIES))
    del place["phone"]
    return {"kind": chance.choice(("billing", "home")), **place}


def _needs(chance: random.Random, companies: Sequence[Customer], start: datetime) -> None:
    wanted: dict[Salesperson, list[Item]] = defaultdict(list)
    for customer in chance.sample(list(companies), len(companies) * 2 // 3):
        values = {
            "title": chance.choice(words.NEEDS_ZH if customer.seller.chinese else words.NEEDS),
            "status": chance.choice(("open", "open", "checking", "offered", "met", "dropped")),
            "urgency": chance.choice(("low", "normal", "normal", "high", "urgent")),
            "budget": {
                "amount": str(chance.randrange(5, 900) * 100),
                "currency": "CNY" if customer.seller.chinese else "EUR",
            },
            "company": customer.id,
            "source": chance.choice(words.SOURCES_ZH if customer.seller.chinese else words.SOURCES),
        }
        at = min(customer.at + timedelta(days=chance.random() * 300), now())
        wanted[customer.seller].append(Item(values, verb="create", at=at))
    for seller, items in wanted.items():
        items.sort(key=lambda one: one.at or start)
        change_many(seller.ctx, seller.ctx.schema["needs"], items)


def _groups(chance: random.Random, companies: Sequence[Customer]) -> None:
    """One in eight heads a group: two to five others of the same seller lie below it, some on a third level."""
    free: dict[Salesperson, list[Customer]] = defaultdict(list)
    for one in companies:
        free[one.seller].append(one)
    for seller, those in free.items():
        items: list[Item] = []
        chance.shuffle(those)
        for _number in range(max(1, len(companies) // 8 // len(free))):
            group = [those.pop() for _one in range(min(chance.randrange(3, 7), len(those)))]
            for place, one in enumerate(group[1:], 1):
                above = group[1] if place > 3 else group[0]
                at = min(max(one.at, above.at) + timedelta(days=chance.random() * 90), now())
                items.append(Item({"parent": above.id}, one.id, at=at))
        items.sort(key=lambda one: one.at or now())
        change_many(seller.ctx, seller.ctx.schema["companies"], items)


def _consents(chance: random.Random, companies: Sequence[Customer]) -> None:
    """What a third of the people said about news and invitations; some took it back."""
    sellers = {one.seller for one in companies}
    for seller in sorted(sellers, key=lambda one: str(one.ctx.actor.user)):
        spec, items = seller.ctx.schema["contacts"], list[Item]()
        where = filter_from_json({"field": "owner", "op": "eq", "value": str(seller.ctx.actor.user)})
        for page in read.every(seller.ctx, spec, read.Query(where, ("name",), ("name", "created_at"))):
            for row in page.rows:
                if chance.random() < 0.34:
                    items += list(_said(chance, seller, row))
        items.sort(key=lambda one: one.at or now())
        change_many(seller.ctx, seller.ctx.schema["consents"], items)


def _said(chance: random.Random, seller: Salesperson, row: Any) -> Iterator[Item]:
    source = chance.choice(words.CONSENT_SOURCES_ZH if seller.chinese else words.CONSENT_SOURCES)
    evidence = words.EVIDENCE_ZH if seller.chinese else words.EVIDENCE
    for purpose, channel in chance.sample((("marketing", "email"), ("events", "email"), ("marketing", "phone")), 2):
        given = min(row["created_at"] + timedelta(days=chance.random() * 30), now())
        values: dict[str, Any] = {"contact": row.id, "purpose": purpose, "channel": channel, "source": source}
        values |= {"status": "given", "given_at": given.isoformat(), "evidence": evidence}
        if chance.random() < 0.15:
            withdrawn = min(given + timedelta(days=chance.random() * 200), now())
            values |= {"status": "withdrawn", "withdrawn_at": withdrawn.isoformat()}
        elif chance.random() < 0.2:
            values["expires_on"] = (given + timedelta(days=365 * 3)).date().isoformat()
        yield Item(values, verb="create", at=given)


def _years(chance: random.Random, companies: Sequence[Customer], start: datetime) -> None:
    """What two years of work change: stages move on, people are hired, addresses get corrected."""
    for month in range(12 * YEARS):
        first = start + timedelta(days=month * 30)
        wanted: dict[Salesperson, list[Item]] = defaultdict(list)
        for customer in companies:
            if customer.at < first and chance.random() < 0.12:
                values = chance.choice(
                    (
                        {"lifecycle_stage": chance.choice(("prospect", "customer", "customer", "partner", "former"))},
                        {"employees": int(chance.paretovariate(0.9) * 6)},
                        {
                            "street": _address(
                                chance, chance.choice(words.CITIES_ZH if customer.seller.chinese else words.CITIES)
                            )["street"]
                        },
                        {"source": chance.choice(words.SOURCES_ZH if customer.seller.chinese else words.SOURCES)},
                    )
                )
                wanted[customer.seller].append(
                    Item(values, customer.id, at=first + timedelta(days=chance.random() * 29))
                )
        for seller, items in wanted.items():
            change_many(seller.ctx, seller.ctx.schema["companies"], sorted(items, key=lambda one: one.at or start))
