"""A company of a million contacts in minutes: people, fields, roles through the kernel, records past it (``bulk``)."""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from django.apps import apps
from django.db import connection

from benchmarks import bulk, people
from benchmarks.place import Place
from kith.app.people import add_token
from kith.kernel.accounts.context import system
from kith.kernel.accounts.models import User
from kith.kernel.people.joining import make
from kith.kernel.records import shape, statistics
from kith.kernel.records.change import change
from kith.kernel.schema.models import CustomField
from kith.kernel.search import engines

TEAMS: Final = ("North", "South", "East")
OWNERS: Final = 10
NAMING: Final = ("owner_id", "created_by_id", "team_id", "body")  # columns with ids of people; documents have them, too
_ID: Final = re.compile(r"(?:(?<=own)|(?<=tea))[0-9a-f]{32}")
PERSONAS: Final = ("administrator", "few", "none")  # sees all; one record in a thousand; nothing
PASSWORD: Final = "Harbour-lantern-77"
NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
OWN: Final = {"rights": {"*": {"create": "all", "read": "own", "update": "own"}}}


def seed(place: Place, tell: Callable[[str], None]) -> dict[str, Any]:
    """Fill an empty place, entered. Returns what ``seeded.json`` keeps: sizes, seconds, the personas' tokens."""
    began = time.monotonic()
    report: dict[str, Any] = {"rows": place.rows, "companies": place.rows // 5, "seconds": {}}
    report["personas"], world = _company(place.rows // 5)
    twin = Place(place.root, "sqlite", place.rows)
    engines.remove()
    with bulk.without_indexes():
        if connection.vendor == "postgresql" and twin.seeded:
            _again(world, report["personas"], twin, tell)
        else:
            _records(world, tell)
        report["seconds"]["rows"] = round(time.monotonic() - began, 1)
        tell("indexes")
    _search()
    _promote()
    _settle()
    report["seconds"]["all"] = round(time.monotonic() - began, 1)
    (place.folder / "seeded.json").write_text(json.dumps(report, indent=2))
    tell(f"{place.rows:,} contacts in {report['seconds']['all']} s")
    return report


def _company(companies: int) -> tuple[dict[str, Any], people.World]:
    """Teams, users, roles, tokens and fields, as an administrator would make them."""
    ctx = system("benchmark")
    change(ctx, ctx.schema["organisation"], None, {"name": "Benchmark", "country": "DE", "currency": "EUR"})
    teams = [change(system(), ctx.schema["teams"], None, {"name": name}).id for name in TEAMS]
    role = change(system(), ctx.schema["roles"], None, {"name": "Own records", **OWN}).record.key
    owners = []
    for number in range(OWNERS):
        team = teams[number % len(teams)]
        user = _user(f"Owner {number}", f"owner{number}@bench.example", "member", team)
        owners.append((user.pk.hex, team.hex))
    held = {}
    for name, of in zip(PERSONAS, ("administrator", role, role), strict=True):
        user = _user(name.title(), f"{name}@bench.example", of, teams[0])
        held[name] = {"user": user.pk.hex, "token": add_token(user, "benchmark", "write", [])}
    for kind, name, more, _share in people.CUSTOM:
        shape.add_field(
            system("benchmark"), "contacts", kind, {"en": name[2:].replace("_", " ").title()}, name=name, **more
        )
    keys = {row.name: row.key for row in CustomField.objects.all()}
    tables = {f"kith_{one}": apps.get_model("customers", one)._meta.concrete_fields for one in ("company", "contact")}
    columns = {table: tuple(one.column for one in fields) for table, fields in tables.items()}
    bare = {table: {one.column: _bare(one) for one in fields} for table, fields in tables.items()}
    start = NOW - timedelta(days=365 * people.YEARS)
    rare = (held["few"]["user"], teams[0].hex)
    return held, people.World(tuple(owners), rare, keys, start, companies, columns, bare)


def _bare(column: Any) -> Any:
    """What the column holds when nothing is given."""
    value = column.get_default()
    return json.dumps(value) if isinstance(value, list | dict) else value


def _user(name: str, email: str, role: str, team: Any) -> User:
    return make(system("benchmark"), {"name": name, "email": email, "team": team}, [role], PASSWORD)


def _records(world: people.World, tell: Callable[[str], None]) -> None:
    """Two processes make rows, this one writes them."""
    columns = world.columns | bulk.BESIDE
    connection.close()
    with multiprocessing.get_context("fork").Pool(2) as pool, bulk.writer() as write:
        batches = range(0, world.companies, people.BATCH)
        for place, made in enumerate(pool.imap(partial(people.rows, world), batches), 1):
            for table in bulk.TABLES:
                write(table, columns[table], made[table])
            if place % 10 == 0:
                tell(f"{min(place * people.BATCH, world.companies) * 5:,} contacts")


def _again(world: people.World, personas: dict[str, dict[str, str]], twin: Place, tell: Callable[[str], None]) -> None:
    """The rows of the SQLite company of the same size, with this one's users and teams: making them takes longer."""
    columns = world.columns | bulk.BESIDE
    connection.close()
    with closing(sqlite3.connect(f"file:{twin.folder / 'kith.db'}?mode=ro", uri=True)) as held, bulk.writer() as write:
        held.execute("PRAGMA mmap_size=8000000000")
        other = _owners(held, world, personas)
        for table in bulk.TABLES:
            names = columns[table]
            mapped = [place for place, name in enumerate(names) if name in NAMING]
            chosen = ", ".join(f'"{name}"' for name in names)
            ours = "WHERE object IN ('companies', 'contacts')" if "object" in names else ""
            found = held.execute(f"SELECT {chosen} FROM {table} {ours} ORDER BY rowid")
            while part := found.fetchmany(20_000):
                write(table, names, [_mapped(row, mapped, other) for row in part] if mapped else part)
            tell(table)


def _owners(
    held: sqlite3.Connection, world: people.World, personas: dict[str, dict[str, str]]
) -> dict[str | None, str | None]:
    """This company's user or team for each of the other."""
    users = dict(held.execute("SELECT email, id FROM kith_user"))
    teams = dict(held.execute("SELECT id, name FROM kith_team"))
    here = {name: id.hex for id, name in apps.get_model("accounts", "Team").objects.values_list("pk", "name")}
    found: dict[str | None, str | None] = {None: None} | {id: here[name] for id, name in teams.items()}
    for number, (user, _team) in enumerate(world.owners):
        found[users[f"owner{number}@bench.example"]] = user
    return found | {users[f"{name}@bench.example"]: one["user"] for name, one in personas.items()}


def _mapped(row: tuple[Any, ...], places: list[int], other: dict[str | None, str | None]) -> tuple[Any, ...]:
    made = list(row)
    for place in places:
        held = made[place]
        made[place] = other[held] if held in other else _ID.sub(lambda found: other.get(found[0]) or found[0], held)
    return tuple(made)


def _search() -> None:
    """The full-text index over documents that are there already."""
    engines.install()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {engines.FTS}({engines.FTS}) VALUES ('rebuild')")


def _promote() -> None:
    for name in people.PROMOTED:
        shape.promote(system("benchmark"), "contacts", name)


def _settle() -> None:
    """What an installation has had time for: PostgreSQL looks at its tables by itself, SQLite is told to each night."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    statistics.refresh()
    connection.close()


def sample(world_keys: dict[str, str], count: int, seed: int = 7) -> list[dict[str, Any]]:
    """New contacts as a client would send them."""
    chance = random.Random(seed)
    world = people.World((), ("", ""), world_keys, NOW, 0, {}, {})
    return [people.values(world, chance) for _number in range(count)]
