"""Writers share a lock on the schema's version, and a change of the schema waits for them: two real connections."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.app.installation import available, installation


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_no_write_is_committed_under_a_schema_that_was_replaced(kind: str, tmp_path: Path) -> None:
    if not available(kind):
        pytest.skip(f"no server of this kind was named: {kind}")
    with installation(kind, tmp_path / "data") as place:
        place.kith("migrate")
        done = place._run([sys.executable, "-m", "tests.kernel.records.locking"], {})
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
    assert said["together"], "writers must not wait for each other"
    assert said["order"] == ["writer", "schema"]
    assert said["writer"]["waited"]
    assert said["writer"]["saved_under"] == said["writer"]["in_force"]
