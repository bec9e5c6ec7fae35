"""Prove that the contracts can fail: ``python -m tests.contracts.prove [NAME…]`` runs them once for each known
breakage.

Prints which test caught each; exit status 1 when one was not caught. A few seconds to a minute each.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.contracts.breakages import BREAKAGES, CAUGHT_IN


def caught_by(name: str) -> str:
    """The first test that fails under this breakage; "" when none does."""
    file = Path(__file__).parent / CAUGHT_IN[name]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no", "--break", name, str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^(?:FAILED|ERROR) \S*/(\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1):
        return f"(pytest itself failed: {done.stdout[-200:]} {done.stderr[-200:]})" if not found else found[1]
    return found[1] if found else ""


def main(names: list[str]) -> int:
    missed = 0
    for name in names or BREAKAGES:
        test = caught_by(name)
        missed += not test
        print(f"{name}: {f'caught by {test}' if test else 'NOT CAUGHT'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
