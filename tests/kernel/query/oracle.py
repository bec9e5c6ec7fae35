"""What a filter means, said a second time in plain Python over plain values: the compiler is held against it.

It shares no code with the compiler. A leaf is true when a value at the end of its path, reached over records that the
actor sees, meets it; ``not`` is the opposite of that, so nothing is ever unknown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from kith.kernel.fields.address import Address
from kith.kernel.fields.rates import base_currency
from kith.kernel.kit import dates, periods
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.kit.money import Money
from kith.kernel.query.tree import And, Is, Not, Or, Tree

Row = dict[str, Any]


@dataclass
class Oracle:
    """``visible``: the rows that the actor sees, by object and id. ``targets``: (object, field) -> object led to."""

    visible: dict[str, dict[uuid.UUID, Row]]
    targets: dict[tuple[str, str], str]
    me: uuid.UUID | None = None

    def found(self, object: str, tree: Tree) -> set[uuid.UUID]:
        return {id for id, row in self.visible[object].items() if self.holds(object, row, tree)}

    def holds(self, object: str, row: Row, tree: Tree) -> bool:
        match tree:
            case And(items):
                return all(self.holds(object, row, one) for one in items)
            case Or(items):
                return any(self.holds(object, row, one) for one in items)
            case Not(item):
                return not self.holds(object, row, item)
            case Is(field, "eq", value) if blank(value):
                return self.holds(object, row, Is(field, "empty", True))
            case Is(field, "ne", value):
                return not self.holds(object, row, Is(field, "eq", value))
            case Is(field, "empty", value):
                filled = any(not blank(one) for one, _target in self.reached(object, row, field))
                return filled if value is False else not filled
            case Is(field, op, value):
                return any(self.meets(one, target, op, value) for one, target in self.reached(object, row, field))
        raise AssertionError(tree)

    def reached(self, object: str, row: Row, path: str) -> Iterator[tuple[Any, str]]:
        """The values at the end of the path, each with the object that it leads to."""
        head, _, rest = path.partition(".")
        value, target = row[head], self.targets.get((object, head), "")
        if not rest:
            yield value, target
        elif isinstance(value, Money | Address | None) and not target:
            yield getattr(value, rest, None), ""
        else:
            for id in ids(value):
                if id in self.visible[target]:
                    yield from self.reached(target, self.visible[target][id], rest)

    def meets(self, value: Any, target: str, op: str, asked: Any) -> bool:
        if target:
            return self.leads(value, target, op, asked)
        if isinstance(value, tuple):
            return several(value, op, asked)
        if op == "in":
            return any(self.meets(value, target, "eq", one) for one in asked)
        if blank(value):
            return op == "eq" and blank(asked)
        if blank(asked):
            return False
        if op == "within":
            start, end = periods.period(asked, dates.today(NEUTRAL))
            return start <= day_of(value) < end
        if op == "between":
            low, high = asked
            return (low is None or compared(value, "gte", low)) and (high is None or compared(value, "lte", high))
        return compared(value, op, asked)

    def leads(self, value: Any, target: str, op: str, asked: Any) -> bool:
        wanted = asked if op == "in" else [asked]
        held = set(ids(value))
        return any((not held) if blank(one) else bool(held & self.named(target, one)) for one in wanted)

    def named(self, target: str, asked: Any) -> set[uuid.UUID]:
        if asked == "me":
            return {self.me} if self.me else set()
        try:
            return {uuid.UUID(str(asked))}
        except ValueError:
            title = "last_name" if target == "contacts" else "name"
            rows = self.visible[target].items()
            return {id for id, row in rows if str(row[title]).lower() == asked.lower() or row.get("email") == asked}


def blank(value: Any) -> bool:
    return value is None or value in ("", (), [], {})


def ids(value: Any) -> list[uuid.UUID]:
    if value is None:
        return []
    return [value] if isinstance(value, uuid.UUID) else [one.id for one in value]


def several(value: tuple[Any, ...], op: str, asked: Any) -> bool:
    """Sets of words, and addresses."""
    wanted = [one for one in (asked if isinstance(asked, list) else [asked]) if not blank(one)]
    if (value and hasattr(value[0], "key")) or op in ("contains", "starts"):
        texts = [one.value.lower() for one in value]
        if op == "contains":
            return any(asked.lower() in one for one in texts)
        if op == "starts":
            return any(one.startswith(asked.lower()) for one in texts)
        keys = {one.key for one in value}
        found = {one.lower() for one in wanted} & set(texts) or {bare(one) for one in wanted} & keys
        return bool(found) or (not value and any(map(blank, asked if isinstance(asked, list) else [asked])))
    held, keys = {one.lower() for one in value}, {one.lower() for one in wanted}
    if op == "in":
        return bool(held & keys) or (not held and any(map(blank, asked)))
    if not keys:
        return not held
    return held == keys if op == "eq" else keys <= held


def bare(number: str) -> str:
    return "".join(one for one in number if one.isdigit()) or number


def day_of(value: Any) -> date:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


def compared(value: Any, op: str, asked: Any) -> bool:
    if isinstance(value, datetime):
        return moment(value, op, asked)
    if isinstance(value, bool):
        return value is asked
    if isinstance(value, date):
        return ordered(value, op, date.fromisoformat(asked))
    if isinstance(value, Money):  # without a rate an amount is only known in its own currency
        amount = asked["amount"] if isinstance(asked, dict) else asked
        return value.currency == base_currency() and ordered(value.amount, op, Decimal(str(amount)))
    if isinstance(value, int | Decimal):
        return ordered(Decimal(value), op, Decimal({"1 min": "60", "12.5 %": "12.5"}.get(str(asked), str(asked))))
    if isinstance(value, Address):
        parts = (value.street, value.city, value.state, value.postal_code, value.country)
        return any(asked.lower() in part.lower() for part in parts)
    held, wanted = value.lower(), asked.lower()
    if held.startswith("+") and op == "eq":
        return bare(held) == bare(wanted)
    return {"eq": held == wanted, "contains": wanted in held, "starts": held.startswith(wanted)}[op]


def moment(value: datetime, op: str, asked: str) -> bool:
    if len(asked) > 10:
        return ordered(value, op, datetime.fromisoformat(asked))
    start = datetime.combine(date.fromisoformat(asked), time(), UTC)
    end = start + timedelta(days=1)
    return {
        "eq": start <= value < end,
        "gt": value >= end,
        "after": value >= end,
        "gte": value >= start,
        "lt": value < start,
        "before": value < start,
        "lte": value < end,
    }[op]


def ordered(value: Any, op: str, asked: Any) -> bool:
    return {
        "eq": value == asked,
        "gt": value > asked,
        "after": value > asked,
        "gte": value >= asked,
        "lt": value < asked,
        "before": value < asked,
        "lte": value <= asked,
    }[op]
