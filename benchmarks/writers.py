"""``python -m benchmarks.writers``: 200 writers on SQLite for a minute; nobody is turned away, no write is lost.

First, half as long, through the kernel: eight processes of 25 threads each, nothing before the database's lock. Then
over HTTP against ``kith serve`` as it is installed: 60 % new contacts, 30 % a shared counter plus one (``If-Match``),
10 % reads.
Prints JSON; exit status 1 when a write was lost or anything but a conflict was answered.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.app.crashing import Site
from tests.app.installation import Installation
from tests.kernel.records import writing

COUNTERS = 20
GRACE = 60  # seconds for an answer
COUNT = """
from kith.modules.customers.contacts import Contact
print(Contact.objects.filter(title_key__contains="writer").count())
"""


@dataclass
class Client:
    """What one client did, and how long each answer took."""

    made: int = 0
    counted: int = 0
    conflicts: int = 0
    read: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)


def over_http(data: Path, clients: int, seconds: float) -> dict[str, Any]:
    place = Installation("sqlite", data)
    place.kith("migrate")
    who = ("olga@example.com", "--name", "Olga", "--role", "administrator", "--password-stdin")
    place.kith("user", "add", *who, given="Harbour-lantern-77\n")
    token = place.kith("token", "add", "olga@example.com", "--name", "load", "--scope", "write").stdout.strip()
    site = Site(place)
    site.start()
    try:
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        shared = [
            _ask(site.port, head, "POST", "/companies", {"name": f"Counter {n}", "employees": 0})["id"]
            for n in range(COUNTERS)
        ]
        until = time.monotonic() + seconds
        held = [Client() for _ in range(clients)]
        threads = [threading.Thread(target=_client, args=(site.port, head, shared, until, one)) for one in held]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        wal = (data / "kith.db-wal").stat().st_size
        total = sum(_ask(site.port, head, "GET", f"/companies/{id}")["employees"] for id in shared)
    finally:
        site.stop()
    contacts = int(place.code(COUNT))
    took = sorted(one for client in held for one in client.took)
    wrong: Counter[str] = Counter()
    for client in held:
        wrong.update(client.wrong)
    made, counted = sum(one.made for one in held), sum(one.counted for one in held)
    return {
        "clients": clients,
        "seconds": seconds,
        "acknowledged_creates": made,
        "contacts_there": contacts,
        "acknowledged_counts": counted,
        "counters_say": total,
        "conflicts_told": sum(one.conflicts for one in held),
        "reads": sum(one.read for one in held),
        "wrong": dict(wrong),
        "clients_with_nothing": sum(1 for one in held if not one.made + one.counted),
        "writes_per_second": round((made + counted) / seconds, 1),
        "p50_ms": round(took[len(took) // 2] * 1000, 1),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 1),
        "worst_ms": round(took[-1] * 1000, 1),
        "wal_mb": round(wal / 1e6, 1),
        "ok": not wrong and contacts == made and total == counted,
    }


def _client(port: int, head: dict[str, str], shared: list[str], until: float, me: Client) -> None:
    chance = random.Random(id(me))
    connection = HTTPConnection("127.0.0.1", port, timeout=GRACE)
    etags: dict[str, str] = {}
    while time.monotonic() < until:
        kind, company = chance.random(), chance.choice(shared)
        began = time.monotonic()
        try:
            if kind < 0.6:
                status, _etag, _said = _call(
                    connection, head, "POST", "/contacts", {"name": f"Writer {chance.random()}"}
                )
                me.made += status == 201
            elif kind < 0.9:
                status, etag, said = _call(connection, head, "GET", f"/companies/{company}")
                etags[company] = etag
                status, _etag, _said = _call(
                    connection,
                    {**head, "If-Match": etag},
                    "PATCH",
                    f"/companies/{company}",
                    {"employees": said["employees"] + 1},
                )
                me.counted += status == 200
                me.conflicts += status == 412
            else:
                status, _etag, _said = _call(connection, head, "GET", "/contacts?limit=20")
                me.read += status == 200
            if status not in (200, 201, 412):
                me.wrong[str(status)] += 1
        except (OSError, HTTPException) as error:
            me.wrong[type(error).__name__] += 1
            connection.close()
        me.took.append(time.monotonic() - began)
    connection.close()


def _call(
    connection: HTTPConnection, head: dict[str, str], method: str, path: str, body: Any = None
) -> tuple[int, str, Any]:
    connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), head)
    answer = connection.getresponse()
    said = answer.read()
    return answer.status, answer.headers.get("ETag", ""), json.loads(said) if said else None


def _ask(port: int, head: dict[str, str], method: str, path: str, body: Any = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=GRACE)
    try:
        status, _etag, said = _call(connection, head, method, path, body)
        assert status < 300, said
        return said
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writers", description=__doc__)
    parser.add_argument("--writers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=("kernel", "http"))
    args = parser.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="kith-writers-") as folder:
        if args.only != "http":
            one = writing.run(Installation("sqlite", Path(folder) / "kernel"), args.writers, args.seconds / 2)
            found["kernel"] = one | {"ok": not one["errors"] and one["counted"] == one["acknowledged"]}
        if args.only != "kernel":
            found["http"] = over_http(Path(folder) / "http", args.writers, args.seconds)
    print(json.dumps(found, indent=2))
    return 0 if all(one["ok"] for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
