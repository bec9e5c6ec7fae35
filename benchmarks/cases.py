"""What is asked of the server: each case as requests, made for one persona out of what lies in the database.

A case is a function ``(known) -> requests``. The sizes of answers are known from the seed, so a wrong one counts as
wrong, not as fast.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.db.models import QuerySet

from benchmarks import people
from benchmarks.load import Request
from benchmarks.seed import sample
from kith.kernel.accounts.context import Context, system
from kith.kernel.accounts.directory import acting_as
from kith.kernel.records import page, read
from kith.kernel.schema.models import CustomField
from kith.modules.customers.contacts import Contact

API: Final = "/api/v1"
LIMIT: Final = 50
MANY: Final = 400  # different requests of a case
COLUMNS: Final = "name,company,email,phone,job_title,tags,owner,updated_at"  # of the list page


@dataclass(frozen=True, slots=True)
class Known:
    """One persona, and some of the contacts that it sees: those of the administrator for whoever sees none."""

    persona: str
    ctx: Context
    count: int  # contacts that it sees
    some: Sequence[Any]  # id, first name, last name, phone, e-mail address
    keys: dict[str, str]

    @property
    def most(self) -> int:
        return min(LIMIT, self.count)

    def chance(self) -> random.Random:
        return random.Random(people.SEED)


def known(persona: str, user: str) -> Known:
    """What the requests of a persona are made of."""
    rows: QuerySet[Any] = Contact.objects.filter(deleted_at=None)
    ctx = acting_as(system(), read.identity(user))  # type: ignore[arg-type]
    assert ctx is not None
    mine = rows if persona == "administrator" else rows.filter(owner=user)
    count = mine.count()
    ids = list((mine if count else rows).values_list("pk", flat=True))
    chosen = random.Random(people.SEED).sample(ids, min(MANY, len(ids)))
    columns = ("pk", "first_name", "last_name", "phone", "email")
    found = {row[0]: row for row in rows.filter(pk__in=chosen).values_list(*columns)}
    keys = dict(CustomField.objects.values_list("name", "pk"))
    return Known(persona, ctx, count, [found[id] for id in chosen], {name: f"f{key}" for name, key in keys.items()})


Case = Callable[[Known], list[Request]]


def _get(path: str, low: int, high: int, **params: Any) -> Request:
    written = {
        name: json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else one for name, one in params.items()
    }
    return Request(
        "GET", f"{API}{path}{'?' if params else ''}{urlencode(written, quote_via=quote)}", 200, b"", low=low, high=high
    )


def _list(here: Known, low: int | None = None, **params: Any) -> Request:
    """A page of the columns of the list, with its count, as the list page asks for it."""
    return _get(
        "/contacts", here.most if low is None else min(low, here.most), here.most, fields=COLUMNS, limit=LIMIT, **params
    )


def first(here: Known) -> list[Request]:
    return [_list(here)]


def newest(here: Known) -> list[Request]:
    return [_list(here, sort="-updated_at")]


def whole(here: Known) -> list[Request]:
    """All fields, as a client gets them that does not choose."""
    return [_get("/contacts", here.most, here.most, limit=LIMIT)]


def uncounted(here: Known) -> list[Request]:
    return [_list(here, count="false")]


def deep(here: Known) -> list[Request]:
    """Pages around the middle of the list."""
    spec = here.ctx.schema["contacts"]
    rows = Contact.objects.filter(deleted_at=None)
    if here.persona != "administrator":
        rows = rows.filter(owner=here.ctx.actor.user)
    keys = read.order(here.ctx, spec, ())
    made = []
    for share in range(40, 60, 4):
        at = here.count * share // 100
        found = rows.order_by("title_key", "pk").values_list("title_key", "pk")[at : at + 1]
        for row in found or [("m", next(iter(here.some))[0])]:
            low = min(LIMIT, max(0, here.count - at - 1))
            made.append(_get("/contacts", low, LIMIT, fields=COLUMNS, limit=LIMIT, after=page.encode(row, keys)))
    return made


def _where(*parts: tuple[str, str, Any]) -> dict[str, Any]:
    return {"and": [{"field": field, "op": op, "value": value} for field, op, value in parts]}


def filtered(here: Known) -> list[Request]:
    """One owner in one city, the newest first, as a salesperson looks at a trip."""
    owners = list(Contact.objects.exclude(owner=None).values_list("owner", flat=True)[:300])
    who = sorted(set(owners))[:5] if here.persona == "administrator" else [here.ctx.actor.user]
    cities = ("Berlin", "Porto", "上海", "Lyon")
    low = LIMIT if here.persona == "administrator" and here.count >= 10_000 else 0
    return [
        _list(here, low, filter=_where(("owner", "eq", str(one)), ("city", "eq", city)), sort="-updated_at")
        for one in who
        for city in cities
    ]


def promoted(here: Known) -> list[Request]:
    """User-made fields with an index of their own: a choice, a number and a date."""
    asked = [
        (("x_region", "eq", "south"),),
        (("x_score", "gte", 990),),
        (("x_renewal", "between", ["2026-05-01", "2026-05-07"]),),
        (("x_score", "eq", 500), ("x_region", "eq", "east")),
    ]
    return [_list(here, 0, filter=_where(*parts)) for parts in asked]


def plain_custom(here: Known) -> list[Request]:
    """A user-made field without an index."""
    return [_list(here, 0, filter=_where(("x_tier", "eq", one))) for one in ("gold", "silver")]


def _least(here: Known) -> int:
    return 1 if here.count else 0


def search_latin(here: Known) -> list[Request]:
    """First and last name of somebody who is there."""
    found = [one for one in here.some if one[2].isascii() and one[1].isascii()]
    return [_list(here, _least(here), q=f"{one[1]} {one[2]}") for one in found]


def search_chinese(here: Known) -> list[Request]:
    found = [one for one in here.some if not one[2][:1].isascii() and len(one[2]) == 1]
    return [_list(here, _least(here), q=f"{one[2]}{one[1]}") for one in found] or [_list(here, 0, q="王文彬")]


def search_phone(here: Known) -> list[Request]:
    """The last six digits of a number that is there."""
    found = [digits for one in here.some if (digits := "".join(filter(str.isdigit, one[3])))]
    return [_list(here, _least(here), q=digits[-6:]) for digits in found]


def search_common(here: Known) -> list[Request]:
    """A word that tens of thousands of records hold."""
    return [_list(here, 0, q=word) for word in ("Berlin", "Müller", "上海")]


def search_everywhere(here: Known) -> list[Request]:
    """The search box: over all objects, ranked."""
    found = [one for one in here.some if one[2].isascii() and one[1].isascii()]
    least = _least(here)
    return [
        Request("GET", one.path, 200, b"", b'"subtitle":', least, 20)
        for one in (_get("/search", 0, 0, q=f"{one[1]} {one[2]}") for one in found)
    ]


def record(here: Known) -> list[Request]:
    status, count = (200, 1) if here.count else (404, 0)
    return [Request("GET", f"{API}/contacts/{one[0]}", status, low=count, high=count) for one in here.some]


def create(here: Known) -> list[Request]:
    made = sample(here.keys, MANY)
    return [Request("POST", f"{API}/contacts", 201, json.dumps(one).encode(), low=1, high=1) for one in made]


def update(here: Known) -> list[Request]:
    """Another title for somebody: each answer comes after a change, so the title has a number."""
    if not here.count:
        return []
    return [
        Request(
            "PATCH", f"{API}/contacts/{one[0]}", 200, json.dumps({"job_title": f"Buyer {turn}"}).encode(), low=1, high=1
        )
        for turn in range(2_000 // len(here.some) + 1)
        for one in here.some
    ]


READS: Final[dict[str, Case]] = {
    "record": record,
    "list": first,
    "list, newest first": newest,
    "list without count": uncounted,
    "list, every field": whole,
    "deep page": deep,
    "filtered": filtered,
    "custom field, promoted": promoted,
    "custom field, not promoted": plain_custom,
    "search, Latin": search_latin,
    "search, Chinese": search_chinese,
    "search, phone fragment": search_phone,
    "search, common word": search_common,
    "search everywhere": search_everywhere,
}
WRITES: Final[dict[str, Case]] = {"create": create, "update": update}

FEW: Final = ("record", "list", "deep page", "filtered", "search, Latin", "search everywhere", "create", "update")
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "administrator": (*READS, *WRITES),
    "few": FEW,
    "none": tuple(name for name in FEW if name not in WRITES),
}
"""What each persona is asked to do when nobody says which."""
