"""A whole installation for a test: a data folder, a database of its own on one of the three servers, and the command.

``python -m tests.app.installation fill|hash`` works inside one: the first fills it with what is hard to carry over, the
second prints a digest of each table, the same on all databases for the same content.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds; not about speed
SERVERS = {"postgres": "KITH_TEST_POSTGRES_URL", "mariadb": "KITH_TEST_MARIADB_URL"}
START = """
import argparse
from kith.app.commands import start_django
start_django(argparse.Namespace(data=None), migrated=False)
"""
KINDS = ("sqlite", "postgres", "mariadb")
OURS = ("KITH_", "DJANGO_", "LANG", "LC_", "PYTHONDONTWRITEBYTECODE")
"""What a shell here may set and the installation does not have: without compiled files each start took 0.3 s more."""


class Installation:
    """``kith("backup", file)`` runs the command in it; ``program("hash")`` runs this file in it."""

    def __init__(self, kind: str, data: Path, url: str = "") -> None:
        self.kind, self.data, self.url = kind, data, url
        kept = {name: one for name, one in os.environ.items() if not name.startswith(OURS)}
        self.environ = kept | {"KITH_DATA": str(data)} | ({"KITH_DATABASE_URL": url} if url else {})

    def kith(
        self, *words: object, fails: bool = False, given: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        done = self._run([sys.executable, "-m", "kith.app.cli", *map(str, words)], more, given)
        assert bool(done.returncode) is fails, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def program(self, *words: str, **more: str) -> Any:
        done = self._run([sys.executable, "-m", "tests.app.installation", *words], more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def code(self, text: str) -> str:
        """Run Python in it, Django started."""
        done = self._run([sys.executable, "-c", START + text], {})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, command: list[str], more: dict[str, str], given: str = "") -> subprocess.CompletedProcess[str]:
        environ = self.environ | more
        return subprocess.run(
            command, cwd=ROOT, env=environ, input=given, capture_output=True, text=True, timeout=PATIENCE, check=False
        )


def available(kind: str) -> bool:
    return kind == "sqlite" or bool(os.environ.get(SERVERS[kind]))


@contextmanager
def installation(kind: str, data: Path) -> Iterator[Installation]:
    """An empty installation; its database is gone afterwards."""
    if kind == "sqlite":
        yield Installation(kind, data)
        return
    server, name = os.environ[SERVERS[kind]], f"kith_backup_{os.urandom(6).hex()}"
    say(kind, server, f"CREATE DATABASE {name}")  # on MariaDB with whatever collation the server has: Kith must mend it
    try:
        yield Installation(kind, data, urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
    finally:
        say(kind, server, f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgres" else ""))


def say(kind: str, url: str, statement: str) -> list[Any]:
    """One statement to a server, as its administrator."""
    if kind == "postgres":
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(statement)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []
    import pymysql

    parts = urlsplit(url)
    with (
        pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or None,
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return list(cursor.fetchall())


# --- inside the installation
# -------------------------------------------------------------------------------------------

NAMES = (
    "Mara Vogt",
    "林悦",
    "Ünsal Çelik",
    "O'Brien; DROP TABLE",
    "𝔘𝔫𝔦 𝔠𝔬𝔡𝔢 😀",
    '"quoted"\t\\n',
    "e\u0301 and é",
    "Straße",
    "STRASSE",
)


def fill() -> dict[str, int]:
    """Records of every kind of column, a user-made object, promoted fields, jobs, events that are sealed and that are
    not.
    """
    from decimal import Decimal

    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    from kith.app import people
    from kith.app.accounts import MFAAdapter
    from kith.kernel.accounts.context import system
    from kith.kernel.events.sealer import seal
    from kith.kernel.jobs.housekeeping import tidy
    from kith.kernel.records import shape
    from kith.kernel.records.change import Item, change, change_many, delete

    mara = people.add("mara@example.com", "Mara Vogt", "administrator", "quiet horse 42")
    people.add_token(people.find("mara@example.com"), "sync", "write", [])
    ctx = system("test")
    shape.add_field(ctx, "contacts", "number", {"en": "Visits"}, name="x_visits", options={"decimals": 9})
    shape.add_field(ctx, "contacts", "text", {"en": "Region", "zh-hans": "大区"}, name="x_region")
    ctx = system("test")
    shape.promote(ctx, "contacts", "x_visits")
    shape.promote(ctx, "contacts", "x_region")
    shape.add_object(system("test"), {"en": "Site"}, {"en": "Sites"})
    ctx = system("test")
    companies = change_many(
        ctx,
        ctx.schema["companies"],
        [
            Item(
                {
                    "name": f"{one} Ltd",
                    "city": "上海",
                    "annual_revenue": {"amount": "12345678.9012", "currency": "EUR"},
                },
                verb="create",
            )
            for one in NAMES
        ],
    )
    ids = [one.id for one in companies]
    contacts = [
        {
            "name": name,
            "email": f"n{number}@example.com",
            "phone": f"+49 30 55501{number:02d}",
            "company": ids[number % len(ids)],
            "owner": mara.id,
            "tags": ["VIP", "茶"] if number % 2 else [],
            "birthday": "1984-02-29",
            "description": f"<p>{name}</p>",
            "x_visits": Decimal("1234567890.123456789") if number % 3 else None,
            "x_region": name,
        }
        for number, name in enumerate(NAMES * 30)
    ]
    made = change_many(ctx, ctx.schema["contacts"], [Item(one, verb="create") for one in contacts])
    delete(ctx, ctx.schema["contacts"], made[0].id)
    site = next(spec for spec in ctx.schema if spec.name.startswith("x_"))
    change(ctx, site, None, {"name": "Harbour 港"})
    while seal():
        pass
    change(ctx, ctx.schema["companies"], ids[0], {"city": "Berlin"})  # not sealed yet
    tidy.enqueue(ctx)
    from allauth.mfa.models import Authenticator

    user = get_user_model().objects.get(email="mara@example.com")
    Authenticator.objects.create(user=user, type="totp", data={"secret": MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")})
    session = SessionStore()
    session["a"] = "b"
    session.save()
    from kith.app import config

    folder = config.current().data / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / "abcd").write_bytes(bytes(range(256)) * 500)
    return {"contacts": len(made), "companies": len(ids)}


def hashes() -> dict[str, str]:
    """A digest of each table a backup holds, whatever the order of its rows and of the keys in its JSON."""
    from kith.app.backup import tables
    from kith.kernel.kit import json as exact

    found = {}
    for model in tables.kept(tables.applied()):
        lines = sorted(repr(_plain(exact.loads(line))) for line in tables.rows(model))
        found[model._meta.db_table] = f"{len(lines)} {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, _plain(one)) for key, one in value.items())
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return Decimal(value).normalize() if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def found() -> dict[str, Any]:
    """What does not show in the rows: the search, the accelerators, the log, second factors, sessions."""
    from allauth.mfa.models import Authenticator
    from django.contrib.sessions.models import Session

    from kith.app.accounts import MFAAdapter
    from kith.kernel.accounts.context import system
    from kith.kernel.events.verify import verify
    from kith.kernel.outside.keys import Unopenable
    from kith.kernel.records import index
    from kith.kernel.records.finding import search

    ctx = system("test")
    try:
        secret = MFAAdapter().decrypt(Authenticator.objects.get().data["secret"])
    except Unopenable:
        secret = ""
    verdict = verify()
    return {
        "search": {text: len(search(ctx, text)) for text in ("linyue", "林悦", "vogt", "5550101", "celik")},
        "wanted": sorted(one.name for one in index.wanted(ctx.schema)) == sorted(index.present()) != [],
        "log": [verdict.ok, verdict.checked],
        "secret": secret,
        "sessions": Session.objects.count(),
    }


def more() -> int:
    """Write on, as people do after a restore."""
    from kith.kernel.accounts.context import system
    from kith.kernel.events.sealer import seal_all
    from kith.kernel.events.verify import verify
    from kith.kernel.records import shape
    from kith.kernel.records.change import change

    shape.add_field(system("test"), "companies", "text", {"en": "Dock"}, name="x_dock")
    ctx = system("test")
    change(ctx, ctx.schema["companies"], None, {"name": "New Ltd", "x_dock": "7"})
    seal_all()
    assert verify().ok
    return verify().checked


if __name__ == "__main__":
    import argparse

    from kith.app.commands import start_django

    start_django(argparse.Namespace(data=None))
    print(json.dumps({"fill": fill, "hash": hashes, "found": found, "more": more}[sys.argv[1]]()))
