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
CAUGHT_IN: dict[str, str] = {}  # the file of tests that must notice, from this folder


def breakage(file: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def keep(make: Callable[[], None]) -> Callable[[], None]:
        BREAKAGES[make.__name__] = make
        CAUGHT_IN[make.__name__] = file if "/" in file else f"test_{file}.py"
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

    def lenient(ctx: Any, spec: Any, changes: Any) -> None:
        for one in changes:
            known_only(ctx, spec, one)

    def known_only(ctx: Any, spec: Any, one: Any) -> None:
        known = {name: value for name, value in one.item.values.items() if name in mask.writable(ctx, spec)}
        given, one.item = one.item, type(one.item)(known, one.item.id, one.item.verb)
        pick(ctx, spec, [one])
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


# --- pages, search, files ---------------------------------------------------------------------------------------------


def as_the_system(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, asked with all rights."""
    from kith.kernel.accounts.context import system

    return lambda ctx, *given, **more: function(system("test", schema=ctx.schema, locale=ctx.locale), *given, **more)


def forgetful(module: Any, *names: str) -> Any:
    """A stand-in for a module in which these functions know no rights."""
    return SimpleNamespace(**{**vars(module), **{name: as_the_system(getattr(module, name)) for name in names}})


@breakage("pages")
def record_pages_forget_the_policy() -> None:
    from kith.kernel.records import read
    from kith.surfaces.web import sheet

    sheet.read = forgetful(read, "one")  # type: ignore[assignment]


@breakage("pages")
def related_lists_forget_the_policy() -> None:
    from kith.kernel.records import read
    from kith.surfaces.web import related

    related.read = forgetful(read, "rows", "by_ids", "every")  # type: ignore[assignment]


@breakage("pages")
def the_hint_of_duplicates_forgets_the_policy() -> None:
    from kith.kernel.records import duplicates, finding
    from kith.surfaces.web import alike

    alike.duplicates = forgetful(duplicates, "like")  # type: ignore[assignment]
    alike.finding = forgetful(finding, "known")  # type: ignore[assignment]


@breakage("hidden")
def the_history_page_forgets_the_mask() -> None:
    from kith.kernel.records import history
    from kith.surfaces.web import timeline

    timeline.history = as_the_system(history.history)


@breakage("finding")
def the_palette_forgets_the_policy() -> None:
    from kith.kernel.records import finding
    from kith.surfaces.web import palette

    palette.finding = forgetful(finding, "search", "known")  # type: ignore[assignment]


@breakage("finding")
def search_forgets_the_mask() -> None:
    from kith.kernel.records import finding

    finding._sees_all = lambda ctx, spec: True


@breakage("exports")
def whoever_reads_may_export() -> None:
    from kith.kernel.policy import rows
    from kith.kernel.transfer import export

    export.may = lambda ctx, spec, verb: rows.may(ctx, spec, "read")  # type: ignore[assignment]
    export.rows_q = lambda ctx, spec, verb="read": rows.rows_q(ctx, spec)  # type: ignore[assignment]


@breakage("exports")
def exports_forget_policy_and_mask() -> None:
    from kith.kernel.records import read
    from kith.kernel.transfer import export

    export.read = forgetful(read, "rows", "requested")  # type: ignore[assignment]


@breakage("exports")
def rights_of_the_first_page_hold_to_the_last() -> None:
    from kith.kernel.transfer import rights

    instead_of(rights.today, lambda ctx: ctx)


@breakage("imports")
def rights_of_the_first_chunk_hold_to_the_last() -> None:
    rights_of_the_first_page_hold_to_the_last()


@breakage("imports")
def imports_match_what_is_out_of_sight() -> None:
    from kith.kernel.records import read
    from kith.kernel.transfer import find

    find.read = forgetful(read, "ids")  # type: ignore[assignment]


@breakage("imports")
def imports_take_hidden_columns() -> None:
    from kith.kernel.transfer import mapping

    instead_of(mapping.problems, lambda ctx, spec, made, columns: [])


@breakage("imports")
def reports_outlive_rights() -> None:
    from kith.kernel.transfer import job

    job._seen = lambda ctx, spec, changes: changes


@breakage("imports")
def an_import_is_everybodys() -> None:
    from kith.kernel.transfer import store

    store.grants = lambda ctx: SimpleNamespace(has=lambda right: True)  # type: ignore[assignment]


@breakage("../surfaces/rest/test_writes.py")
def replies_outlive_rights() -> None:
    from kith.surfaces.rest import once

    once._still_theirs = lambda ctx, row, held: None  # type: ignore[assignment]


@breakage("syncing")
def every_departure_is_told() -> None:
    from kith.kernel.records import changed

    changed._left = lambda ctx, spec, row: True


@breakage("syncing")
def every_change_is_told() -> None:
    from kith.kernel.records import changed

    changed._shows = lambda ctx, spec, row: True
