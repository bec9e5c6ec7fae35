"""A Kith that runs as it does in use: the command, in a process and a data folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

KITH = Path(sys.executable).with_name("kith")
PASSWORD = "Harbour-lantern-96"
PATIENCE = 120  # seconds that a busy machine may take to make a database


def environment() -> dict[str, str]:
    """That of this process without what Kith, Django and proxies read from it: the defaults are what is tried."""
    names = ("KITH_", "DJANGO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(names)}


def kith(data: Path, *arguments: str, typed: str = "") -> str:
    """Run a command of Kith's on this folder; its output."""
    command = [str(KITH), *arguments, "--data", str(data)]
    done = subprocess.run(command, env=environment(), input=typed, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Company:
    """A running Kith. ``said()`` is what it has printed so far; ``ask`` reads its database beside it."""

    def __init__(self, data: Path, how: str = "serve") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.data, self.address = data, f"http://127.0.0.1:{port}"
        self._log = data.with_name(f"{data.name}.log")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [str(KITH), how, "--data", str(data), "--port", str(port)],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def said(self) -> str:
        return self._log.read_text("utf-8")

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data / 'kith.db'}?mode=ro", uri=True, timeout=30)) as beside:
            return beside.execute(query, values).fetchall()

    def comes_to(self, wanted: list[tuple[Any, ...]], query: str, *values: Any) -> None:
        """The page shows a change before the server has it: wait until the database holds it, too."""
        end = time.monotonic() + 10
        while (found := self.ask(query, *values)) != wanted:
            assert time.monotonic() < end, f"{found} instead of {wanted}"
            time.sleep(0.02)

    def number(self, query: str, *values: Any) -> int:
        return int(self.ask(query, *values)[0][0])

    def id_of(self, table: str, where: str = "deleted_at is null", *values: Any) -> uuid.UUID:
        """The first row of a table that meets the condition, as an address writes it."""
        return uuid.UUID(self.ask(f"select id from {table} where {where} order by id limit 1", *values)[0][0])

    def stop(self) -> None:
        """End it and its workers at once: nobody needs this folder any more."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise AssertionError(f"it ended: {self.said()}")
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(f"it does not answer: {self.said()}")


def kept(folder: Path, how: str) -> Path:
    """A data folder as ``kith serve`` or ``kith demo`` makes it, to copy from."""
    data = folder / "made"
    running = Company(data, how)
    fresh = folder / "kept"
    fresh.mkdir()
    with (
        closing(sqlite3.connect(data / "kith.db")) as source,
        closing(sqlite3.connect(fresh / "kith.db")) as copy,
    ):
        source.backup(copy)  # also what is in the write-ahead log still
    running.stop()
    for one in data.iterdir():
        if one.is_file() and one.name in {"secret_key", "demo_password"}:
            shutil.copy2(one, fresh)
    return fresh


def opened(template: Path, folder: Path, *people: tuple[str, str, str]) -> Iterator[Company]:
    """A company that runs on a copy of ``template``, with these people besides (e-mail, name, role)."""
    shutil.copytree(template, folder)
    for email, name, role in people:
        kith(folder, "user", "add", email, "--name", name, "--role", role, "--password-stdin", typed=PASSWORD)
    company = Company(folder)
    yield company
    company.stop()
    assert "Traceback" not in company.said(), company.said()
