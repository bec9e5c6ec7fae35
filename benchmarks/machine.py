"""What the machine did meanwhile: processor time and memory of groups of processes, from /proc (Linux)."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for one in PROC.glob("[0-9]*/stat"):
        try:
            after = one.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(after[1]), []).append(int(one.parent.name))
    found, next_ = [], [pid]
    while next_:
        found += next_
        next_ = [child for one in next_ for child in children.get(one, ())]
    return found


def guests(database: str) -> list[int]:
    """The processes of a local PostgreSQL server that serve this database."""
    if not database:
        return []
    found = []
    for one in PROC.glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words.startswith("postgres:") and f" {database} " in words:
            found.append(int(one.parent.name))
    return found


def seconds(pids: Iterable[int]) -> float:
    """Processor time that living processes have used, with that of their children which have ended."""
    total = 0
    for pid in pids:
        try:
            after = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, after[11:15]))
    return total / TICKS


def pace() -> float:
    """Milliseconds of processor time for a fixed piece of work: how fast this machine is at the moment."""
    began = time.process_time()
    held: dict[int, str] = {}
    for number in range(60_000):
        held[number % 997] = f"{number}"
    return round((time.process_time() - began) * 1000, 1)


def megabytes(pids: Iterable[int]) -> float:
    """Memory, each shared page counted in parts (PSS)."""
    total = 0
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(total / 1024, 1)


def mapped(pids: Iterable[int], name: str) -> float:
    """Of that the pages of a mapped file: the system's cache holds them anyway and takes them back when it must."""
    total = 0
    for pid in pids:
        ours = False
        try:
            lines = (PROC / str(pid) / "smaps").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            first, *rest = line.split(None, 5)
            if "-" in first and not first.endswith(":"):
                ours = bool(rest) and rest[-1].endswith(name)
            elif ours and first == "Pss:":
                total += int(rest[0])
    return round(total / 1024, 1)


def about() -> dict[str, Any]:
    """What machine this is."""
    cpu = next((line for line in (PROC / "cpuinfo").read_text().splitlines() if line.startswith("model name")), ":")
    memory = (PROC / "meminfo").read_text().split("\n")[0].split()[1]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu.partition(":")[2].strip(),
        "memory_gb": round(int(memory) / 1024**2),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
    }


@dataclass(frozen=True, slots=True)
class Moment:
    """Processor time up to now: of the server, of its database, and of the whole machine."""

    at: float
    server: float
    database: float
    all: float


def moment(server: int, database: str) -> Moment:
    return Moment(time.monotonic(), seconds(family(server)), seconds(guests(database)), busy())


def between(one: Moment, other: Moment, client: float) -> dict[str, Any]:
    """Cores that were busy between two moments. ``others``: with what is not ours; near 0, or a number is not to be
    trusted."""
    took = other.at - one.at
    server, database = other.server - one.server, other.database - one.database
    others = other.all - one.all - server - database - client
    return {
        "server_s": round(server, 3),
        "database_s": round(database, 3),
        "others_cores": round(max(others, 0) / took, 2),
        "load": float(PROC.joinpath("loadavg").read_text().split()[0]),
        "pace_ms": pace(),
    }


def busy() -> float:
    """Processor time of the whole machine, in seconds."""
    user, nice, system, _idle, _wait, irq, soft, *_rest = map(
        int, (PROC / "stat").read_text().split("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / TICKS
