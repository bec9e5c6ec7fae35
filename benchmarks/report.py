"""``docs/benchmarks.md`` out of the results: what was measured, how, beside what was meant to be reached."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import targets
from benchmarks.summary import BUSY, NAMES, SIZES, cases, many, pairs, summary
from tests.app.installation import ROOT

PAGE: Final = ROOT / "docs" / "benchmarks.md"
PERSONAS: Final = {"administrator": "all", "few": "0.1 %", "none": "nothing"}
NONE: Final = "–"
HOW: Final = """
## How it was measured

- `make bench ARGS=all` does all of it in order, and goes on where it was interrupted. The sources are in
  `benchmarks/`; the plans of the hot queries are in `benchmarks/plans`, one file for each database.
- The records are made up: companies, contacts with several addresses and telephone numbers, tags, twenty custom
  fields of which three are promoted, names in Latin and Chinese writing; ten owners in three teams. The same on both
  databases.
- The server is `kith serve` as it is installed, with its jobs, its log of events, rights and search index. Only the
  limit of requests for each caller is off.
- The client is one process on the same machine: keep-alive connections, each with one request on its way. Each answer
  is looked at: its status, and how many records it has. One that is wrong would be named below.
- *A second* and the percentiles are of eight clients; the first answers are not counted. *CPU* is the processor time of
  the server and of the database for one request, in milliseconds. SQLite works inside the server.
- *Raw* is the median of the same statements, sent by the bare driver in the same run, on one connection; *×* says how
  many times longer one client alone waits for the whole answer (median). On PostgreSQL the time on the wire is in both.
- *0.1 %* is a salesperson who may see one contact in a thousand, *nothing* one who may see none: the plans that break
  where rights are an afterthought.
- *Django alone* is one view without middleware under the same server, which reads 50 contacts with their companies in
  one statement and says them as JSON: the same on each machine, so it tells how fast that is.
- Import and export stand beside *the driver*: it writes the very same rows into the same tables, 1,000 contacts a
  commit, or reads as many into a file. An import counts the contacts before and after; a row that did not arrive ends
  the run.
- Memory is PSS, in which a page that several processes share is counted once.

## What is not measured here, and why

- **MariaDB**: Kith runs on it and is tested on it, but its records would take a third seeding; what is said of
  PostgreSQL should not be carried over.
- **The pages in a browser**: their weight and the time until a list is seen are a matter of the browser tests.
- **A network, HTTPS, several machines**: everything is on one, so that the program is what is compared.
- **A cold disk**: the files are in the system's cache, as they are after the first minutes of a working day.
- **Deals, tickets and other objects**: they go through the same code as contacts; the numbers should be alike.
- **More than eight clients for reads**: two cores are busy with eight. Two hundred writers are below.
"""


def write(folder: Path) -> str:
    """Render the page from the results in ``folder``. Returns its name."""
    found = {one.stem: json.loads(one.read_text()) for one in sorted(folder.glob("*.json"))}
    if not any(name.startswith("http-") for name in found):
        raise SystemExit("There are no results yet: python -m benchmarks http")
    PAGE.write_text("\n".join(_page(found)).rstrip() + "\n", encoding="utf-8")
    return PAGE.name


def _page(found: dict[str, Any]) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "Made by `python -m benchmarks report` from measured results; not to be edited by hand.\n"
    yield from summary(found)
    yield from _machine(found)
    for kind, name in NAMES.items():
        if any(f"http-{kind}-{rows}" in found for rows in SIZES):
            yield f"## {name}\n"
            yield from _requests(found, kind)
    yield from _transfers(found)
    yield from _running(found)
    yield from _hard(found)
    yield from _others(found)
    yield HOW.strip() + "\n"


# --- the machine ------------------------------------------------------------------------------------------------------


def _machine(found: dict[str, Any]) -> Iterator[str]:
    yield "## The machine, and what else it did\n"
    about = [one for name, one in found.items() if name.startswith("machine-")]
    if about:
        one = about[-1]
        bases = " and ".join(each["database"] for each in about)
        yield (
            f"{one['cores']} cores ({one['cpu'] or 'of an unnamed make'}), {one['memory_gb']} GB of memory, "
            f"{one['system']}; Python {one['python']}, {bases}; Kith {one['kith']}. Server, database and client share "
            "the cores. The databases are set as they are installed: PostgreSQL writes through to the disk at each "
            "commit, SQLite at each checkpoint.\n"
        )
    runs = [many(one) for _kind, _rows, one in cases(found)]
    if not runs:
        return
    others, paces = sorted(run["others_cores"] for run in runs), sorted(run["pace_ms"] for run in runs)
    busy = sum(one > BUSY for one in others)
    stamps = sorted(one["at"] for _kind, _rows, one in cases(found))
    yield (
        f"Measured from {stamps[0][:16]} to {stamps[-1][:16]}. Meanwhile other programs used {_middle(others):.2f} "
        f"cores in the median and {others[-1]:.2f} at most; in {busy} of {len(runs)} cases more than {BUSY}. A fixed "
        f"piece of work took from {paces[0]} to {paces[-1]} ms of processor time.\n"
    )
    if busy:
        yield (
            "**Cases during which others used much of the machine are marked with °.** What they say a second is "
            "too low; their processor time a request moves less.\n"
        )
    wrong = [f"{one['name']}: {text}" for _k, _r, one in cases(found) for text in many(one)["wrong"]]
    yield from (f"- Wrong answer: {text}" for text in wrong)


def _middle(values: Sequence[float]) -> float:
    return values[len(values) // 2]


# --- requests ---------------------------------------------------------------------------------------------------------


def _requests(found: dict[str, Any], kind: str) -> Iterator[str]:
    yield (
        "Eight clients, two workers. For each size: requests a second; milliseconds within which 50, 95 and 99 % are "
        "answered; processor time in milliseconds, server + database; statements and bytes of the answer; the median "
        "to one client alone, that of the raw statements, both in milliseconds, and how many times the first is.\n"
    )
    head = ["Sees", "Case", "Target"]
    for rows in SIZES:
        head += [f"**{rows:,}**: a second", "p50 / p95 / p99", "CPU", "SQL; bytes", "alone; raw; ×"]
    yield _row(head)
    yield _row(["---", "---", *["---:"] * (len(head) - 2)])
    held = {
        rows: {(one["persona"], one["name"]): one for one in found.get(f"http-{kind}-{rows}", ())} for rows in SIZES
    }
    for persona, sees in PERSONAS.items():
        for name in targets.CASES:
            each = [held[rows].get((persona, name)) for rows in SIZES]
            if any(each):
                aim = _aim(name) if persona == "administrator" else ""
                yield _row([sees, name, aim, *(cell for one in each for cell in _cells(one))])
    yield ""


def _aim(name: str) -> str:
    target = targets.CASES[name]
    first = f"≥ {target.per_s:,}/s" if target.per_s else ""
    first += f", p99 < {target.p99}" if target.p99 else ""
    return "; ".join(filter(None, (first, f"alone ≤ {target.alone:,} ms on a million")))


def _cells(one: dict[str, Any] | None) -> list[str]:
    if one is None:
        return [NONE] * 5
    run = many(one)
    mark = "°" if run["others_cores"] > BUSY else ""
    return [
        f"**{_short(run['per_s'])}**{mark}",
        " / ".join(_short(run[name]) for name in ("p50", "p95", "p99")),
        f"{run['server_ms']:.2f}" + (f" + {run['database_ms']:.2f}" if run["database_ms"] else ""),
        f"{one['statements']}; {run['bytes']:,}",
        f"{one['clients_1']['p50']:.2f}; {one['raw_ms']:.2f}; {one['ratio'] or 0:.0f} ×",
    ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


# --- import, export ---------------------------------------------------------------------------------------------------


def _transfers(found: dict[str, Any]) -> Iterator[str]:
    yield "## Import and export\n"
    yield (
        "Contacts a second. *New*: ten thousand new contacts out of a CSV file with `kith import`, the start of "
        "Python in it. *Again*: the same file, each row found by its address and compared. *REST*: the file sent, "
        "mapped, and written by a job. The target is 3,000 on SQLite, 1,500 on PostgreSQL, and never less than a "
        "third of the driver's pace. *CPU* is processor time a contact, in milliseconds.\n"
    )
    yield _row(["Into", "New", "CPU", "Again", "REST", "Driver", "New : driver", "Others, cores"])
    yield _row(["---", *["---:"] * 7])
    for kind, rows in pairs():
        if one := found.get(f"import-{kind}-{rows}"):
            new = one["create"]
            cells = [new["per_s"], one["again"]["per_s"], one["rest"]["per_s"], one["floor_per_s"]]
            first, *rest = (f"{cell:,}" for cell in cells)
            cost = f"{new['cpu_s'] / new['rows'] * 1000:.2f}"
            yield _row([_where(kind, rows), first, cost, *rest, f"{one['of_floor']:.2f}", new["others_cores"]])
    yield ""
    yield (
        "Every field of each contact, as CSV, by `kith export` and over REST; of a million the first hundred thousand. "
        "The driver reads whole rows of one table; the addresses, companies and owners of the file come from others.\n"
    )
    yield _row(["Out of", "Command", "REST", "Driver", "Command : driver", "Bytes", "Others, cores"])
    yield _row(["---", *["---:"] * 6])
    for kind, rows in pairs():
        if one := found.get(f"export-{kind}-{rows}"):
            cells = [f"{cell:,}" for cell in (one["per_s"], one["rest"]["per_s"], one["floor_per_s"])]
            yield _row([_where(kind, rows), *cells, f"{one['of_floor']:.2f}", f"{one['bytes']:,}", one["others_cores"]])
    yield ""


def _where(kind: str, rows: int) -> str:
    return f"{NAMES[kind]}, {rows:,}"


# --- start, memory, crash, writers ------------------------------------------------------------------------------------


def _running(found: dict[str, Any]) -> Iterator[str]:
    yield "## Start and memory\n"
    yield (
        f"From the command to `/readyz` and to the first list, in seconds (target {targets.START}); all processes of "
        f"the server together, in MB of PSS, after the first answers and after load (target {targets.MEMORY} on "
        "10,000 contacts), and how much of that is the mapped database file, which the system takes back when it "
        "must.\n"
    )
    yield _row(["On", "Ready", "First list", "Memory at first", "After load", "Of it mapped file", "PostgreSQL"])
    yield _row(["---", *["---:"] * 6])
    for kind, rows in pairs():
        start, memory = found.get(f"start-{kind}-{rows}"), found.get(f"memory-{kind}-{rows}")
        if start or memory:
            cells = [start[name] if start else NONE for name in ("ready_s", "first_list_s")]
            cells += [
                f"{memory.get(name, 0):.0f}" if memory else NONE
                for name in ("before_mb", "after_mb", "of_it_file_mb", "database_mb")
            ]
            yield _row([_where(kind, rows), *cells])
    yield ""


def _hard(found: dict[str, Any]) -> Iterator[str]:
    if one := found.get("crash"):
        verdict = "Nothing was lost, halved or doubled" if one["ok"] else "**Something is wrong**"
        yield "## Killed under load\n"
        yield (
            f"`kith serve` on SQLite was killed with -9 {one['kills']} times while six clients wrote. "
            f"{one['acknowledged']:,} calls had been acknowledged. {verdict}: lost {one['lost']}, halved "
            f"{one['half']}, doubled {one['doubled']}, without an entry in the log {one['without_event']}, with a "
            f"job undone {one['jobs_not_done']}. Of {one['unknown']} calls without an answer {one['of_these_done']} "
            f"had been carried out. The slowest start afterwards took {one['slowest_start']:.1f} s.\n"
        )
    if one := found.get("writers"):
        yield "## Many writers on SQLite\n"
        yield from _writers(one)


def _writers(one: dict[str, Any]) -> Iterator[str]:
    if http := one.get("http"):
        lost = (
            http["acknowledged_creates"] - http["contacts_there"] + http["acknowledged_counts"] - http["counters_say"]
        )
        wrong = ", ".join(f"{name} {count} times" for name, count in http["wrong"].items()) or "none"
        yield (
            f"{http['clients']} clients wrote over HTTP for {http['seconds']:.0f} s against one worker: "
            f"{http['writes_per_second']:,.0f} writes a second, p50 {http['p50_ms']:,.0f} ms, p99 "
            f"{http['p99_ms']:,.0f} ms, the worst {http['worst_ms']:,.0f} ms. Writes lost: {lost}. Wrong answers: "
            f"{wrong}. Conflicts, told as such: {http['conflicts_told']:,}. Clients that could write nothing: "
            f"{http['clients_with_nothing']}.\n"
        )
    if kernel := one.get("kernel"):
        yield (
            "Without a server before the database, as many threads in eight processes that add one to shared counters: "
            f"{kernel['acknowledged']:,} additions were acknowledged and {kernel['counted']:,} are there; errors: "
            f"{_told(kernel['errors'])}.\n"
        )


def _told(errors: Any) -> str:
    return str(len(errors)) if isinstance(errors, list | dict) else str(errors)


# --- others -----------------------------------------------------------------------------------------------------------


def _others(found: dict[str, Any]) -> Iterator[str]:
    yield "## Beside other programs\n"
    yield (
        "Requests a second with eight clients and two workers, each program set up as its makers recommend, on the "
        "same machine on 2026-11-20, on 100,000 contacts; Kith's are on 10,000 and 1,000,000 contacts. Odoo 18 and "
        "EspoCRM ran from copies by third parties, Frappe CRM from its state of January 2024; django-crm has no "
        "API, so its numbers are of pages of 100 rows. EspoCRM and Frappe CRM used MariaDB, the others PostgreSQL.\n"
    )
    ours = [(kind, rows) for kind, rows in pairs() if f"http-{kind}-{rows}" in found]
    yield _row(["", *targets.PEERS, *(f"Kith, {_where(kind, rows)}" for kind, rows in ours)])
    yield _row(["---", *["---:"] * (len(targets.PEERS) + len(ours))])
    for name, (label, rates) in targets.OTHERS.items():
        yield _row([label, *(f"{rate}/s" for rate in rates), *(_rate(found, pair, name) for pair in ours)])
    for label, figures in targets.OTHER_FIGURES:
        yield _row([label, *figures, *(_figure(found, pair, label) for pair in ours)])
    yield ""


def _rate(found: dict[str, Any], pair: tuple[str, int], name: str) -> str:
    for one in found[f"http-{pair[0]}-{pair[1]}"]:
        if (one["persona"], one["name"]) == ("administrator", name):
            return f"**{_short(many(one)['per_s'])}/s**"
    return NONE


FIGURES: Final = {
    "Import": ("import", lambda one: one["create"]["seconds"]),
    "Start": ("start", lambda one: one["first_list_s"]),
    "Server": ("memory", lambda one: one["after_mb"]),
}


def _figure(found: dict[str, Any], pair: tuple[str, int], label: str) -> str:
    """Import, start or memory, by the first word of the row."""
    run, value = FIGURES[label.split()[0]]
    one = found.get(f"{run}-{pair[0]}-{pair[1]}")
    return f"**{value(one):.1f}**" if one else NONE
