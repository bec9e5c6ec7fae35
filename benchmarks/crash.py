"""``python -m benchmarks.crash --times 50``: kill -9 of ``kith serve`` under a write load, so often, then count.

Prints what was found as JSON; exit status 1 when anything that was acknowledged is lost, halved or doubled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.app.crashing import run


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how often it is killed (default: 50)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two kills, or so (default: 2)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kith-crash-") as folder:
        report, _ledger = run(Path(folder) / "data", args.times, args.pause, tell)
    print(json.dumps({**asdict(report), "ok": report.ok}, indent=2))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
