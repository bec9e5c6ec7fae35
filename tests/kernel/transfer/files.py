"""Files for the tests: small ones made here, and real ones that are not ours to ship (``KITH_CORPORA``)."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

CORPORA = Path(os.environ.get("KITH_CORPORA") or Path(__file__).parents[4] / "shared" / "data")


def corpus(name: str) -> Path:
    """A real file by its path; the test is skipped where it is not at hand."""
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"no {name} under KITH_CORPORA ({CORPORA.name})")
    return path


def table(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def put(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
