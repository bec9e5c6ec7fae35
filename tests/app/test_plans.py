"""The hot queries of the benchmarks find their index, on SQLite and on PostgreSQL: by name, on a small company."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from benchmarks.place import KINDS, Place

from kith.modules.customers.contacts import Contact
from tests.app.installation import PATIENCE, ROOT, available

ROWS = 2_000
PLANS = """
import json, sys
from pathlib import Path

from benchmarks.place import Place

place = Place(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
place.make()
place.enter()

from benchmarks import plans, seed
from django.db import connection

seed.seed(place, lambda _text: None)
if connection.vendor == "postgresql":
    # So few rows are read faster than their index. What is asked here is whether the index serves the query at all.
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
found = {}
for persona, name, request, token in plans.hot(place):
    found[f"{name}, {persona}"] = [plan for _sql, plan in plans.explained(request, token)]
print(json.dumps(found))
"""


def named(*columns: str) -> str:
    """The name of the index over these columns, as the model declares it."""
    (found,) = [one.name for one in Contact._meta.indexes if one.fields == list(columns)]
    return str(found)


TITLE, NEWEST = ("title_key", "id"), ("-updated_at", "-id")
WANTED = {
    "record": {"sqlite": "sqlite_autoindex_kith_contact_1", "postgres": "kith_contact_pkey"},
    "list": named(*TITLE),
    "list, newest first": named(*NEWEST),
    "deep page": named(*TITLE),
    "custom field, promoted": "promoted_f1",
    "search, Latin": "kith_search_fts",
    "search, Chinese": "kith_search_fts",
    "search, phone fragment": "kith_search_fts",
    "search everywhere": "kith_search_fts",
}
"""The index of each case, for whoever sees everything."""

OWN = {
    "list": named("owner", *TITLE),
    "list, newest first": named("owner", *NEWEST),
    "deep page": named("owner", *TITLE),
    "filtered": named("owner", *NEWEST),
    "search, Latin": "kith_search_fts",
    "search, Chinese": "kith_search_fts",
    "search everywhere": "kith_search_fts",
}
"""The same for whoever sees what they own."""


USED = r"USING (?:COVERING )?INDEX {0}\b|SCAN {0} VIRTUAL TABLE INDEX \d+:M|Scan (?:Backward )?(?:using|on) {0}\b"
"""What SQLite says, what it says of the full text when it matches, and what PostgreSQL says."""


@pytest.fixture(scope="module", params=KINDS)
def plans(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The database, and the plans of each case on it."""
    kind = request.param
    if not available(kind):
        pytest.skip(f"no {kind} server")
    place = Place(tmp_path_factory.mktemp("plans"), kind, ROWS, f"-{os.urandom(4).hex()}")
    words = [str(place.root), kind, str(ROWS), place.folder.name.partition(str(ROWS))[2]]
    command = [sys.executable, "-c", PLANS, *words]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        yield kind, json.loads(done.stdout.splitlines()[-1])
    finally:
        place.drop()


@pytest.mark.parametrize(("persona", "wanted"), [("administrator", WANTED), ("few", OWN)], ids=["all", "own"])
def test_each_hot_query_uses_its_index(plans: tuple[str, Any], persona: str, wanted: dict[str, Any]) -> None:
    kind, found = plans
    missed = {}
    for name, index in wanted.items():
        index = index[kind] if isinstance(index, dict) else index
        said = "\n".join(found[f"{name}, {persona}"])
        if not re.search(USED.format(index), said):
            missed[name] = (index, said)
    assert missed == {}


def test_no_page_is_sorted_that_an_index_holds_in_order(plans: tuple[str, Any]) -> None:
    kind, found = plans
    sorting = "USE TEMP B-TREE" if kind == "sqlite" else "Sort"
    ordered = [name for name in found if name.startswith(("list", "deep page", "filtered, few"))]
    assert [name for name in ordered if sorting in found[name][0]] == []
