"""Reads and writes over HTTP: requests a second and their times, the server's cost, and the raw statements beside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from benchmarks import cases, load, machine, probe
from benchmarks.place import Place, Server

Told = Callable[[str], None]
Keep = Callable[[Any], None]


def run(place: Place, settings: Any, tell: Told, keep: Keep) -> None:
    """All cases of ``settings.only`` (or all there are) for each persona, at one client and at many."""
    _part(place, cases.READS, settings, tell, keep)
    if any(not settings.only or one in settings.only for one in cases.WRITES):
        with place.copy(settings.series) as other, turned_to(other):
            _part(other, cases.WRITES, settings, tell, keep)


@contextmanager
def turned_to(place: Place) -> Iterator[None]:
    """Let this process's Django look at another copy meanwhile."""
    held = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = place.database or str(place.folder / "kith.db")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = held


def _part(place: Place, chosen: dict[str, cases.Case], settings: Any, tell: Told, keep: Keep) -> None:
    personas = json.loads((place.folder / "seeded.json").read_text())["personas"]
    with Server(place, settings.workers, settings.port) as server:
        for persona in settings.personas:
            who = personas[persona]
            here = None
            for name, case in chosen.items():
                if name not in (settings.only or cases.ASKED[persona]) or (persona, name) in settings.there:
                    continue
                here = here or cases.known(persona, who["user"])
                requests = case(here)
                if not requests:
                    continue
                made = _case(place, server, name, persona, who["token"], requests, settings)
                keep([made])
                tell(_line(made))


def _case(
    place: Place, server: Server, name: str, persona: str, token: str, requests: list[load.Request], settings: Any
) -> dict[str, Any]:
    since = time.time()
    asked = probe.statements(requests, token)
    raw = probe.raw_ms(asked, since)
    connection.close()
    made: dict[str, Any] = {
        "name": name,
        "persona": persona,
        "statements": max(len(one) for one in asked),
        "raw_ms": raw,
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    for clients in sorted({1, settings.clients}):
        before = machine.moment(server.pid, place.database)
        told = load.run(server.port, token, requests, clients, settings.seconds * _share(persona, clients))
        used = machine.between(before, machine.moment(server.pid, place.database), told["client_s"])
        sent = max(told["sent"], 1)
        told |= {
            "clients": clients,
            "server_ms": round(used["server_s"] / sent * 1000, 3),
            "database_ms": round(used["database_s"] / sent * 1000, 3),
            "client_ms": round(told["client_s"] / sent * 1000, 3),
            **{name: used[name] for name in ("others_cores", "load", "pace_ms")},
        }
        made[f"clients_{clients}"] = told
    made["ratio"] = round(made["clients_1"]["p50"] / raw, 1) if raw else None
    return made


def _share(persona: str, clients: int) -> float:
    """Of the seconds: most for the numbers that are compared with others', so that all of it ends in time."""
    if clients == 1:
        return 0.2
    return 1.0 if persona == "administrator" else 0.4


def _line(one: dict[str, Any]) -> str:
    """One result for whoever watches."""
    runs = sorted((one[key] for key in one if key.startswith("clients_")), key=lambda run: int(run["clients"]))
    few, many = runs[0], runs[-1]
    line = (
        f"{one['persona'][:5]:6}{one['name']:28}{few['per_s']:7.0f}/s p50 {few['p50']:6.2f} | {many['per_s']:7.0f}/s "
        f"p50 {many['p50']:6.2f} p99 {many['p99']:7.2f} | cpu {many['server_ms']:.2f}+{many['database_ms']:.2f} ms, "
        f"client {many['client_ms']:.2f} | {one['statements']} SQL, raw {one['raw_ms']} ms, x{one['ratio']} | "
        f"{many['bytes']} B | others {many['others_cores']} load {many['load']} pace {many['pace_ms']}"
    )
    wrong = few["wrong"] | many["wrong"]
    return f"{line} | WRONG: {wrong}" if wrong else line
