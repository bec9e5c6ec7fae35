"""``KITH_DATABASE_URL`` as Django's ``DATABASES``, with what each engine needs to be fast and exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from environ import Env

SQLITE_PRAGMAS = "; ".join(
    (
        "PRAGMA journal_mode=WAL",  # readers never wait for the writer
        "PRAGMA synchronous=NORMAL",  # a power cut may lose the last commits, never the database
        "PRAGMA temp_store=MEMORY",
        "PRAGMA mmap_size=134217728",
        "PRAGMA cache_size=-20000",  # 20 MB a connection
        "PRAGMA foreign_keys=ON",
        "PRAGMA wal_autocheckpoint=4000",  # 16 MB of log before its pages go home: a tenth more new records a second
    )
)


def databases(url: str, data: Path) -> dict[str, dict[str, Any]]:
    """The one database, as a command or the background process uses it; web workers also call :func:`use_pool`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"default": _sqlite(url, data)}
    scheme = {"postgres": "postgresql", "mariadb": "mysql"}.get(parts.scheme, parts.scheme)
    found: dict[str, Any] = Env.db_url_config(urlunsplit(parts._replace(scheme=scheme)))
    tuned = _postgresql(found) if scheme == "postgresql" else _mariadb(found)
    return {"default": tuned}


def _sqlite(url: str, data: Path) -> dict[str, Any]:
    """IMMEDIATE and a long wait: four processes of read-then-write had 18 errors with the defaults, none so."""
    path = urlsplit(url).path[1:]
    if path and not path.startswith("/"):  # sqlite:///kith.db lies in the data folder, wherever the command is started
        url = f"sqlite:///{quote(str(data))}/{path}"
    found: dict[str, Any] = Env.db_url_config(url)
    options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": SQLITE_PRAGMAS}
    return found | {"ENGINE": "kith.app.sqlite", "OPTIONS": options, "CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False}


def use_pool(threads: int) -> None:
    """In a web worker, before its first query: let PostgreSQL connections come from a pool.

    An event stream asks from a new thread each time, so without a pool it would open a connection for every question.
    Not for commands: a pool tries for ten seconds, with a warning for each attempt, before it says that a server is
    down.
    """
    from django.db import connections

    found = connections.settings["default"]
    if found["ENGINE"] == "kith.app.postgresql":
        # Two more than the threads that answer requests, for the event stream.
        found["OPTIONS"]["pool"] = {"min_size": 1, "max_size": threads + 2, "timeout": 10}
        found["CONN_MAX_AGE"] = 0  # Django refuses a pool of connections that threads keep


def _postgresql(found: dict[str, Any]) -> dict[str, Any]:
    """Connections are looked at before they are used again, so a restart of the server costs nobody an error.

    Nothing is compiled: for a page of 50 rows that took PostgreSQL 250 ms where the rows took 300. Nor is a statement
    prepared: one plan for all values took 180 ms for a page that a plan of its own reads in 2.
    """
    options = {"connect_timeout": 10, "options": "-c jit=off"} | found.get("OPTIONS", {})
    tuned = {"OPTIONS": options, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False}
    return found | {"ENGINE": "kith.app.postgresql"} | tuned


def _mariadb(found: dict[str, Any]) -> dict[str, Any]:
    """MariaDB through PyMySQL, reading committed rows, comparing text byte by byte.

    ``utf8mb4_bin`` because keys of other systems differ in case only, accents matter in unique values, and
    ``unicode_ci`` takes all emoji for the same letter; so ``=``, ``unique`` and sorting mean the same on all three
    databases. What people search without regard to case is folded before it is stored, and ``kith.app.mariadb`` gives
    ``icontains`` its own collation.
    """
    strict = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY"
    options = (
        {"connect_timeout": 10}
        | found.get("OPTIONS", {})
        | {
            "charset": "utf8mb4",
            "collation": "utf8mb4_bin",
            "isolation_level": "read committed",
            "init_command": f"SET sql_mode='{strict}', innodb_lock_wait_timeout=30",
        }
    )
    return found | {
        "ENGINE": "kith.app.mariadb",
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"},
    }
