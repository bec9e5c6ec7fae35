"""What every test has: a database of its own, the world, and guards on the network and on the log.

A test that asks for ``world`` runs in a transaction on a company that is built once per module. A test that needs
several connections (threads, a live server) takes pytest-django's ``transactional_db`` instead, in a module of its own,
and calls ``tests.world.build`` itself.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

FULL = "--full"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        FULL, action="store_true", help="run every combination of the matrices instead of a pairwise sample"
    )
    parser.addoption(
        "--break", default="", metavar="NAME", help="break the kernel in a known way; the contracts must then fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    if name := config.getoption("--break"):
        from tests.contracts.breakages import BREAKAGES

        BREAKAGES[name]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is for some databases only, or for a browser, says why; what looks for words is committed where it must
    be.
    """
    from django.db import connection

    for one in items:
        if (only := one.get_closest_marker("only_on")) and connection.vendor not in only.args:
            one.add_marker(pytest.mark.skip(reason=f"not on {connection.vendor}: {only.kwargs['reason']}"))
        if one.get_closest_marker("browser") and not os.environ.get("KITH_TEST_BROWSER"):
            one.add_marker(pytest.mark.skip(reason="KITH_TEST_BROWSER names no browser"))
        if _is_committed(one):
            one.add_marker(pytest.mark.django_db(transaction=True), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, with the table of the sample object, whose app has no migrations.

    Made last, since foreign keys need the tables they point to; Django's own way (``run_syncdb``) would make it first.
    """
    from django.db import connection

    from tests.sample.samples import Sample

    with django_db_blocker.unblock():
        if Sample._meta.db_table not in connection.introspection.table_names():
            with connection.schema_editor() as editor:
                editor.create_model(Sample)


# --- the world --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _fresh_memory(request: pytest.FixtureRequest) -> None:
    """No test sees what another one left in this process's caches."""
    if not {"db", "transactional_db"}.isdisjoint(request.fixturenames):
        from django.core.cache import cache

        from tests.world import forget

        forget()
        cache.clear()


@pytest.fixture(scope="module")
def _world_of_module(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    from django.db import connection, transaction

    from tests.world import build, forget

    if _is_committed(request.node):
        yield None
        return
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
    forget()
    connection.close()


@pytest.fixture
def world(request: pytest.FixtureRequest, _world_of_module: Any, db: None) -> Any:
    """The company of :mod:`tests.world`; what the test does to it is rolled back.

    MariaDB finds a word only once its row is committed: there a test of a module that is marked ``words`` has a company
    of its own, and the tables are emptied after it (some seconds a test).
    """
    if "transactional_db" in request.fixturenames:
        pytest.fail("`world` lies in a transaction that other connections cannot see; call tests.world.build() instead")
    if _is_committed(request.node):
        from tests.world import build

        return build()
    return _world_of_module


def _is_committed(node: Any) -> bool:
    """Whether what the tests of this module write is committed: where words are looked for on MariaDB."""
    from django.db import connection

    return connection.vendor == "mysql" and node.get_closest_marker("words") is not None


@pytest.fixture
def client_as(world: Any) -> Callable[[str], Any]:
    """``client_as("olga")``: Django's test client, signed in; a token's client sends it as a bearer token."""
    from tests.contracts.surfaces import client_of

    return lambda name: client_of(world, name)


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether every combination is wanted."""
    return bool(request.config.getoption(FULL))


# --- guards -----------------------------------------------------------------------------------------------------------


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a path of a Unix socket
    host = str(address[0])
    if host in {"localhost", ""} or host in _services():
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _services() -> set[str]:
    """Hosts of the database and broker that the run was given."""
    from urllib.parse import urlsplit

    urls = [value for name, value in os.environ.items() if name.startswith("KITH_") and "://" in value]
    return {urlsplit(one).hostname or "" for one in urls}


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that connects, or asks for an address, anywhere but on this machine; also when the code swallows the
    error.
    """
    tried: list[str] = []
    connect, connect_ex, lookup, send = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
        socket.socket.sendto,
    )

    def refuse(address: Any) -> None:
        tried.append(repr(address))
        raise OSError(f"a test may not reach {address!r}")

    def guarded(through: Any) -> Any:
        def attempt(self: socket.socket, address: Any) -> Any:
            if not _is_here(address):
                refuse(address)
            return through(self, address)

        return attempt

    def guarded_send(self: socket.socket, data: Any, *rest: Any) -> int:
        if not _is_here(rest[-1]):
            refuse(rest[-1])
        return send(self, data, *rest)

    def guarded_lookup(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_here((name,)):
            try:
                ipaddress.ip_address(name)  # a number needs no look-up
            except ValueError:
                refuse(name)
        return lookup(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket.socket, "sendto", guarded_send)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)
    yield
    if tried:
        pytest.fail(f"the test reached out to {', '.join(tried)}")


class _Ear(logging.Handler):
    """Keeps the lines that hold what no log may hold."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        from tests.world import PASSWORD

        try:
            line = f"{record.getMessage()} {record.exc_info[1] if record.exc_info else ''}"
        except Exception:  # a broken log call is its own test's business
            return
        if "CNR-" in line or PASSWORD in line or "secret-of-" in line:
            self.heard.append(f"{record.name}: {line[:300]}")


@pytest.fixture(autouse=True)
def _discreet_log() -> Iterator[None]:
    """Fail a test in which a password, a token or a value of a record was logged."""
    ear, root = _Ear(), logging.getLogger()
    root.addHandler(ear)
    yield
    root.removeHandler(ear)
    if ear.heard:
        pytest.fail("logged what no log may hold: " + "; ".join(ear.heard[:3]))
