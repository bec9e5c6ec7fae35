"""An import that is killed in the middle goes on where it was: each row once, none lost, the same end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.transfer.engine import CHUNK
from tests.kernel.transfer.files import put, table

ROWS = 8 * CHUNK
BEGIN = """
import sys, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from kith.kernel.accounts.context import system
from kith.kernel.transfer import job
print(job.begin(system("test"), job.files(sys.argv[1:]), object="contacts").pk)
"""
RUN = """
import sys, json, django; django.setup()
from kith.kernel.accounts.context import system
from kith.kernel.transfer import job
ctx = system("test")
job.carry_out(ctx, sys.argv[1])
found = job.show(ctx, sys.argv[1])
print(json.dumps({"counts": found["counts"], "also": found["also"], "state": found["state"]}))
"""


def _env(folder: Path) -> dict[str, str]:
    held = {key: value for key, value in os.environ.items() if not key.startswith("KITH_")}
    return {**held, "KITH_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "kith.app.settings", "KITH_LOG_LEVEL": "error"}


def _python(folder: Path, code: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *args], env=_env(folder), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def _chunks(database: Path) -> int:
    with sqlite3.connect(database, timeout=30) as db:
        return int(db.execute("SELECT count(*) FROM kith_import_chunk").fetchone()[0])


def _held(database: Path) -> list[Any]:
    with sqlite3.connect(database, timeout=30) as db:
        contacts = db.execute(
            "SELECT email, first_name, last_name, deleted_at FROM kith_contact ORDER BY email"
        ).fetchall()
        keys = db.execute("SELECT system, key FROM kith_external_key ORDER BY key").fetchall()
        events = db.execute("SELECT object, verb, count(*) FROM kith_event GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
        linked = db.execute(
            "SELECT c.email, k.name FROM kith_contact c JOIN kith_company k ON k.id = c.company_id ORDER BY 1"
        ).fetchall()
    return [contacts, keys, events, linked]


def test_kill_9_in_the_middle(tmp_path: Path) -> None:
    if os.environ.get("KITH_DATABASE_URL", "sqlite").split(":")[0] not in ("sqlite", ""):
        pytest.skip("reads the SQLite file from outside")
    rows = [["First name", "Last name", "Email", "Company"]]
    rows += [[f"A{at}", f"B{at}", f"p{at}@example.com", f"Firm {at % 50}"] for at in range(ROWS)]
    path = put(tmp_path, "people.csv", table(rows))
    outcomes = []
    for name, kills in (("whole", ()), ("killed", (2, 5))):
        folder = tmp_path / name
        folder.mkdir()
        id = _python(folder, BEGIN, str(path))
        for wanted in kills:
            with subprocess.Popen([sys.executable, "-c", RUN, id], env=_env(folder), stdout=subprocess.DEVNULL) as run:
                while _chunks(folder / "kith.db") < wanted and run.poll() is None:
                    time.sleep(0.01)
                assert run.poll() is None, "it was done before it could be killed"
                run.send_signal(signal.SIGKILL)
            assert wanted <= _chunks(folder / "kith.db") < ROWS // 500
        outcomes.append((json.loads(_python(folder, RUN, id)), _held(folder / "kith.db")))
    assert outcomes[0] == outcomes[1]
    assert outcomes[1][0]["counts"]["created"] == ROWS
    assert outcomes[1][0]["also"] == {"companies": 50}
