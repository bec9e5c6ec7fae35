"""``python -m benchmarks``: timed runs against a running server. ``docs/benchmarks.md`` has the results.

Each run works on one database and one size in a process of its own; with neither named it does all of them in turn.
``all`` is every run, about twenty minutes once the databases are seeded; interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.place import KINDS, SIZES, Place

RUNS: Final = {
    "seed": "fill the databases that the other runs need (minutes for a million)",
    "http": "lists, search, records, create, update over HTTP",
    "import": "rows a second out of a CSV file, by the command and over REST",
    "export": "rows a second into a CSV file, by the command and over REST",
    "start": "seconds from the command to the first answers",
    "memory": "of the server, before and after load",
    "plain": "the page of 50 by Django alone: how fast this machine is",
    "plans": "write how each database carries out the hot queries into benchmarks/plans",
    "crash": "kill -9 under load on SQLite, then count",
    "writers": "200 writers on SQLite for a minute",
    "report": "write docs/benchmarks.md from the results that are there",
    "all": "all of these but plans, in this order; goes on where it was interrupted",
}
PAIRED: Final = ("plain", "http", "import", "export", "start", "memory")  # those of `all` for each database and size
ALONE: Final = ("crash", "writers")  # on a database of their own
STAMP: Final = "%Y-%m-%d %H:%M:%S"
DATA: Final = Path(tempfile.gettempdir()) / "kith-bench"
EXAMPLE: Final = "make bench ARGS='http --rows 10000 --database sqlite --only record list'"
PERSONAS: Final = ("administrator", "few", "none")


def main() -> int:
    args = _parsed()
    if args.run == "report":
        return _report(args)
    if args.run in ALONE:
        return _alone(args, args.run)
    if args.run == "all":
        return _all(args)
    pairs = _pairs(args)
    if len(pairs) == 1:
        return _one(args, Place(args.data, *pairs[0]))
    return next((code for kind, rows in pairs if (code := _again(args, args.run, kind, rows))), 0)


def _pairs(args: argparse.Namespace) -> list[tuple[str, int]]:
    kinds = [args.database] if args.database else list(KINDS)
    return [(kind, rows) for rows in ([args.rows] if args.rows else SIZES) for kind in kinds]


def _parsed() -> argparse.Namespace:
    choices = "\n".join(f"  {name:8} {what}" for name, what in RUNS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"{(__doc__ or '').strip()}\n\nruns:\n{choices}",
        epilog=f"Example:\n  {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", choices=RUNS, metavar="RUN", help="one of those above")
    parser.add_argument("--rows", type=int, help="contacts: 10000 or 1000000 (default: both)")
    parser.add_argument("--database", choices=KINDS, help="default: both")
    parser.add_argument("--only", nargs="+", metavar="CASE", default=[], help="http: these cases, as in “list”")
    parser.add_argument("--personas", nargs="+", choices=PERSONAS, default=list(PERSONAS), help="http: who asks")
    parser.add_argument("--seconds", type=float, default=4, help="for each number of the administrator (default: 4)")
    parser.add_argument("--clients", type=int, default=8, help="at once, beside one alone (default: 8)")
    parser.add_argument("--workers", type=int, default=2, help="of the server (default: 2)")
    parser.add_argument("--kills", type=int, default=50, help="crash: how often (default: 50)")
    parser.add_argument("--writers", type=int, default=200, help="writers: how many (default: 200)")
    parser.add_argument("--minute", type=float, default=60, help="writers: seconds (default: 60)")
    parser.add_argument("--port", type=int, default=0, help="of the server (default: any that is free)")
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of databases and results (default: {DATA})")
    parser.add_argument("--afresh", action="store_true", help="all: from the beginning, whatever is there")
    parser.add_argument("--series", default="", help=argparse.SUPPRESS)  # when `all` began that this run is part of
    return parser.parse_args()


def _all(args: argparse.Namespace) -> int:
    """Every run in turn. What is done is noted, so that the next call goes on; the copies for writes live that long."""
    file = args.data / "results" / "series.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    noted = json.loads(file.read_text()) if file.is_file() and not args.afresh else {}
    if not noted or noted.get("ended"):
        noted = {"began": time.strftime(STAMP), "done": []}
    args.series = noted["began"]
    steps = [(run, *pair) for pair in _pairs(args) for run in ("seed", *PAIRED)] + [(run, "", 0) for run in ALONE]
    for run, kind, rows in steps:
        name = f"{run} {kind} {rows}"
        if name not in noted["done"]:
            if run != "seed" or not Place(args.data, kind, rows).seeded:
                tell(name if kind else run)
                if code := _alone(args, run) if run in ALONE else _again(args, run, kind, rows):
                    return code
            noted["done"].append(name)
            file.write_text(json.dumps(noted, indent=1))
        if run == PAIRED[-1]:
            Place(args.data, kind, rows).work.drop()
    file.write_text(json.dumps(noted | {"ended": time.strftime(STAMP)}, indent=1))
    return _report(args)


def _again(args: argparse.Namespace, run: str, kind: str, rows: int) -> int:
    """The same for one pair, in a new process: Django starts on one database."""
    words = [run, "--rows", rows, "--database", kind, "--seconds", args.seconds, "--clients", args.clients]
    words += ["--workers", args.workers, "--port", args.port, "--data", args.data, "--personas", *args.personas]
    words += ["--only", *args.only] if args.only else []
    words += ["--series", args.series] if args.series else []
    return subprocess.run([sys.executable, "-m", "benchmarks", *map(str, words)], check=False).returncode


def _alone(args: argparse.Namespace, run: str) -> int:
    """Runs that make an installation of their own; their JSON is kept, also when it says that something was lost."""
    words = ["--times", args.kills, "--pause", 0.7] if run == "crash" else ["--writers", args.writers]
    words += ["--seconds", args.minute] if run == "writers" else []
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{run}", *map(str, words)], stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout)
    if not done.stdout.strip():
        return done.returncode or 1
    _write(args, run, json.loads(done.stdout) | {"at": time.strftime(STAMP)})
    return 0 if args.series else done.returncode


def _one(args: argparse.Namespace, place: Place) -> int:
    if args.run == "seed" or not place.seeded:
        place.make()
        place.enter()
        from benchmarks.seed import seed

        seed(place, tell)
        if args.run == "seed":
            return 0
    else:
        place.migrate()
    place.enter()
    args.there = _there(args, place)
    run = _run_named(args.run)
    run(place, args, tell, partial(_keep, args, place))
    _write(args, f"machine-{place.kind}", _about())
    return 0


def _about() -> dict[str, Any]:
    from django.db import connection

    from benchmarks import machine
    from kith import __version__

    connection.ensure_connection()
    version = ".".join(map(str, connection.get_database_version()))  # type: ignore[attr-defined]
    connection.close()
    return machine.about() | {"kith": __version__, "database": f"{connection.display_name} {version}"}


def _run_named(name: str) -> Callable[..., Any]:
    """The runs import the kernel, so Django must have started."""
    from benchmarks import calls, plans, running, transfers

    return {
        "http": calls.run,
        "import": transfers.run_import,
        "export": transfers.run_export,
        "start": running.run_start,
        "memory": running.run_memory,
        "plain": running.run_plain,
        "plans": plans.run,
    }[name]


def _there(args: argparse.Namespace, place: Place) -> set[tuple[str, str]]:
    """Persona and name of the cases that this series has already."""
    file = args.data / "results" / f"http-{place.kind}-{place.rows}.json"
    held = json.loads(file.read_text()) if args.series and args.run == "http" and file.is_file() else []
    return {(one["persona"], one["name"]) for one in held if one["at"] >= args.series}


def _keep(args: argparse.Namespace, place: Place, found: Any) -> None:
    """Results as JSON, those of an earlier run of the same cases replaced."""
    name = f"{args.run}-{place.kind}-{place.rows}"
    file = args.data / "results" / f"{name}.json"
    if args.run == "http" and file.is_file():
        new = {(one["persona"], one["name"]) for one in found}
        found = [one for one in json.loads(file.read_text()) if (one["persona"], one["name"]) not in new] + found
    _write(args, name, found)


def _write(args: argparse.Namespace, name: str, found: Any) -> None:
    folder = args.data / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))


def _report(args: argparse.Namespace) -> int:
    from benchmarks.report import write

    tell(f"{write(args.data / 'results')} is written")
    return 0


def tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
