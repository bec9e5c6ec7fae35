"""How long the server takes to answer at all, how much memory it holds before and after load, and what Django alone
would do.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import connection

from benchmarks import cases, load, machine
from benchmarks.place import Place, Server, free_port, get, wait_for
from tests.app.installation import ROOT

Told = Callable[[str], None]
Keep = Callable[[Any], None]
TURNS: Final = 3
LIST: Final = f"{cases.API}/contacts?limit=50&fields={cases.COLUMNS}"


def run_start(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """From the command to /readyz, and to the first list. The database is ready; the files are in the disk's cache."""
    token = _personas(place)["administrator"]["token"]
    connection.close()
    ready, first = [], []
    for _turn in range(TURNS):
        server = Server(place, settings.workers, settings.port)
        began = time.perf_counter()
        ready.append(server.start())
        status, _body = get(server.port, LIST, token)
        first.append(time.perf_counter() - began)
        server.stop()
        if status != 200:
            raise SystemExit(f"the first list answered {status}")
    found = {
        "ready_s": round(statistics.median(ready), 2),
        "first_list_s": round(statistics.median(first), 2),
        "workers": settings.workers,
        "pace_ms": machine.pace(),
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    keep(found)
    tell(f"start {found}")


def run_memory(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """Of all processes of ``kith serve`` together: after the first answers, and after a load of every read."""
    who = _personas(place)["administrator"]
    here = cases.known("administrator", who["user"])
    requests = [one for case in cases.READS.values() for one in case(here)[:20] if one.low or one.high]
    connection.close()
    with Server(place, settings.workers, settings.port) as server:
        for _turn in range(settings.workers * 4):
            get(server.port, LIST, who["token"])
        before = machine.megabytes(machine.family(server.pid))
        for mark in {one.mark for one in requests}:
            alike = [one for one in requests if one.mark == mark]
            load.run(server.port, who["token"], alike, settings.clients, settings.seconds)
        family = machine.family(server.pid)
        after, database = machine.megabytes(family), machine.megabytes(machine.guests(place.database))
        file = machine.mapped(family, "/kith.db")
    found = {
        "before_mb": before,
        "after_mb": after,
        "of_it_file_mb": file,
        "processes": len(family),
        "database_mb": database,
        "workers": settings.workers,
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    keep(found)
    tell(f"memory {found}")


def run_plain(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """A page of 50 by Django alone, the same number of clients and workers."""
    held = connection.settings_dict
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    engine = {"sqlite": "sqlite3", "postgres": "postgresql"}[place.kind]
    database = {"ENGINE": f"django.db.backends.{engine}"} | {name: str(held[name]) for name in names}
    connection.close()
    port = free_port()
    words = ["--interface", "wsgi", "--workers", settings.workers, "--blocking-threads", 4, "--port", port]
    command = [sys.executable, "-m", "granian", *map(str, words), "--no-log", "benchmarks.plain:application"]
    environ = os.environ | {"KITH_PLAIN": json.dumps(database)}
    server = subprocess.Popen(command, env=environ, cwd=ROOT, start_new_session=True)
    try:
        wait_for(port, "/", server)
        asked = [load.Request("GET", "/", mark=b'"email":', low=50, high=50)]
        before = machine.moment(server.pid, place.database)
        found = load.run(port, "", asked, settings.clients, settings.seconds)
        used = machine.between(before, machine.moment(server.pid, place.database), found["client_s"])
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # it only reads, and would wait for clients that keep their connections
        server.wait(30)
    for part in ("server", "database"):
        found[f"{part}_ms"] = round(used[f"{part}_s"] / max(found["sent"], 1) * 1000, 3)
    found |= {name: used[name] for name in ("others_cores", "pace_ms")} | {"at": time.strftime("%Y-%m-%d %H:%M:%S")}
    keep(found)
    tell(f"plain {found}")


def _personas(place: Place) -> dict[str, dict[str, str]]:
    return dict(json.loads((place.folder / "seeded.json").read_text())["personas"])
