"""Runs pytest after saying which databases and which browser were found, so that nothing is left out in silence.

    python tools/run_tests.py [pytest's arguments]

Without arguments: what must hold on each database on PostgreSQL, the whole suite on MariaDB, everything on SQLite; each
as far as its server is here. With arguments, or where KITH_DATABASE_URL names a database: one run, of what was asked.

A test needs a service through one variable, which is set here when the service answers:
KITH_TEST_POSTGRES_URL, KITH_TEST_MARIADB_URL, KITH_TEST_REDIS_URL, KITH_TEST_BROWSER (a path).
KITH_REQUIRE=postgres,mariadb,redis,browser makes a missing one an error (exit status 1) instead of a line of text.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
NOTHING_TO_RUN = 5  # pytest's own status: no browser, so no test of one
WAIT = 2  # seconds for a service to answer


def postgres_answers(url: str) -> str:
    """The server's version; raises when it does not answer."""
    import psycopg

    with psycopg.connect(url, connect_timeout=WAIT) as connection:
        return str(connection.info.server_version // 10000)


def mariadb_answers(url: str) -> str:
    import pymysql

    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        connect_timeout=WAIT,
    )
    with connection:
        return connection.get_server_info()


def redis_answers(url: str) -> str:
    import redis

    client = redis.Redis.from_url(url, socket_connect_timeout=WAIT, socket_timeout=WAIT)
    with client:
        return str(client.info("server")["redis_version"])


class Service(NamedTuple):
    name: str
    variable: str
    answers: Callable[[str], str]
    guesses: tuple[str, ...]  # tried in this order when the variable is not set


SERVICES = (
    Service(
        "postgres",
        "KITH_TEST_POSTGRES_URL",
        postgres_answers,
        ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://root@127.0.0.1:5432/postgres"),
    ),
    Service("mariadb", "KITH_TEST_MARIADB_URL", mariadb_answers, ("mysql://root@127.0.0.1:3306/",)),
    Service("redis", "KITH_TEST_REDIS_URL", redis_answers, ("redis://127.0.0.1:6379/15",)),
)


def find(service: Service) -> tuple[str, str]:
    """(url, version) of a service that answers, or ("", why not)."""
    chosen = os.environ.get(service.variable)
    reason = "nothing answers"
    for url in (chosen,) if chosen else service.guesses:
        try:
            return url, service.answers(url)
        except Exception as error:  # a driver's own error, or the driver is not installed: all mean "not here"
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return "", reason


def find_browser() -> tuple[str, str]:
    """(path, version) of a Chromium, or ("", why not)."""
    script = ["sh", str(ROOT / "tools" / "browser.sh")]
    path = subprocess.run(script, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True).stdout.strip()
    if not path:
        return "", "no Chromium was found; install chromium, or name one in KITH_TEST_BROWSER"
    version = subprocess.run([path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return path, version.strip()


class Part(NamedTuple):
    """One run of pytest: where, and with which arguments."""

    says: str
    service: str  # "" is SQLite
    arguments: tuple[str, ...]


ALONE = (
    "tests/app",
    "tests/kernel/events/test_processes.py",
    "tests/kernel/jobs/test_processes.py",
    "tests/test_repository.py",
)
"""Tests of processes, servers and the command: they make installations of their own (on each server that is here) and
wait for them, so that two at once only disturb each other. On another database of the test run they would do the same
again (fourteen minutes, measured), and so would a browser: what reaches the database has been through the contracts.
"""

SIDE_BY_SIDE = ("-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadscope")
"""As many at once as there are processors, a module each: every process has a database of its own, and the world that
the tests of a module share is made once.
"""

WITHOUT_ALONE = tuple(f"--ignore={one}" for one in ALONE)

PARTS = (
    Part("contracts and kernel", "postgres", ("-q", *SIDE_BY_SIDE, *WITHOUT_ALONE, "tests/contracts", "tests/kernel")),
    Part("the whole suite", "mariadb", ("-q", *SIDE_BY_SIDE, *WITHOUT_ALONE, "-m", "not browser", "tests")),
    Part("all that can run side by side", "", ("-q", *SIDE_BY_SIDE, *WITHOUT_ALONE, "-m", "not browser", "tests")),
    Part("browsers", "", ("-q", *WITHOUT_ALONE, "-m", "browser", "tests")),
    Part("processes, servers, the command", "", ("-q", *ALONE)),
)


def own_database(url: str) -> str:
    """The address of the database that pytest-django makes ``test_…`` beside: named after Kith, so nobody else's."""
    return urlunsplit(urlsplit(url)._replace(path="/kith"))


def main(arguments: list[str]) -> int:
    required = {name.strip() for name in os.environ.get("KITH_REQUIRE", "").split(",") if name.strip()}
    known = {service.name for service in SERVICES} | {"browser"}
    if unknown := required - known:
        print(
            f"tests: KITH_REQUIRE knows {', '.join(sorted(known))}, not {', '.join(sorted(unknown))}", file=sys.stderr
        )
        return 2
    missing = []
    for name, variable, (value, remark) in [
        *((service.name, service.variable, find(service)) for service in SERVICES),
        ("browser", "KITH_TEST_BROWSER", find_browser()),
    ]:
        if value:
            os.environ[variable] = value
            print(f"tests: {name} found ({remark})", flush=True)
        else:
            os.environ.pop(variable, None)
            missing.append(name)
            print(f"tests: {name} tests left out: {remark}", flush=True)
    if lost := sorted(required.intersection(missing)):
        print(f"tests: required but not here: {', '.join(lost)}", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    corpora = ROOT.parent / "shared" / "data"  # real files that tests read by their path; without them they say so
    if corpora.is_dir():
        os.environ.setdefault("KITH_CORPORA", str(corpora))
    if arguments or os.environ.get("KITH_DATABASE_URL"):
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])
    variables = {service.name: service.variable for service in SERVICES}
    return run([one for one in PARTS if one.service not in missing], variables)


def run(parts: list[Part], variables: dict[str, str]) -> int:
    """All parts, however the ones before ended; the first failure's exit status, and what each took."""
    failed, told = 0, []
    for one in parts:
        where = one.service or "SQLite"
        print(f"tests: {one.says} on {where}", flush=True)
        environment = dict(os.environ)
        if one.service:
            environment["KITH_DATABASE_URL"] = own_database(os.environ[variables[one.service]])
        began = time.monotonic()
        status = subprocess.run([sys.executable, "-m", "pytest", *one.arguments], env=environment).returncode
        status = 0 if status == NOTHING_TO_RUN else status
        minutes = (time.monotonic() - began) / 60
        told.append(f"tests: {one.says} on {where}: {'failed' if status else 'passed'} in {minutes:.1f} minutes")
        failed = failed or status
    print("\n".join(told), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
