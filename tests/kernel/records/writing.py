"""Writers that count: each reads one of a few shared records and writes its number plus one, through ``change``.

``python -m tests.kernel.records.writing WRITERS SECONDS`` is one process of them, inside an installation; a conflict is
an answer, after which the writer reads again, and anything else is an error.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

from tests.app.installation import PATIENCE, ROOT, Installation

COUNTERS = 20
EACH = 25  # writers a process: threads of one process share the interpreter, and so hardly meet in the database


def run(place: Installation, writers: int, seconds: float) -> dict[str, Any]:
    """Let so many write for so long; what they were told, beside what is in the database."""
    place.kith("migrate")
    command = [sys.executable, "-m", "tests.kernel.records.writing"]
    place._run([*command, "begin"], {}).check_returncode()
    crowds = [min(EACH, writers - at) for at in range(0, writers, EACH)]
    begun = [
        subprocess.Popen(
            [*command, str(crowd), str(seconds)], cwd=ROOT, env=place.environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for crowd in crowds
    ]  # fmt: skip
    for one in begun:  # all begin together
        assert one.stdout is not None and one.stdout.readline() == "ready\n", one.communicate()[1]
    said = []
    for one in begun:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in begun:
        out, errors = one.communicate(timeout=PATIENCE + seconds)
        assert one.returncode == 0, errors
        said.append(json.loads(out.splitlines()[-1]))
    held = json.loads(place._run([*command, "count"], {}).stdout.splitlines()[-1])
    slow = sorted(took for one in said for took in one["took"])
    errors: Counter[str] = Counter()
    for one in said:
        errors.update(one["errors"])
    return {
        "writers": writers,
        "seconds": seconds,
        "counters": COUNTERS,
        "acknowledged": sum(sum(one["done"]) for one in said),
        "conflicts": sum(one["conflicts"] for one in said),
        "idle_writers": sum(1 for one in said for done in one["done"] if not done),
        "fewest": min(done for one in said for done in one["done"]),
        "most": max(done for one in said for done in one["done"]),
        "errors": dict(errors),
        "p50_ms": round(slow[len(slow) // 2] * 1000, 1) if slow else None,
        "p99_ms": round(slow[len(slow) * 99 // 100] * 1000, 1) if slow else None,
        "worst_ms": round(slow[-1] * 1000, 1) if slow else None,
        **held,
    }


def begin() -> dict[str, int]:
    from kith.kernel.accounts.context import system
    from kith.kernel.records.change import Item, change_many

    ctx = system("test")
    values = [{"name": f"Counter {number}", "employees": 0} for number in range(COUNTERS)]
    change_many(ctx, ctx.schema["companies"], [Item(one, verb="create") for one in values])
    return {}


def count() -> dict[str, int]:
    """The sum of the counters, and how many events there are of them."""
    from django.db.models import Sum

    from kith.kernel.events.models import Event
    from kith.modules.customers.companies import Company

    total = Company.objects.aggregate(total=Sum("employees"))["total"]
    return {"counted": total, "events": Event.objects.filter(object="companies").count()}


def write(writers: int, seconds: float) -> dict[str, Any]:
    """So many threads, each with a connection of its own."""
    from django.db import connections

    from kith.kernel.accounts.context import system
    from kith.kernel.records.change import change
    from kith.kernel.records.errors import Conflict
    from kith.modules.customers.companies import Company

    ids = list(Company.objects.order_by("id").values_list("id", flat=True))
    done, errors, took = [0] * writers, Counter[str](), []
    conflicts = [0] * writers

    def work(place: int) -> None:
        chance = random.Random(place)
        while time.monotonic() < until:
            id = chance.choice(ids)
            began = time.monotonic()
            try:
                held, version = Company.objects.values_list("employees", "version").get(pk=id)
                ctx = system("test")
                change(ctx, ctx.schema["companies"], id, {"employees": held + 1}, expect=version, strict=True)
                done[place] += 1
                took.append(time.monotonic() - began)
            except Conflict:
                conflicts[place] += 1
            except Exception as error:
                errors[f"{type(error).__name__}: {error}"[:200]] += 1
        connections.close_all()

    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=(place,)) for place in range(writers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return {"done": done, "errors": dict(errors), "took": took, "conflicts": sum(conflicts)}


if __name__ == "__main__":
    import argparse

    from kith.app.commands import start_django

    start_django(argparse.Namespace(data=None))
    asked = sys.argv[1]
    print(
        json.dumps(
            begin() if asked == "begin" else count() if asked == "count" else write(int(asked), float(sys.argv[2]))
        )
    )
