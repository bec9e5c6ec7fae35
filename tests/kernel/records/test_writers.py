"""Many writers on one SQLite file: nobody is told "database is locked", and no write is lost.

``python -m benchmarks.writers`` is the long form, over HTTP and beside it: 200 writers for a minute.
"""

from __future__ import annotations

from pathlib import Path

from tests.app.installation import Installation
from tests.kernel.records.writing import run

WRITERS, SECONDS = 50, 4.0


def test_no_writer_is_turned_away_and_no_write_is_lost(tmp_path: Path) -> None:
    report = run(Installation("sqlite", tmp_path / "data"), WRITERS, SECONDS)
    assert report["errors"] == {}
    assert report["counted"] == report["acknowledged"] > WRITERS
    assert report["events"] == report["acknowledged"] + report["counters"]
