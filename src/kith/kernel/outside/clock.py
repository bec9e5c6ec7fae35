"""The door to the time: moments are aware and in UTC, and the machine's clock is held against the database server's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """A moment for the name of a file, ``20261121T024000Z``: such names sort by time."""
    return f"{(moment or now()).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def from_stamp(text: str) -> datetime | None:
    """The moment in such a name; None when it is none."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def ahead() -> timedelta:
    """How far this machine's clock is ahead of the database server's; nothing for SQLite, which has no clock of its
    own.

    One query; true to about half the time that it takes.
    """
    asked = {"postgresql": "SELECT clock_timestamp()", "mysql": "SELECT UTC_TIMESTAMP(6)"}.get(connection.vendor)
    if asked is None:
        return timedelta()
    before = now()
    with connection.cursor() as cursor:
        cursor.execute(asked)
        there: datetime = cursor.fetchone()[0]
    here = before + (now() - before) / 2
    return here - (there.replace(tzinfo=UTC) if there.tzinfo is None else there)
