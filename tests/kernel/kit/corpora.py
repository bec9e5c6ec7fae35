"""Outside texts to try the kit on: naughty strings and Chinese company names; skipped where they are not at hand.

``KITH_CORPORA`` names the folder that holds ``security/blns/blns.json`` (the Big List of Naughty Strings) and
``names/zh_company_short_names_20k.txt`` (one name a line). They are not ours to ship.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("KITH_CORPORA", "corpora"))


def naughty() -> list[str]:
    """Strings that broke other programs."""
    path = FOLDER / "security/blns/blns.json"
    if not path.exists():
        pytest.skip("no naughty strings here")
    return [str(text) for text in json.loads(path.read_text("utf-8"))]


def companies() -> list[str]:
    """Short names of Chinese companies."""
    path = FOLDER / "names/zh_company_short_names_20k.txt"
    if not path.exists():
        pytest.skip("no company names here")
    return path.read_text("utf-8").split()
