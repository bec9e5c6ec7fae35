"""Random conditions on samples, for hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kith.kernel.kit import dates
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.query.tree import And, Is, Not, Or, Tree
from tests.kernel.query.plenty import OFFSETS, TAGS, WORDS, Plenty

PERIODS = ("today", "yesterday", "this_week", "last_month", "this_quarter", "next_year", "30d", "next_30d", "1y", "4w")
NUMBERS = (0, 1, 2, 10, 1000, -10)
MAILS = ("a@x.example", "A@X.example", "b@x.example", "c.d@y.example", "nobody@z.example")
PHONES = ("+49 30 1234567", "+4930 123 4567", "+1 202 555 0100", "+1 202 555 0199")


def trees(made: Plenty) -> st.SearchStrategy[Tree]:
    """Nested conditions on fields of every kind and store, and over hops."""
    return st.recursive(
        leaves(made),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, max_size=3).map(lambda one: And(tuple(one))),
            st.lists(inner, max_size=3).map(lambda one: Or(tuple(one))),
        ),
        max_leaves=6,
    )


def leaves(made: Plenty) -> st.SearchStrategy[Tree]:
    own = made.own
    words = st.sampled_from(WORDS)
    numbers = st.sampled_from(NUMBERS)
    fractions = st.sampled_from([*NUMBERS, Decimal("0.5"), "2.5", Decimal("-1.25"), "12.5"])
    days, moments = st.sampled_from(_days()), st.sampled_from([*_days(), *_moments()])
    companies = st.sampled_from(
        [None, *made.companies, *map(str, made.companies[:3]), "Company 1", "company 2", "Nobody"]
    )
    contacts = st.sampled_from([None, *made.contacts, "Contact 2", "Nobody"])
    people = st.sampled_from([None, "me", *made.people.values(), "Olga", "tim@kith.example"])
    choices = st.sampled_from(["new", "open", "done", None])
    texts = [
        "title",
        "word",
        "plain",
        "person_last_name",
        "city",
        "address.city",
        own["text"],
        "company.name",
        "company.city",
        "company.parent.name",
        f"{own['reference']}.city",
    ]
    return st.one_of(
        _text(st.sampled_from([*texts, "helpers.last_name", "helpers.company.industry"]), words),
        _numbers(st.sampled_from(["count", "company.employees", "version"]), numbers),
        _numbers(
            st.sampled_from(["ratio", "bonus", own["number"], "price.amount", f"{own['money']}.amount"]), fractions
        ),
        _numbers(st.sampled_from(["share"]), st.sampled_from([0, "12.5 %", Decimal("12.5"), 100])),
        _numbers(st.just("length"), st.sampled_from([0, 60, "1 min", 5400, 5401])),
        _numbers(st.just("price"), st.sampled_from([{"amount": one, "currency": "EUR"} for one in ("10", "11", "99")])),
        _text(st.sampled_from([f"{own['money']}.currency", "price.currency"]), st.sampled_from(["EUR", "USD", "X"])),
        _text(st.just("person"), st.sampled_from(["Mara Vogt", "mara vogt", "王小明", "Mara"])),
        _same(st.just("link"), st.sampled_from(["https://berlin.example/a_b", "https://x.example", None])),
        st.builds(
            Is,
            st.just("link"),
            st.sampled_from(["contains", "starts"]),
            st.sampled_from(["BERLIN", "https://b", "a_b"]),
        ),
        st.builds(Is, st.just("address"), st.just("contains"), st.sampled_from(["berlin", "hof", "x"])),
        _days_of(st.sampled_from(["day", own["date"]]), days),
        _days_of(st.sampled_from(["moment", own["datetime"]]), moments),
        _same(st.sampled_from(["active", own["bool"]]), st.sampled_from([True, False, None]), ("eq", "ne")),
        _same(st.sampled_from(["stage"]), choices),
        _same(st.just(own["choice"]), st.sampled_from(["near", "far", None])),
        _same(st.sampled_from(["company", "company.parent", own["reference"], "helpers.company"]), companies),
        _same(st.sampled_from(["helpers", own["references"]]), contacts, ("eq", "in")),
        _same(st.sampled_from(["owner", "company.owner", "created_by"]), people),
        _text(st.sampled_from(["emails", "company.emails"]), st.sampled_from(MAILS), ("eq", "in")),
        _same(st.just("email"), st.sampled_from([*MAILS, None])),
        _same(st.sampled_from(["phone", "phones"]), st.sampled_from(PHONES), ("eq", "in")),
        _sets(st.just("topics"), st.sampled_from([*TAGS, "VIP", "key account", "none"])),
        _sets(st.just(own["multi_choice"]), st.sampled_from(["near", "far"])),
        _sets(st.just("stages"), st.sampled_from(["new", "open", "done"])),
        st.builds(
            lambda field, value: Is(field, "empty", value),
            st.sampled_from(_all(made)),
            st.sampled_from([True, False, None]),
        ),
    )


def _all(made: Plenty) -> list[str]:
    shipped = (
        "title word count ratio active day moment stage email emails phone phones company owner helpers topics stages"
        " external_id serial plain share length price price.amount price.currency link person address address.city"
        " extra picture number"
    )
    return [*shipped.split(), "company.parent", "company.city", "helpers.company", "company.emails", *made.own.values()]


def _same(fields: Any, values: Any, ops: tuple[str, ...] = ("eq", "ne", "in")) -> st.SearchStrategy[Tree]:
    single = st.builds(Is, fields, st.sampled_from([one for one in ops if one != "in"]), values)
    return single | st.builds(Is, fields, st.just("in"), st.lists(values, max_size=3)) if "in" in ops else single


def _text(fields: Any, values: Any, ops: tuple[str, ...] = ("eq", "ne", "in")) -> st.SearchStrategy[Tree]:
    partly = st.builds(Is, fields, st.sampled_from(["contains", "starts"]), values.filter(bool))
    return _same(fields, values, ops) | partly


def _ordered(fields: Any, values: Any, ops: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    pairs = st.tuples(values, values | st.none()).map(list) | values.map(lambda one: [None, one])
    return st.builds(Is, fields, st.sampled_from(ops), values) | st.builds(Is, fields, st.just("between"), pairs)


def _numbers(fields: Any, values: Any) -> st.SearchStrategy[Tree]:
    return _ordered(fields, values, ("gt", "gte", "lt", "lte")) | _same(fields, values)


def _days_of(fields: Any, values: Any) -> st.SearchStrategy[Tree]:
    within = st.builds(Is, fields, st.just("within"), st.sampled_from(PERIODS))
    return _ordered(fields, values, ("gt", "gte", "lt", "lte", "before", "after")) | _same(fields, values) | within


def _sets(fields: Any, values: Any) -> st.SearchStrategy[Tree]:
    lists = st.lists(values, max_size=3)
    return st.builds(Is, fields, st.sampled_from(["has", "eq", "ne"]), values | lists.filter(bool)) | st.builds(
        Is, fields, st.just("in"), lists
    )


def _days() -> list[str]:
    today = dates.today(NEUTRAL)
    return [(today + timedelta(days=one)).isoformat() for one in OFFSETS]


def _moments() -> list[str]:
    start = datetime.combine(dates.today(NEUTRAL), datetime.min.time(), UTC)
    return [
        (start + timedelta(days=days, seconds=seconds)).isoformat()
        for days in OFFSETS[3:12]
        for seconds in (0, 1, 43_200)
    ]
