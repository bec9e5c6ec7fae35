"""Lists are read along an index: first and deep pages, for everybody, without sorting in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from kith.api import Role, Team, User
from kith.kernel.accounts.context import Actor, Context, system
from kith.kernel.kit.text import title_key
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.query.tree import ALL, Is, Tree
from kith.kernel.records import read
from kith.kernel.records.models import ContactPoint
from kith.kernel.schema import load
from tests.world import forget

ROWS = 20_000


@pytest.fixture(scope="module")
def _many(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    from django.db import transaction

    if connection.vendor == "mysql":
        pytest.skip("ANALYZE TABLE commits, and the rows with it")
    with django_db_blocker.unblock(), transaction.atomic():
        yield _fill(ROWS)
        transaction.set_rollback(True)
    forget()
    connection.close()


@pytest.fixture
def many(_many: dict[str, Any], db: None) -> dict[str, Any]:
    return _many


def _fill(count: int) -> dict[str, Any]:
    ensure_roles(Role)
    dice = random.Random(3)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    teams = [
        Team(name=f"Team {place}", title_key=f"team {place}", created_at=start, updated_at=start) for place in range(10)
    ]
    Team.objects.bulk_create(teams)
    users = [User.objects.create_user(f"u{place}@kith.example", None, name=f"U {place}") for place in range(40)]
    schema = system("test").schema
    spec, company = schema["contacts"], schema["companies"].model
    companies = [
        company(name=f"C {place}", title_key=f"c {place}", created_at=start, updated_at=start) for place in range(500)
    ]
    company.objects.bulk_create(companies)
    rows = []
    for _row in range(count):
        name = f"{dice.choice('abcdefghijklmnopqrstuvwxyz')}{dice.randrange(10**6)} person"
        at = start + timedelta(seconds=dice.randrange(10**7))
        rows.append(
            spec.model(
                last_name=name,
                title_key=title_key(name),
                created_at=at,
                updated_at=at,
                company=dice.choice([None, *companies]),
                owner=dice.choice([None, *users]),
                team=dice.choice([None, *teams]),
            )
        )
    spec.model.objects.bulk_create(rows, batch_size=1000)
    points = [
        ContactPoint(
            object="contacts", record=row.pk, field=f"{kind}s", kind=kind, value=value, key=value, primary=True
        )
        for place, row in enumerate(rows)
        for kind, value in (("email", f"p{place}@x.example"), ("phone", f"4930{place:07}"))
    ]
    ContactPoint.objects.bulk_create(points, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    load.bump()
    forget()
    return {
        "users": [one.pk for one in users],
        "teams": [one.pk for one in teams],
        "companies": [one.pk for one in companies],
    }


def actor(many: dict[str, Any], who: str) -> Actor:
    user = many["users"][0]
    if who == "all":
        return Actor("user", user, "A", user, roles=("administrator",))
    teams = tuple(many["teams"][:3]) if who == "team" else ()
    return Actor("user", user, "M", user, teams[0] if teams else None, teams, ("member",))


def plans(ctx: Context, query: read.Query) -> list[str]:
    """How the database finds the rows of the page, one plan a query on the object's table."""
    spec = ctx.schema["contacts"]
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if f'FROM "{spec.model._meta.db_table}"' in sql and "LIMIT" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        read.rows(ctx, spec, query)
    assert asked
    found = []
    for sql, params in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {sql}", params)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize(
    ("who", "where", "sort"),
    [
        *((who, "", sort) for who in ("all", "own", "team") for sort in ((), ("-updated_at",))),
        ("all", "owner", ()),
        ("all", "owner", ("-updated_at",)),
        ("all", "company", ()),
    ],
)
def test_pages_follow_an_index(many: dict[str, Any], who: str, sort: tuple[str, ...], where: str, deep: bool) -> None:
    ctx = Context(actor(many, who), "test", load.current())
    conditions: dict[str, Tree] = {
        "": ALL,
        "company": Is("company", "eq", str(many["companies"][7])),
        "owner": Is("owner", "eq", "me"),
    }
    query = read.Query(conditions[where], sort, ("name",), 5 if where == "company" else 50, count=False)
    if deep:
        for _page in range(3):
            query = read.Query(
                query.where, sort, ("name",), query.limit, read.rows(ctx, ctx.schema["contacts"], query).next, False
            )
            assert query.after
    for plan in plans(ctx, query):
        if connection.vendor == "sqlite":
            assert "USING INDEX" in plan and "TEMP B-TREE" not in plan and "SCAN kith_contact\n" not in f"{plan}\n", (
                plan
            )
        else:
            assert "Index" in plan and "Sort" not in plan and "Seq Scan" not in plan, plan


@pytest.mark.parametrize(
    "leaf",
    [Is("email", "eq", "nobody@x.example"), Is("emails", "eq", "nobody@x.example"), Is("phone", "eq", "+4930123456")],
)
def test_an_address_is_looked_up(many: dict[str, Any], leaf: Is) -> None:
    """By the index of keys, however many records there are."""
    ctx = Context(actor(many, "all"), "test", load.current())
    (plan,) = plans(ctx, read.Query(leaf, (), ("name",), 50, count=False))
    assert "point_key" in plan, plan


def test_a_company_named_by_its_title_is_as_fast_as_by_its_id(many: dict[str, Any]) -> None:
    ctx = Context(actor(many, "all"), "test", load.current())
    by_title, by_id = (read.Query(Is("company", "eq", one), (), ("name",), 5) for one in ("C 7", many["companies"][7]))
    assert plans(ctx, by_title) == plans(ctx, by_id)
    spec = ctx.schema["contacts"]
    assert read.rows(ctx, spec, by_title).rows == read.rows(ctx, spec, by_id).rows
