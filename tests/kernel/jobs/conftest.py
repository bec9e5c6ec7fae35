"""What the tests of jobs share; and databases for the rig: an SQLite file, and where a server was named one of its own
on PostgreSQL and on MariaDB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import pytest

from kith.kernel.jobs import acting
from kith.kernel.jobs.acting import SYSTEM, Who
from kith.kernel.kit.ids import new_id

ROOT = Path(__file__).parents[3]
PATIENCE = 120  # seconds; not about speed


class Rig:
    """One database and a folder; ``run`` starts the program of :mod:`tests.kernel.jobs.rig` on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.environ = {**os.environ, "RIG_URL": url, "RIG_DATA": str(folder)}
        self._started: list[subprocess.Popen[str]] = []

    def begin(self, *args: object) -> subprocess.Popen[str]:
        """Start it and go on."""
        command = [sys.executable, "-m", "tests.kernel.jobs.rig", *map(str, args)]
        begun = subprocess.Popen(
            command, cwd=ROOT, env=self.environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._started.append(begun)
        return begun

    def end(self, begun: subprocess.Popen[str], said: str | None = None) -> Any:
        """Wait for it; what it printed last, as JSON."""
        out, errors = begun.communicate(said, timeout=PATIENCE)
        assert begun.returncode == 0, errors
        return json.loads(out.splitlines()[-1]) if out.strip() else None

    def run(self, *args: object) -> Any:
        return self.end(self.begin(*args))

    def stop(self) -> None:
        for one in self._started:
            if one.poll() is None:
                one.kill()
                one.communicate()


def _servers(kind: str) -> tuple[str, str]:
    name = f"kith_rig_{new_id().hex[-12:]}"
    url = os.environ.get({"postgres": "KITH_TEST_POSTGRES_URL", "mariadb": "KITH_TEST_MARIADB_URL"}[kind], "")
    if not url:
        pytest.skip(f"no {kind} server was named")
    return url, name


def _say(kind: str, url: str, statement: str) -> None:
    if kind == "postgres":
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]
        return
    import pymysql

    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A migrated database of its own, gone afterwards."""
    kind = request.param
    if kind == "sqlite":
        made = Rig(f"sqlite:///{tmp_path / 'rig.db'}", tmp_path)
        made.run("migrate")
        yield made
        made.stop()
        return
    server, name = _servers(kind)
    _say(
        kind,
        server,
        f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if kind == "mariadb" else ""),
    )
    made = Rig(urlunsplit(urlsplit(server)._replace(path=f"/{name}")), tmp_path)
    try:
        made.run("migrate")
        yield made
    finally:
        made.stop()
        _say(kind, server, f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgres" else ""))


class Ctx:
    """What jobs need of a context."""

    source, request_id, locale = "test", "r1", acting.NEUTRAL

    def __init__(self, user: Any = None) -> None:
        self.actor = Who("user", user, user, "Olga") if user else SYSTEM.actor


@pytest.fixture
def as_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs here run for the Who that asked; accounts have their own test."""
    monkeypatch.setattr(acting, "_rebuild", lambda who: who)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the test declares is forgotten afterwards."""
    from kith.kernel.jobs import task

    monkeypatch.setattr(task, "_tasks", dict(task._tasks))
    yield
