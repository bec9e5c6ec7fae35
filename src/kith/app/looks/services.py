"""The database, its tables, mail and the clock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.core import mail as django_mail
from django.db import DatabaseError, connection
from django.db.models import Max
from django.utils.translation import gettext as _

from kith.app import config
from kith.app.backup import sqlite, tables
from kith.app.migrating import pending
from kith.kernel.events.models import Event
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.outside import clock, mail
from kith.kernel.outside.health import Finding, bad, check, ok, warn

SLOW: Final = 0.02  # seconds for the shortest question
OFF: Final = timedelta(seconds=5)
FUTURE: Final = timedelta(minutes=2)


@check("database", gettext_noop("Database"), needs=("settings", "disk"))
def database(thorough: bool) -> Iterator[Finding]:
    """Does it answer, quickly, and is it whole?"""
    if (
        connection.vendor == "sqlite"
        and sqlite.path() is None
        and "memory" not in str(connection.settings_dict["NAME"])
    ):
        yield bad(_("There is no database yet."), _("It is made by: kith serve"))
        return
    try:
        connection.ensure_connection()
        took = _latency()
    except DatabaseError as error:
        yield bad(
            _("The database does not answer: {error}").format(error=error),
            _("See that it runs, and that KITH_DATABASE_URL is right."),
        )
        return
    if connection.vendor == "mysql":
        yield from _collation()
    place = sqlite.path()
    if thorough and place and (wrong := sqlite.sound(place, quick=True)):
        yield bad(_("The database file is damaged: {what}").format(what=wrong), _("Restore the last backup."))
        return
    version = ".".join(str(part) for part in connection.get_database_version())
    text = _("{name} {version} answers in {ms} ms").format(
        name=connection.display_name, version=version, ms=f"{took * 1000:.1f}"
    )
    if took < SLOW:
        yield ok(text)
    else:
        yield warn(text, _("Every page asks several times. Bring the database nearer, or see what keeps it busy."))


def _latency() -> float:
    times = []
    for _round in range(5):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _collation() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        collation = cursor.fetchone()[0]
    if not str(collation).endswith("_bin"):
        yield warn(
            _("The database compares text with {collation}: keys that differ in case count as one.").format(
                collation=collation
            ),
            _("Back up, then restore into a new database: Kith makes its tables with utf8mb4_bin."),
        )


@check("tables", gettext_noop("Tables"), needs=("database",))
def shape(_thorough: bool) -> Iterator[Finding]:
    """Are the tables those of this version?"""
    if newer := tables.unknown(tables.applied()):
        yield bad(
            _("A newer version of Kith has changed the database (steps: {count}).").format(count=len(newer)),
            _("Run that version again, or restore a backup."),
        )
    elif steps := pending():
        yield bad(_("Steps behind this version: {count}.").format(count=len(steps)), _("Run: kith migrate"))
    else:
        yield ok(_("As this version needs them"))


@check("mail", gettext_noop("Mail"), needs=("settings",))
def letters(thorough: bool) -> Iterator[Finding]:
    """Do letters reach anybody?"""
    found = config.current()
    if not mail.leaves():
        yield warn(
            _("No mail is sent: it is kept in {folder}.").format(folder=found.data / "outbox"),
            _("Set KITH_SMTP_URL. Until then, invitations and resets are links to copy."),
        )
        return
    shown = found.shown["smtp_url"]
    if not thorough:
        yield ok(_("Mail goes to {server}").format(server=shown))
        return
    try:
        with django_mail.get_connection():
            yield ok(_("{server} takes mail").format(server=shown))
    except Exception as error:
        yield bad(mail.why(error), _("See KITH_SMTP_URL ({server}).").format(server=shown))


@check("clock", gettext_noop("Clock"), needs=("tables",))
def time_of_day(_thorough: bool) -> Iterator[Finding]:
    """Is the clock that of the database, and has it not gone back?"""
    ahead = clock.ahead()
    if abs(ahead) > OFF:
        yield warn(
            _("This machine's clock and the database's differ by {count} s.").format(
                count=round(ahead.total_seconds())
            ),
            _("Let both follow a time server."),
        )
    last = Event.objects.aggregate(last=Max("at"))["last"]
    if last is not None and last > clock.now() + FUTURE:
        yield warn(
            _("The last change is of {at}, which has not come yet.").format(at=last.isoformat(timespec="seconds")),
            _("The clock was set back, or is wrong now. Let it follow a time server."),
        )
    elif abs(ahead) <= OFF:
        yield ok(_("{at} in UTC").format(at=clock.now().strftime("%Y-%m-%d %H:%M")))
