"""The company of the benchmarks is written past the write path. What lies beside its records is what Kith itself would
have put there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.app.installation import PATIENCE, ROOT

ROWS = 1_000
SCRIPT = """
import json, sys
from pathlib import Path

from benchmarks.place import Place

place = Place(Path(sys.argv[1]), "sqlite", int(sys.argv[2]))
place.make()
place.enter()

from benchmarks import seed
from kith.kernel.accounts.context import system
from kith.kernel.fields.base import type_named
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.records import rebuild
from kith.kernel.records.models import ContactPoint, Facet
from kith.kernel.search.models import SearchDoc

OBJECTS = ("companies", "contacts")

def beside():
    documents = SearchDoc.objects.filter(object__in=OBJECTS).values_list("object", "record", "title_key", "body")
    facets = Facet.objects.filter(object__in=OBJECTS).values_list("object", "field", "value", "record")
    return {str((*one, sorted(body.split()))) for *one, body in documents} | {str(one) for one in facets}

seed.seed(place, lambda _text: None)
before = beside()
for part in (rebuild.search, rebuild.indexes):
    part(system("test"), lambda *_told: None)
points = ContactPoint.objects.values_list("field", "value", "key")
print(json.dumps({
    "count": len(before),
    "parted": sorted(before ^ beside())[:4],
    "points": points.count(),
    "keys": [one for one in points if type_named(one[0]).read_one(one[1], NEUTRAL).key != one[2]][:4],
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path_factory.mktemp("bench")), str(ROWS)]
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "kith.app.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_documents_and_facets_are_those_of_a_rebuild(found: Any) -> None:
    assert found["count"] > ROWS and found["parted"] == []


def test_points_have_the_keys_of_their_fields(found: Any) -> None:
    assert found["points"] > ROWS and found["keys"] == []
