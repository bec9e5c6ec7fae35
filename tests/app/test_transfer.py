"""``kith import`` and ``kith export``: options, exit status, data on stdout and messages on stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROWS = "First name,Last name,Email,Company,Shoe\nAda,Byron,ada@example.com,Acme,41\nBob,Bell,nonsense,Acme,42\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    assert kith(folder, "migrate").returncode == 0
    (folder / "people.csv").write_text(ROWS)
    return folder


def kith(folder: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    held = {key: value for key, value in os.environ.items() if not key.startswith("KITH_")}
    held.pop("DJANGO_SETTINGS_MODULE", None)
    env = {**held, "KITH_DATA": str(folder), "KITH_LANGUAGE": "en", "KITH_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "kith.app.cli", *args]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, timeout=300)


def out(done: subprocess.CompletedProcess[bytes]) -> Any:
    return json.loads(done.stdout)


def test_dry_run_run_and_run_again(home: Path) -> None:
    dry = kith(home, "import", "people.csv", "--object", "contacts", "--dry-run", "--json")
    assert (dry.returncode, out(dry)["files"][0]["checked"]["counts"]["created"]) == (1, 1)
    done = kith(home, "import", "people.csv", "--object", "contacts", "--json", "--errors", "bad.csv")
    counts = out(done)["counts"]
    assert (done.returncode, counts["created"], counts["failed"], out(done)["also"]) == (1, 1, 1, {"companies": 1})
    bad = list(csv.reader(io.StringIO((home / "bad.csv").read_text("utf-8-sig"))))
    assert (bad[1][:3], bad[1][-2]) == (["Bob", "Bell", "nonsense"], "3")
    again = kith(home, "import", "people.csv", "--object", "contacts", "--drop-bad-values")
    assert again.returncode == 0
    assert b"people.csv" in again.stdout
    assert b"columns that are not imported: Shoe" in again.stderr

    told = kith(
        home, "export", "contacts", "--filter", "last_name:Byron", "--fields", "last_name,email", "--format", "csv"
    )
    assert told.stdout.decode("utf-8-sig").splitlines()[0] == "id,last_name,email"
    assert [line.split(",")[1] for line in told.stdout.decode().splitlines()[1:]] == ["Byron"]
    for name in ("all.csv", "all.xlsx", "all.jsonl"):
        assert kith(home, "export", "contacts", "--out", name).returncode == 0
        back = kith(home, "import", name, "--json")
        assert (back.returncode, out(back)["counts"]["unchanged"], out(back)["files"][0]["vendor"]) == (0, 2, "kith")
    assert kith(home, "export", "everything", "--out", "all.zip", "--history").returncode == 0
    with zipfile.ZipFile(home / "all.zip") as archive:
        assert len(archive.read("contacts.jsonl").splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (("import",), 2, b"FILE"),
        (("import", "nothing.csv"), 1, b"nothing.csv"),
        (("import", "people.csv", "--mode", "sideways"), 2, b"sideways"),
        (("import", "people.csv", "--profile", "nosuch"), 2, b"auto, "),
        (("import", "people.csv", "--profile", ""), 2, b"hubspot"),
        (("import", "people.csv", "--as", "nobody@example.com"), 1, b"nobody@example.com"),
        (("export", "nothing"), 1, b"contacts"),
        (("export", "contacts", "--fields", "nothing"), 1, b"nothing"),
        (("export", "contacts", "--format", "xlsx"), 1, b"--out"),
        (("export", "contacts", "--format", "zip", "--out", "x.zip"), 1, b"everything"),
    ],
)
def test_what_cannot_be_done_says_so(home: Path, args: tuple[str, ...], status: int, words: bytes) -> None:
    done = kith(home, *args)
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("name", ["import", "export"])
def test_help_has_an_example(home: Path, name: str) -> None:
    done = kith(home, name, "--help")
    assert (done.returncode, f"kith {name} ".encode() in done.stdout) == (0, True)
