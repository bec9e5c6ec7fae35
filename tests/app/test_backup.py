"""Backups: what goes in comes out, on and across all three databases; what is damaged, newer or in the way is
refused.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.app.installation import KINDS, PATIENCE, ROOT, Installation, available, installation

MARKS = {"postgres": [pytest.mark.postgres], "mariadb": [pytest.mark.mariadb], "sqlite": []}
EACH = [pytest.param(one, marks=MARKS[one]) for one in KINDS]


class Source:
    """An installation with a company in it, a backup of that, and what is in it."""

    def __init__(self, place: Installation, file: Path, out_of: Source | None = None) -> None:
        self.place, self.file, self.out_of = place, file, out_of
        if out_of is None:
            place.kith("migrate")
            place.program("fill")
        else:
            self.told = json.loads(place.kith("restore", out_of.file, "--json").stdout)
        self.found = place.program("found")
        self.said = place.kith("backup", file, "--with-secret-key").stderr
        self.hashes = place.program("hash")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """``sources(kind)``, made when first asked for: SQLite filled, PostgreSQL restored from that, MariaDB from
    PostgreSQL.
    """
    with ExitStack() as stack:
        made: dict[str, Source] = {}

        def source(kind: str) -> Source:
            if not available(kind):
                pytest.skip(f"no {kind} server was named")
            if kind not in made:
                before = {
                    "sqlite": "",
                    "postgres": "sqlite",
                    "mariadb": "postgres" if available("postgres") else "sqlite",
                }
                folder = tmp_path_factory.mktemp(f"on-{kind}")
                place = stack.enter_context(installation(kind, folder / "data"))
                made[kind] = Source(place, folder / "all.zip", source(before[kind]) if before[kind] else None)
            return made[kind]

        yield source


@pytest.fixture
def source(sources: Any) -> Source:
    found: Source = sources("sqlite")
    return found


def test_what_is_compared_is_a_company(source: Source) -> None:
    assert len(source.hashes) > 30
    assert source.found["log"][0] and source.found["log"][1] > 200
    assert all(source.found["search"].values()) and source.found["wanted"]
    assert (source.found["secret"], source.found["sessions"]) == ("JBSWY3DPEHPK3PXP", 1)


@pytest.mark.parametrize("kind", EACH[1:])
def test_it_is_the_same_on_another_database(sources: Any, kind: str) -> None:
    source = sources(kind)
    assert source.hashes == source.out_of.hashes
    same(source.found, source.out_of.found)
    assert source.told["events"] == source.found["log"][1] and source.told["files"] == 1
    assert "up to date" in source.place.kith("migrate").stderr
    assert source.place.kith("doctor").returncode == 0


@pytest.mark.mariadb
def test_and_back_on_sqlite(sources: Any, tmp_path: Path) -> None:
    source, place = sources("mariadb"), Installation("sqlite", tmp_path / "new")
    place.kith("restore", source.file)
    assert place.program("hash") == source.hashes == sources("sqlite").hashes
    same(place.program("found"), source.found)


def same(found: dict[str, Any], before: dict[str, Any]) -> None:
    """All but the sessions, of which none comes back."""
    assert found == before | {"sessions": 0}


@pytest.mark.parametrize("kind", EACH)
def test_a_company_is_not_written_over_but_by_force(sources: Any, tmp_path: Path, kind: str) -> None:
    source = sources(kind)
    place = source.place
    place.program("more")  # on another database: its sequences go on after the highest number that came back
    (place.data / "files" / "ab" / "abcd").unlink()
    changed = place.program("hash")
    assert changed != source.hashes
    assert "--force" in place.kith("restore", source.file, fails=True).stderr
    assert place.program("hash") == changed
    place.kith("restore", source.file, "--force")
    assert place.program("hash") == source.hashes
    same(place.program("found"), source.found)
    stored = place.data / "files" / "ab" / "abcd"
    assert stored.read_bytes() == bytes(range(256)) * 500
    assert stored.stat().st_mode & 0o077 == 0
    (kept,) = (place.data / "backups").glob("before-restore-*.zip")
    again = Installation("sqlite", tmp_path / "again")
    again.kith("restore", kept)
    assert again.program("hash") == changed
    place.program("more")


def test_without_the_key_it_says_what_is_lost(source: Source, tmp_path: Path) -> None:
    file = tmp_path / "plain.zip"
    said = source.place.kith("backup", file).stderr
    assert "second factors cannot be read" in said and "whoever has this file can sign in" in source.said
    key = (source.place.data / "secret_key").read_bytes().strip()
    with zipfile.ZipFile(file) as archive:
        assert "secret_key" not in archive.namelist()
        assert all(key not in archive.read(name) for name in archive.namelist())
    assert file.stat().st_mode & 0o077 == 0
    place = Installation("sqlite", tmp_path / "new")
    assert "no secret key" in place.kith("restore", file).stderr
    assert place.program("found")["secret"] == ""


SESSIONS = """
from django.contrib.sessions.backends.db import SessionStore
for n in range(50):
    one = SessionStore()
    one["a"] = n
    one.save()
print(one.session_key)
"""


def test_sessions_are_not_even_in_the_pages(tmp_path: Path) -> None:
    place, file = Installation("sqlite", tmp_path / "data"), tmp_path / "all.zip"
    place.kith("migrate")
    session = place.code(SESSIONS).strip()
    place.kith("backup", file)
    assert session.encode() in (place.data / "kith.db").read_bytes()
    with zipfile.ZipFile(file) as archive:
        assert session.encode() not in archive.read("kith.db")


def test_a_database_in_use_is_left_alone(source: Source, tmp_path: Path) -> None:
    place = Installation("sqlite", tmp_path / "there")
    place.kith("migrate")
    holding = sqlite3.connect(place.data / "kith.db")
    holding.execute("SELECT count(*) FROM kith_user").fetchone()
    assert "Stop Kith" in place.kith("restore", source.file, fails=True).stderr
    holding.close()
    place.kith("restore", source.file)
    assert place.program("found")["log"] == source.found["log"]


VERIFY = """
from pathlib import Path
from kith.app.backup.archive import Damaged
from kith.app.backup.verify import verify
found = 0
for one in Path({folder!r}).glob("*.zip"):
    try:
        verify(one)
        print("whole", one.name)
    except Damaged:
        found += 1
print(found)
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=MARKS["postgres"])])
def test_no_flipped_byte_goes_unnoticed(sources: Any, tmp_path: Path, kind: str) -> None:
    """Of both forms of archive. In this process, as a hundred processes would take minutes."""
    whole = sources(kind).file.read_bytes()
    chance, file = random.Random(11), tmp_path / "flipped.zip"
    places = (
        [chance.randrange(len(whole)) for _ in range(60)] + list(range(40)) + list(range(len(whole) - 90, len(whole)))
    )
    files = []
    for number, place in enumerate(places):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        files.append(tmp_path / f"{number}.zip")
        files[-1].write_bytes(damaged)
    later = bytearray(whole)
    later[whole.rindex(b"PK\x01\x02") + 6] = 109  # "needs version 10.9 of zip to extract"
    files.append(tmp_path / "later.zip")
    files[-1].write_bytes(later)
    for number, length in enumerate((0, 1, 21, len(whole) // 2, len(whole) - 1)):
        files.append(tmp_path / f"short-{number}.zip")
        files[-1].write_bytes(whole[:length])
    file.write_bytes(whole)
    said = sources(kind).place.code(VERIFY.format(folder=str(tmp_path)))
    assert said.split("\n")[:-1] == ["whole flipped.zip", str(len(files))]


def test_verify_is_a_command_with_an_exit_status(source: Source, tmp_path: Path) -> None:
    place = Installation("sqlite", tmp_path)
    stated = json.loads(place.kith("backup", "--verify", source.file, "--json").stdout)
    assert stated["rows"] > 1000 and stated["kith"]
    assert not (tmp_path / "kith.db").exists()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(source.file.read_bytes()[:-5000])
    assert place.kith("backup", "--verify", broken, fails=True).stderr.count("\n") == 1
    assert place.kith("restore", broken, fails=True).stderr.count("\n") == 1
    assert place.kith("restore", tmp_path / "missing.zip", fails=True)
    assert place.kith("backup", source.file, fails=True)  # never over another one


def remade(file: Path, target: Path, **changed: Any) -> Path:
    """The archive with another manifest, sealed as it should be."""
    from kith.app.backup.archive import Reader, Writer

    with Reader(file) as old, Writer(target) as new:
        for name in old.members:
            with old.open(name) as member:
                new.add(name, member)
        new.finish({**old.manifest, **changed})
    return target


def test_one_of_a_newer_version_is_refused_in_words(source: Source, tmp_path: Path) -> None:
    from kith.app.backup.archive import Reader

    with Reader(source.file) as archive:
        migrations = [*archive.manifest["migrations"], ["customers", "9999_next_year"]]
    file = remade(source.file, tmp_path / "newer.zip", migrations=migrations, kith="7.1.0")
    place = Installation("sqlite", tmp_path / "new")
    said = place.kith("restore", file, fails=True).stderr
    assert "7.1.0" in said and "newer" in said
    assert not (tmp_path / "new" / "kith.db").exists()


BACK = """
from django.core.management import call_command
call_command("migrate", "schema", "0001_initial", verbosity=0)
call_command("migrate", "interactions", "zero", verbosity=0)
"""


@pytest.mark.parametrize("to", EACH[:2])
def test_one_of_an_older_version_is_brought_to_this_one(source: Source, tmp_path: Path, to: str) -> None:
    if not available(to):
        pytest.skip(f"no {to} server was named")
    old, file = Installation("sqlite", tmp_path / "old"), tmp_path / "old.zip"
    old.kith("restore", source.file)
    old.code(BACK)
    old.kith("backup", file)
    old.kith("migrate")
    with installation(to, tmp_path / "new") as place:
        place.kith("restore", file)
        assert place.program("hash") == old.program("hash")
        assert "up to date" in place.kith("migrate").stderr


def test_a_lost_row_is_noticed(source: Source, tmp_path: Path) -> None:
    from kith.app.backup.archive import Damaged, Reader
    from kith.app.backup.verify import verify

    with Reader(source.file) as archive:
        tables = {**archive.manifest["tables"], "kith_user": 2}
    with pytest.raises(Damaged, match="kith_user"):
        verify(remade(source.file, tmp_path / "counted.zip", tables=tables))


def test_no_member_leads_out_of_the_folder() -> None:
    from kith.app.backup.archive import Damaged, safe

    for name in ("../secret_key", "/etc/passwd", "a/../../b", "", "a\0b"):
        with pytest.raises(Damaged):
            safe(name)
    assert str(safe("ab/abcd")) == "ab/abcd"


@pytest.mark.parametrize("kind", EACH)
def test_it_is_of_one_moment_while_others_write(sources: Any, tmp_path: Path, kind: str) -> None:
    """Each writer's transaction makes a user, a job and an event; a backup has all three of it or none."""
    place, file = sources(kind).place, tmp_path / "busy.zip"
    writing = subprocess.Popen(
        [sys.executable, "-c", WRITER],
        cwd=ROOT,
        env=place.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert writing.stdout is not None and writing.stdout.readline() == "writing\n"
        place.kith("backup", file)
    finally:
        writing.kill()
        writing.communicate(timeout=PATIENCE)
    new = Installation("sqlite", tmp_path / "new")
    new.kith("restore", file)
    counts = json.loads(new.code(COUNTS).splitlines()[-1])
    assert counts["users"] == counts["jobs"] == counts["events"]
    place.code("from kith.kernel.jobs.models import Job; Job.objects.filter(task='moment').delete()")
    place.code("from kith.kernel.accounts.models import User; User.objects.filter(name='moment').delete()")


WRITER = """
import argparse
from kith.app.commands import start_django
start_django(argparse.Namespace(data=None))
from django.db import transaction
from django.utils import timezone
from kith.kernel.accounts.context import system
from kith.kernel.accounts.models import User
from kith.kernel.events.record import event
from kith.kernel.jobs.models import Job
from kith.kernel.kit.ids import new_id
ctx, n = system("moment"), 0
while True:
    with transaction.atomic():
        User.objects.create(email=f"{new_id()}@example.com", name="moment")
        event(ctx, "users", None, "moment", {}, timezone.now()).save(force_insert=True)
        Job.objects.create(task="moment", state="done")
    n += 1
    if n == 20:
        print("writing", flush=True)
"""
COUNTS = """
import json
from kith.kernel.accounts.models import User
from kith.kernel.events.models import Event
from kith.kernel.jobs.models import Job
print(json.dumps({
    "users": User.objects.filter(name="moment").count(),
    "jobs": Job.objects.filter(task="moment").count(),
    "events": Event.objects.filter(verb="moment").count(),
}))
"""


def test_a_full_disk_is_told_before_anything_is_written(source: Source, tmp_path: Path) -> None:
    said = source.place.code(
        "import shutil\nfrom pathlib import Path\nfrom kith.app.backup import make\n"
        "shutil.disk_usage = lambda place: type('Usage', (), {'free': 1000})\n"
        f"try:\n    make.make(Path({str(tmp_path)!r}) / 'x.zip')\nexcept make.CannotBackUp as error:\n    print(error)"
    )
    assert "not enough room" in said
    assert os.listdir(tmp_path) == []
