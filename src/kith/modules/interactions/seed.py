"""The notes of the sample company: about companies, contacts and needs, by whoever looks after them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from kith.api import Context, Item, acting_as, change_many, filter_from_json, now, read, sample_people
from kith.modules.interactions import sample_words as words

SHARES: Final = (("companies", 0.7), ("contacts", 0.2), ("needs", 0.3))
"""How many of the records of an object have a note."""


def seed(ctx: Context, chance: random.Random, size: str) -> list[Callable[[random.Random], None]]:
    """Write the notes; of the large company, of which one record in a hundred has one, a piece for each person."""
    page = read.by_ids(ctx, ctx.schema["users"], sample_people(), ("language",))
    pieces = list[Callable[[random.Random], None]]()
    for row in sorted(page.rows, key=lambda one: one.id):
        theirs = acting_as(ctx, row.id)
        if theirs is not None:
            known = words.NOTES_ZH if str(row["language"]).startswith("zh") else words.NOTES
            pieces.append(partial(_write, theirs, known, 0.01 if size == "large" else 1.0))
    if size == "large":
        return pieces
    for piece in pieces:
        piece(chance)
    return []


def _write(ctx: Context, known: Any, share: float, chance: random.Random) -> None:
    items = sorted(_items(ctx, chance, known, share), key=lambda one: one.at or now())
    change_many(ctx, ctx.schema["notes"], items)


def _items(ctx: Context, chance: random.Random, known: Any, share: float) -> Iterator[Item]:
    mine = filter_from_json({"field": "owner", "op": "eq", "value": str(ctx.actor.user)})
    for object, part in SHARES:
        spec = ctx.schema[object]
        names = ("created_at", *(name for name in ("company",) if name in spec.fields))
        for page in read.every(ctx, spec, read.Query(mine, fields=names)):
            for row in page.rows:
                while chance.random() < part * share:
                    yield _note(chance, known, object, row)


def _note(chance: random.Random, known: Any, object: str, row: Any) -> Item:
    subject, body = chance.choice(known)
    about = [{"object": object, "id": str(row.id)}]
    if row.get("company") and chance.random() < 0.5:
        about.append({"object": "companies", "id": str(row["company"])})
    made: datetime = row["created_at"]
    at = min(made + (now() - made) * chance.random(), now() - timedelta(hours=1))
    values = {"subject": subject, "body": body, "about": about, "pinned": chance.random() < 0.04}
    return Item(values, verb="create", at=max(at, made))
