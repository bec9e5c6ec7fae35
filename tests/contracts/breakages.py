"""Ways to break the kernel on purpose. Each must make the contracts fail, or they would not notice the real thing.

``pytest tests/contracts --break NAME`` runs with one of them; ``python -m tests.contracts.prove`` tries them all. They
change this process only, never a file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

BREAKAGES: dict[str, Callable[[], None]] = {}
CAUGHT_IN: dict[str, str] = {}  # the file of tests that must notice


def breakage(file: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def keep(make: Callable[[], None]) -> Callable[[], None]:
        BREAKAGES[make.__name__], CAUGHT_IN[make.__name__] = make, f"test_{file}.py"
        return make

    return keep


def instead_of(original: Any, other: Any) -> None:
    """Put ``other`` in the place of a function, in every module of ours that has imported it by name."""
    found = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("kith."):
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, other)
                    found += 1
    assert found, original


@breakage("reading")
def every_row_in_conditions() -> None:
    """Single records, counts and subqueries without the rights of the actor."""
    from django.db.models import Q

    from kith.kernel.policy.rows import rows_q

    instead_of(rows_q, lambda ctx, spec, verb="read": Q())


@breakage("reading")
def every_row_in_lists() -> None:
    from kith.kernel.policy import rows

    instead_of(rows.branches, lambda ctx, spec, verb="read": rows.SYSTEM)


@breakage("writing")
def writes_reach_what_reads_reach() -> None:
    from kith.kernel.policy.rows import holds

    instead_of(holds, lambda ctx, spec, verb, row: True)


@breakage("hidden")
def hidden_fields_are_readable() -> None:
    from kith.kernel.policy import mask

    mask.readable = lambda ctx, spec: dict(spec.fields)  # type: ignore[assignment]
    instead_of(mask.readable, mask.readable)


@breakage("hidden")
def hidden_fields_are_writable() -> None:
    from kith.kernel.policy import mask

    mask.writable = lambda ctx, spec: {name: one for name, one in spec.fields.items() if one.editable}  # type: ignore[assignment]


@breakage("writing")
def no_recheck() -> None:
    from kith.kernel.records import change

    change._recheck = lambda ctx, spec, saved: None  # type: ignore[assignment]


@breakage("writing")
def references_are_not_checked() -> None:
    from kith.kernel.records import checks

    checks._references = lambda ctx, spec, changes: None  # type: ignore[assignment]


@breakage("reading")
def order_tells_invisible_titles() -> None:
    from kith.kernel.records import read

    read._order_of = lambda ctx, one: one.type.sort_expr(one)


@breakage("events")
def one_event_for_a_whole_batch() -> None:
    from kith.kernel.records import change

    record = change._record
    change._record = lambda ctx, spec, saved, now: record(ctx, spec, saved[:1], now)  # type: ignore[assignment]


@breakage("failing")
def no_transaction() -> None:
    from kith.kernel.records import change

    change.transaction = SimpleNamespace(atomic=nullcontext, on_commit=lambda wake: None)  # type: ignore[assignment]


@breakage("writing")
def unknown_fields_are_dropped() -> None:
    from kith.kernel.policy import mask
    from kith.kernel.records import checks

    pick = checks.pick

    def lenient(ctx: Any, spec: Any, one: Any) -> None:
        known = {name: value for name, value in one.item.values.items() if name in mask.writable(ctx, spec)}
        given, one.item = one.item, type(one.item)(known, one.item.id, one.item.verb)
        pick(ctx, spec, one)
        one.item = given

    checks.pick = lenient  # type: ignore[assignment]


@breakage("conflicts")
def stale_versions_win() -> None:
    from kith.kernel.records import change

    change._conflict = lambda ctx, spec, one: None  # type: ignore[assignment]


@breakage("events")
def secrets_in_the_log() -> None:
    from kith.kernel.events import record
    from kith.kernel.records import change

    event = record.event

    def talkative(ctx: Any, object: str, id: Any, verb: str, payload: dict[str, Any], at: Any, **more: Any) -> Any:
        spec = ctx.schema.get(object)
        if spec is not None and "secret" in spec.fields:
            held = spec.model._default_manager.filter(pk=id).values_list("secret", flat=True).first()
            payload = {**payload, "secret": held}
        return event(ctx, object, id, verb, payload, at, **more)

    change.event = talkative  # type: ignore[assignment]


@breakage("costs")
def one_query_a_row() -> None:
    from kith.kernel.records import aside

    fill = aside.fill
    aside.fill = lambda spec, chosen, rows: [made for one in rows for made in fill(spec, chosen, [one])]  # type: ignore[assignment]


@breakage("races")
def unique_values_are_not_checked() -> None:
    from kith.kernel.records import checks

    def blind(spec: Any, changes: Sequence[Any]) -> None:
        """The database's constraint alone is left, which knows no field's name."""

    checks._unique = checks._keys = blind  # type: ignore[assignment]
