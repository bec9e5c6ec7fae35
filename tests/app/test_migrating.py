"""An upgrade that fails leaves everything as it was, on each database by its own way; and what it may lose comes
back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app.installation import KINDS, Installation, available, installation

MARKS = {"postgres": [pytest.mark.postgres], "mariadb": [pytest.mark.mariadb], "sqlite": []}


@pytest.fixture(scope="module", params=[pytest.param(one, marks=MARKS[one]) for one in KINDS])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A filled installation."""
    if not available(request.param):
        pytest.skip(f"no {request.param} server was named")
    with installation(request.param, tmp_path_factory.mktemp(request.param) / "data") as made:
        made.kith("migrate")
        made.program("fill")
        yield made


FAILING = """
from kith.app import config, migrating
from django.db import connection
def failing(*_words, **_more):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kith_left_over (id integer)")
        cursor.execute("DELETE FROM kith_contact_point")
        cursor.execute("ALTER TABLE kith_link ADD COLUMN left_over integer")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'customers'")
    raise RuntimeError("step 3 broke")
class Step:
    atomic = True
migrating.pending = lambda: [Step()]
migrating.call_command = failing
try:
    migrating.migrate(config.current().data, print)
except migrating.MigrationFailed as failed:
    print("FAILED", failed)
print("kith_left_over" in connection.introspection.table_names())
"""


def test_a_step_that_fails_is_taken_back(place: Installation) -> None:
    before, found = place.program("hash"), place.program("found")
    said = place.code(FAILING)
    assert "as it was before" in said and "step 3 broke" in said
    assert said.split()[-1] == "False"
    assert "up to date" in place.kith("migrate").stderr
    assert (place.program("hash"), place.program("found")) == (before, found)
    (kept,) = (place.data / "backups").glob("before-migration-*")
    assert kept.stat().st_mode & 0o077 == 0
    if kept.suffix == ".zip":
        place.kith("backup", "--verify", kept)


def test_a_database_of_a_newer_version_is_not_touched(place: Installation) -> None:
    add = "from django.db.migrations.recorder import MigrationRecorder as Recorder\nfrom django.db import connection\n"
    place.code(f"{add}Recorder(connection).record_applied('customers', '9999_next_year')")
    place.code(f"{add}Recorder(connection).record_unapplied('sessions', '0001_initial')")  # so that a step is pending
    said = place.kith("migrate", fails=True).stderr
    assert "newer version" in said and "customers.9999_next_year" in said
    place.code(f"{add}Recorder(connection).record_unapplied('customers', '9999_next_year')")
    place.code(f"{add}Recorder(connection).record_applied('sessions', '0001_initial')")
    assert "up to date" in place.kith("migrate").stderr


LOST = """
from django.db import connection
from kith.app import migrating
from kith.kernel.accounts.context import system
from kith.kernel.records import index
from kith.kernel.search import engines
with connection.cursor() as cursor:
    if connection.vendor == "sqlite":
        cursor.execute("DROP TRIGGER kith_search_fts_insert")
    else:
        engines.remove()
    for name, table in index.present().items():
        for statement in index._drop(name, table):
            cursor.execute(statement)
print(bool(engines.missing()), index.present())
migrating.mend(print)
print(engines.missing(), set(index.present()) == {one.name for one in index.wanted(system().schema)})
"""


def test_what_a_table_made_anew_has_lost_is_made_again(place: Installation) -> None:
    assert place.code(LOST).strip().split("\n") == ["True {}", "[] True"]
    before = place.program("found")
    assert before["wanted"] and all(before["search"].values())


FACETS = """
from kith.kernel.records.models import Facet
print(sorted(f"{one.object} {one.field} {one.value} {one.record}" for one in Facet.objects.all()))
"""


@pytest.mark.parametrize("what", ["search", "indexes", "derived"])
def test_rebuild_brings_back_what_may_be_lost(place: Installation, what: str) -> None:
    before, facets = place.program("found"), place.code(FACETS)
    assert facets.count("contacts tags vip") == 135
    place.code(
        "from kith.kernel.records.models import Facet\nfrom kith.kernel.search.models import SearchDoc\n"
        + {"search": "SearchDoc.objects.all().delete()", "indexes": "Facet.objects.all().delete()", "derived": ""}[what]
    )
    assert what == "derived" or (before, facets) != (place.program("found"), place.code(FACETS))
    place.kith("rebuild", what)
    assert (before, facets) == (place.program("found"), place.code(FACETS))
