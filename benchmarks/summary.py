"""What of the targets is reached: the head of ``docs/benchmarks.md``, and how its results are looked through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from benchmarks import targets

NAMES: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
SIZES: Final = (10_000, 1_000_000)
BUSY: Final = 0.15  # cores of others: above it a number is not to be compared


def summary(found: dict[str, Any]) -> Iterator[str]:
    checks = list(_checks(found))
    missed = [text for good, text in checks if not good]
    yield "## In short\n"
    yield f"Of {len(checks)} targets {len(checks) - len(missed)} are met and {len(missed)} are missed.\n"
    runs = [many(one) for _kind, _rows, one in cases(found)]
    if sum(run["others_cores"] > BUSY for run in runs) > len(runs) / 4:
        yield "**The machine was not quiet**: what is said of a second here is too low, and is to be measured again.\n"
    yield from _plain(found)
    if missed:
        yield "Missed:\n"
        yield from (f"- {text}" for text in missed)
        yield ""


def _plain(found: dict[str, Any]) -> Iterator[str]:
    """How fast this machine is beside that of the targets, and what would be met there."""
    paces = {kind: pace for kind in NAMES if (pace := _pace(found, kind))}
    if not paces:
        return
    asked = [
        (many(one)["per_s"], target.per_s, paces[kind])
        for kind, rows, one in cases(found)
        if rows == SIZES[0] and one["persona"] == "administrator" and kind in paces
        if (target := targets.CASES[one["name"]]).per_s
    ]
    for kind, pace in paces.items():
        here, there = _plain_ms(found, kind), targets.PLAIN[kind]
        yield (
            "Django alone, one view of 50 rows without rights, count or titles, takes here "
            f"{here:.2f} ms of processor time on {NAMES[kind]}; such a view took {there} when the targets were set: "
            f"this machine has {pace:.2f} of that one's pace.\n"
        )
    met = sum(rate >= wanted for rate, wanted, _pace in asked)
    would = sum(rate / pace >= wanted for rate, wanted, pace in asked)
    yield (
        f"Of the {len(asked)} targets a second {met} are met as they stand, and {would} at the pace of the machine for "
        "which they were set.\n"
    )


def _plain_ms(found: dict[str, Any], kind: str) -> float:
    """Processor time of a page by Django alone; 0 when it was not measured."""
    one = found.get(f"plain-{kind}-{SIZES[0]}")
    return float(one["server_ms"] + one["database_ms"]) if one else 0.0


def _pace(found: dict[str, Any], kind: str) -> float:
    """How fast this machine is beside that of the targets."""
    spent = _plain_ms(found, kind)
    return targets.PLAIN[kind] / spent if spent else 0.0


def _checks(found: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """Whether each target is met, and a sentence that says what was found instead."""
    for kind, rows, one in cases(found):
        target = targets.CASES.get(one["name"])
        if one["persona"] != "administrator" or target is None:
            continue
        where = f"{one['name']}, {NAMES[kind]}, {rows:,} contacts"
        busy, alone = many(one), one["clients_1"]["p50"]
        if rows == SIZES[0] and target.per_s:
            text = f"{where}: {busy['per_s']:,.0f} a second, not {target.per_s:,}"
            if pace := _pace(found, kind):
                text += f" ({busy['per_s'] / pace:,.0f} at the pace of the targets' machine)"
            yield round(busy["per_s"]) >= target.per_s, f"{text}."
        if rows == SIZES[0] and target.p99:
            yield busy["p99"] < target.p99, f"{where}: 99 % within {busy['p99']:.0f} ms, not {target.p99}."
        if rows == SIZES[1]:
            yield alone <= target.alone, f"{where}: {alone:,.0f} ms alone, not {target.alone:,}."
        if one["name"] in targets.LISTS:
            count = one["statements"]
            yield count <= targets.STATEMENTS, f"{where}: {count} statements, not {targets.STATEMENTS}."
    for kind, rows in pairs():
        where = f"{NAMES[kind]}, {rows:,} contacts"
        if one := found.get(f"import-{kind}-{rows}"):
            rate, part, target_rate = one["create"]["per_s"], one["of_floor"], targets.IMPORT[kind]
            yield rate >= target_rate, f"Import, {where}: {rate:,} rows a second, not {target_rate:,}."
            yield part >= targets.OF_FLOOR, f"Import, {where}: {part:.2f} of the driver's pace, not a third."
        if one := found.get(f"start-{kind}-{rows}"):
            first = one["first_list_s"]
            yield first <= targets.START, f"Start, {where}: {first} s to the first list, not {targets.START}."
        if (one := found.get(f"memory-{kind}-{rows}")) and rows == SIZES[0]:
            after = one["after_mb"]
            yield after <= targets.MEMORY, f"Memory, {where}: {after:.0f} MB after load, not {targets.MEMORY}."


def cases(found: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for kind, rows in pairs():
        for one in found.get(f"http-{kind}-{rows}", ()):
            yield kind, rows, one


def pairs() -> list[tuple[str, int]]:
    return [(kind, rows) for kind in NAMES for rows in SIZES]


def many(one: dict[str, Any]) -> dict[str, Any]:
    """The run with the most clients."""
    runs = [run for name, run in one.items() if name.startswith("clients_")]
    return dict(max(runs, key=lambda run: int(run["clients"])))
