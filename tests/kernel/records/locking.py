"""Writers and a change of the schema at the same time, each with a connection of its own, inside an installation.

``python -m tests.kernel.records.locking`` prints what happened, and in which order.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

WHILE = 0.7  # seconds in which somebody who must wait would have got through
PATIENCE = 20.0


def run() -> dict[str, Any]:
    return {"together": writers_together(), "order": schema_change_waits(), "writer": writer_begins_again()}


def writers_together() -> bool:
    """Whether a second writer gets through while the first one's transaction is open."""
    from django.db import transaction

    from kith.kernel.accounts.context import system
    from kith.kernel.records.change import change

    ctx = system("test")
    with transaction.atomic():
        change(ctx, ctx.schema["companies"], None, {"name": "First"})
        other = beside(lambda: change(ctx.with_(), ctx.schema["companies"], None, {"name": "Second"}))
        other.join(PATIENCE)
        return not other.is_alive()


def schema_change_waits() -> list[str]:
    """A writer, then a new field: the field must come after the commit of the writer, whose snapshot lacks it."""
    from django.db import transaction

    from kith.kernel.accounts.context import system
    from kith.kernel.records import shape
    from kith.kernel.records.change import change

    done: list[str] = []

    def add() -> None:
        shape.add_field(system("test"), "companies", "text", {"en": "Dock"})
        done.append("schema")

    ctx = system("test")
    with transaction.atomic():
        change(ctx, ctx.schema["companies"], None, {"name": "Third"})
        other = beside(add)
        other.join(WHILE)
        done.append("writer")
    other.join(PATIENCE)
    return done


def writer_begins_again() -> dict[str, Any]:
    """A writer who comes while the schema is being changed: it waits, and saves under the new snapshot."""
    from django.db import transaction

    from kith.kernel.accounts.context import system
    from kith.kernel.records import shape
    from kith.kernel.records.change import change
    from kith.kernel.schema.load import version

    found: dict[str, Any] = {}
    ctx = system("test")

    def write() -> None:
        found["saved_under"] = change(ctx, ctx.schema["companies"], None, {"name": "Fourth"}).ctx.schema.version

    with transaction.atomic():
        shape.add_field(system("test"), "companies", "text", {"en": "Pier"})
        other = beside(write)
        other.join(WHILE)
        found["waited"] = other.is_alive()
    other.join(PATIENCE)
    return found | {"in_force": version()}


def beside(work: Callable[[], Any]) -> threading.Thread:
    """A thread at work, with a connection of its own."""
    from django.db import connection

    def whole() -> None:
        try:
            work()
        finally:
            connection.close()

    made = threading.Thread(target=whole)
    made.start()
    return made


if __name__ == "__main__":
    import argparse

    from kith.app.commands import start_django

    start_django(argparse.Namespace(data=None))
    print(json.dumps(run()))
