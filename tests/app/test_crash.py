"""kill -9 of a real site under load: every write that was acknowledged is there, with one event each, and no job is
lost.

``python -m benchmarks.crash --times 50`` is the long form.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from pathlib import Path

from tests.app.crashing import Report, count, run


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    report, ledger = run(data, kills=5, pause=1.0)
    assert report.ok, asdict(report)
    assert report.acknowledged > 50 and report.unknown
    with sqlite3.connect(data / "kith.db") as held:  # and the count would have seen it
        one = next(told[0] for number, told in ledger.told.items() if ledger.sent[number] == 1)  # an acknowledged one
        held.execute("DELETE FROM kith_contact WHERE id = ?", [one.replace("-", "")])
        held.execute("DELETE FROM kith_job WHERE id = (SELECT min(id) FROM kith_job WHERE task = 'crash.mark')")
    count(data, ledger, again := Report())
    assert (again.lost, again.event_without_record, again.event_without_job) == (1, 1, 1)
    assert not again.ok
