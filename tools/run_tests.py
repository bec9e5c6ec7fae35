"""Runs pytest after saying which databases and which browser were found, so that nothing is left out in silence.

    python tools/run_tests.py [pytest's arguments]

A test needs a service through one variable, which is set here when the service answers:
KITH_TEST_POSTGRES_URL, KITH_TEST_MARIADB_URL, KITH_TEST_REDIS_URL, KITH_TEST_BROWSER (a path).
KITH_REQUIRE=postgres,mariadb,redis,browser makes a missing one an error (exit status 1) instead of a line of text.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
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


EVERY_DATABASE = ("postgres",)
ON_EVERY_DATABASE = ("tests/contracts", "tests/kernel/query", "tests/kernel/records", "tests/kernel/search")
"""What must hold on each database alike; the rest does not touch what differs between them."""


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
    again = [service for service in SERVICES if service.name in EVERY_DATABASE and service.name not in missing]
    for service in [] if arguments or os.environ.get("KITH_DATABASE_URL") else again:
        print(f"tests: {', '.join(ON_EVERY_DATABASE)} on {service.name}", flush=True)
        environment = os.environ | {"KITH_DATABASE_URL": own_database(os.environ[service.variable])}
        run = subprocess.run([sys.executable, "-m", "pytest", "-q", *ON_EVERY_DATABASE], env=environment)
        if run.returncode:
            return run.returncode
    print("tests: everything on SQLite", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
