"""A company with some sixty samples in every state that a filter, an order or a sum must get right: nulls, empties,
links, user-made values, records that only some may see. Made through the write path, the same in every run."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kith.api import Role, Team, User
from kith.kernel.accounts import directory
from kith.kernel.accounts.context import Context, system
from kith.kernel.kit import dates
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.kit.text import title_key
from kith.kernel.policy import mask
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.records import read, shape
from kith.kernel.records.change import Item, change, change_many, delete
from kith.kernel.schema import load
from tests.world import forget

WORDS = (
    "",
    "Berlin",
    "berlin",
    "BERLIN wall",
    "Bonn",
    "b",
    "100%",
    "a_b",
    "axb",
    "O'Hare",
    "back\\slash",
    "naïve",
    "王小明",
    "two words",
    "Ω",
    "b\tc",
)
MONEY = (
    {"amount": "12.5", "currency": "USD"},
    {"amount": "99", "currency": "EUR"},
    {"amount": "10", "currency": "EUR"},
)
TAGS = ("vip", "beta", "Key Account", "王")
OFFSETS = (-400, -95, -31, -30, -29, -8, -1, 0, 1, 6, 29, 30, 31, 100, 370)
"""Days from today that lie on both sides of the ends of periods."""


@dataclass
class Plenty:
    """What was made. ``samples`` are all values as the system reads them, by id."""

    people: dict[str, uuid.UUID] = field(default_factory=dict)
    teams: dict[str, uuid.UUID] = field(default_factory=dict)
    companies: list[uuid.UUID] = field(default_factory=list)
    contacts: list[uuid.UUID] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)  # type of a user-made field of samples -> its API name

    def ctx(self, name: str) -> Context:
        if name == "system":
            return system("test")
        actor = directory.directory(load.version()).actor(self.people[name])
        assert actor is not None
        return Context(actor, "test", load.current())

    def rows(self, name: str, object: str) -> dict[uuid.UUID, dict[str, Any]]:
        """All records of an object that an actor sees, with all values that they see."""
        ctx = self.ctx(name)
        spec = ctx.schema[object]
        pages = read.every(ctx, spec, read.Query(fields=tuple(mask.readable(ctx, spec))))
        return {row.id: dict(row.values) | {"id": row.id} for page in pages for row in page.rows}


def build(samples: int = 60, seed: int = 7) -> Plenty:
    """Everything, in an empty, migrated database."""
    made, dice = Plenty(), random.Random(seed)
    ensure_roles(Role)
    forget()
    _people(made)
    _fields(made)
    _others(made, dice)
    _samples(made, dice, samples)
    forget()
    return made


def _people(made: Plenty) -> None:
    now = dates.now()
    for name in ("North", "South"):
        row = Team(name=name, title_key=title_key(name), created_at=now, updated_at=now)
        row.save()
        made.teams[name] = row.pk
    for name, team, role in (
        ("olga", "North", "member"),
        ("tim", "North", "read_only"),
        ("stella", "South", "member"),
        ("ada", None, "administrator"),
    ):
        team_id = made.teams[team] if team else None
        user = User.objects.create_user(f"{name}@kith.example", None, name=name.title(), team_id=team_id, roles=[role])
        made.people[name] = user.pk
    load.bump()
    forget()


def _fields(made: Plenty) -> None:
    choices = [{"labels": {"en": "Near", "zh-hans": "近"}}, {"labels": {"en": "Far", "zh-hans": "远"}}]
    wanted: dict[str, dict[str, Any]] = {
        "text": {},
        "number": {"options": {"decimals": 2}},
        "bool": {},
        "date": {},
        "datetime": {},
        "choice": {"choices": choices},
        "multi_choice": {"choices": choices},
        "money": {},
        "reference": {"target": "companies"},
        "references": {"target": "contacts"},
    }
    for type, more in wanted.items():
        made.own[type] = shape.add_field(
            made.ctx("ada"), "samples", type, {"en": f"My {type}", "zh-hans": f"我的{type}"}, **more
        ).name
        forget()


def _others(made: Plenty, dice: random.Random) -> None:
    root = system("test")
    people = [None, *made.people.values()]
    teams = [None, *made.teams.values()]
    for place in range(9):
        values = {
            "name": f"Company {place % 7}",  # two are namesakes
            "industry": dice.choice(WORDS[:6]),
            "city": dice.choice(WORDS[:6]),
            "employees": dice.choice([None, 0, 5, 50]),
            "parent": dice.choice([None, *made.companies]),
            "owner": dice.choice(people),
            "team": dice.choice(teams),
            "emails": dice.choice([[], [f"info@c{place}.example"]]),
        }
        made.companies.append(change(root, root.schema["companies"], None, values).id)
    for place in range(8):
        values = {
            "last_name": f"Contact {place}",
            "company": dice.choice([None, *made.companies]),
            "owner": dice.choice(people),
            "team": dice.choice(teams),
        }
        made.contacts.append(change(root, root.schema["contacts"], None, values).id)


def _samples(made: Plenty, dice: random.Random, count: int) -> None:
    root = system("test")
    spec = root.schema["samples"]
    items = [Item(_values(made, dice, place), verb="create") for place in range(count)]
    done = change_many(root, spec, items)
    for one in dice.sample(done, min(4, count)):  # in the bin: nobody finds them
        delete(root, spec, one.id)


def _values(made: Plenty, dice: random.Random, place: int) -> dict[str, Any]:
    today = dates.today(NEUTRAL)

    def day() -> Any:
        return dice.choice([None, (today + timedelta(days=dice.choice(OFFSETS))).isoformat()])

    def moment() -> Any:
        start = datetime.combine(today, datetime.min.time(), UTC) + timedelta(days=dice.choice(OFFSETS))
        return dice.choice([None, (start + timedelta(seconds=dice.choice([0, 0, 1, 43_200, 86_399]))).isoformat()])

    mails = dice.sample(["a@x.example", "B@x.example", "c.d@y.example"], dice.randrange(3))
    values = {
        "title": dice.choice(WORDS[1:]),
        "word": dice.choice(WORDS),
        "count": dice.choice([None, 0, 1, 2, 10, 1000]),
        "ratio": dice.choice([None, Decimal("0"), Decimal("0.5"), Decimal("-1.25"), Decimal("12.345")]),
        "active": dice.choice([True, False]),
        "day": day(),
        "moment": moment(),
        "stage": dice.choice(["", "new", "open", "done"]),
        "emails": mails,
        "phones": dice.sample(["+49 30 1234567", "+1 202 555 0100"], dice.randrange(3)),
        "company": dice.choice([None, *made.companies]),
        "helpers": [str(one) for one in dice.sample(made.contacts, dice.randrange(3))],
        "topics": dice.sample(TAGS, dice.randrange(3)),
        "stages": dice.sample(["new", "open", "done"], dice.randrange(3)),
        "plain": dice.choice(["", "Two\nlines of Berlin", "bonn"]),
        "share": dice.choice([None, Decimal("12.5"), Decimal(0), Decimal(100)]),
        "length": dice.choice([None, 0, 60, 5400]),
        "price": dice.choice([None, *MONEY]),
        "link": dice.choice(["", "https://Berlin.example/a_b", "https://bonn.example"]),
        "person": dice.choice(
            [None, {"first_name": "Mara", "last_name": "Vogt"}, {"first_name": "小明", "last_name": "王"}]
        ),
        "address": dice.choice(
            [None, {"city": "Berlin", "country": "Germany"}, {"city": "Bonn", "street": "Am Hof 1"}]
        ),
        "extra": dice.choice([{}, {"note": "x"}]),
        "owner": dice.choice([None, *made.people.values()]),
        "team": dice.choice([None, *made.teams.values()]),
        made.own["text"]: dice.choice([None, *WORDS[1:]]),
        made.own["number"]: dice.choice([None, Decimal("0"), Decimal("2.5"), Decimal("-10"), Decimal("12345.67")]),
        made.own["bool"]: dice.choice([None, True, False]),
        made.own["date"]: day(),
        made.own["datetime"]: moment(),
        made.own["choice"]: dice.choice([None, "near", "far"]),
        made.own["multi_choice"]: dice.choice([[], ["near"], ["near", "far"]]),
        made.own["money"]: dice.choice([None, *MONEY]),
        made.own["reference"]: dice.choice([None, *map(str, made.companies)]),
        made.own["references"]: [str(one) for one in dice.sample(made.contacts, dice.randrange(3))],
    }
    return {name: one for name, one in values.items() if one is not None}
