"""Where the benchmark's records lie: a folder, and on PostgreSQL a database, for each engine and size; they are kept.

``KITH_TEST_POSTGRES_URL`` says where the PostgreSQL server is. The server under test runs in processes of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from tests.app.installation import ROOT, SERVERS, START, Installation, say

KINDS: Final = ("sqlite", "postgres")
SIZES: Final = (10_000, 1_000_000)
PATIENCE: Final = 120  # seconds for a server to answer
FILES: Final = "STRATEGY FILE_COPY"  # PostgreSQL 15 and later


MIGRATE: Final = """
from kith.app import config
from kith.app.migrating import migrate
migrate(config.current().data, print, backup=False)
"""


class Place:
    """One installation of one size. ``name`` sets a copy apart, which may be written to and thrown away."""

    def __init__(self, root: Path, kind: str, rows: int, name: str = "") -> None:
        self.root, self.kind, self.rows = root, kind, rows
        self.folder = root / f"{kind}-{rows}{name}"
        self.database = f"kith_bench_{rows}{name.replace('-', '_')}" if kind == "postgres" else ""
        self.installation = Installation(kind, self.folder, self._url())

    def _url(self) -> str:
        if self.kind == "sqlite":
            return ""
        return urlunsplit(urlsplit(server_url())._replace(path=f"/{self.database}"))

    @property
    def seeded(self) -> bool:
        return (self.folder / "seeded.json").is_file()

    def make(self) -> None:
        """An empty installation, migrated; what was there is gone."""
        self.drop()
        self.folder.mkdir(parents=True)
        if self.kind == "postgres":
            say("postgres", server_url(), f"CREATE DATABASE {self.database}")
        self.installation.kith("migrate")

    def migrate(self) -> None:
        """Bring records of an older version to this one; without a backup, as that of a million takes long."""
        command = [sys.executable, "-c", START + MIGRATE]
        subprocess.run(command, cwd=ROOT, env=self.installation.environ | QUIET, check=True)

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.kind == "postgres":
            say("postgres", server_url(), f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    @property
    def work(self) -> Place:
        """The copy for runs that write."""
        return Place(self.root, self.kind, self.rows, "-work")

    @contextmanager
    def copy(self, keep: bool = False) -> Iterator[Place]:
        """The same records once more, for runs that write; gone afterwards. ``keep``: the next run goes on with it, as
        a copy of a million takes half a minute.
        """
        made = self.work
        if not (keep and made.seeded):
            made.drop()
            shutil.copytree(self.folder, made.folder, ignore=shutil.ignore_patterns("seeded.json"))
            if self.kind == "postgres":
                cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.database}'"
                say("postgres", server_url(), cut)  # a template must have no guests
                # Copying files, and not rows through the log: a third of the time on a million.
                say("postgres", server_url(), f"CREATE DATABASE {made.database} TEMPLATE {self.database} {FILES}")
            os.sync()  # or the first commits wait for four gigabytes on their way to the disk, a second each
            shutil.copy(self.folder / "seeded.json", made.folder)  # last: the copy is whole
        try:
            yield made
        finally:
            if not keep:
                made.drop()

    def enter(self) -> None:
        """Start Django on this place, in this process, once."""
        for name in [name for name in os.environ if name.startswith("KITH_")]:
            if name not in SERVERS.values():
                del os.environ[name]
        os.environ |= {name: one for name, one in self.installation.environ.items() if name.startswith("KITH_")}
        os.environ |= QUIET
        import argparse

        from kith.app.commands import start_django

        start_django(argparse.Namespace(data=None))


QUIET: Final = {"KITH_RATE_LIMIT": "0", "KITH_LOG_LEVEL": "warning"}


def server_url() -> str:
    try:
        return os.environ[SERVERS["postgres"]]
    except KeyError:
        raise SystemExit(f"Say in {SERVERS['postgres']} where the PostgreSQL server is.") from None


class Server:
    """``kith serve`` with workers, in a process group of its own."""

    def __init__(self, place: Place, workers: int, port: int = 0) -> None:
        self.place, self.workers, self.port = place, workers, port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = place.folder / "serve.log"

    def start(self) -> float:
        """Start it; seconds until it says that it is ready."""
        words = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kith.app.cli", *words],
                cwd=ROOT,
                env=self.place.installation.environ | QUIET,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_for(self.port, "/readyz", self.process):
            raise SystemExit(f"the server did not start:\n{self.log.read_text()[-2000:]}")
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid


def wait_for(port: int, path: str, server: subprocess.Popen[bytes]) -> bool:
    """Until it answers; whether it does before it ends or our patience does."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE and server.poll() is None:
        with suppress(OSError, HTTPException):
            if get(port, path)[0] == 200:
                return True
        time.sleep(0.005)
    return False


def get(port: int, path: str, token: str = "") -> tuple[int, bytes]:
    """One request on a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as ask:
        ask.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = ask.getresponse()
        return answer.status, answer.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
