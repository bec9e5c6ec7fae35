"""The checks of ``kith doctor``. Each looks at one thing and answers findings; none changes anything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

from kith.app import config
from kith.app.words import _

State = Literal["ok", "warning", "broken"]
FREE = 1_000_000_000  # bytes of disk under which we worry
LATE = timedelta(minutes=10)
FAR = 10_000  # events


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw, and what to do when it is not in order (``text``). ``name`` is the same in every language."""

    name: str
    state: State
    text: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def look() -> list[Finding]:
    """All findings, in order. A check that needs what an earlier one found broken is left out."""
    findings: list[Finding] = []
    for check in CHECKS:
        findings += check()
        if check in NEEDED and broken(findings):
            break
    return findings


def broken(findings: list[Finding]) -> bool:
    """Whether Kith cannot work as it is."""
    return any(finding.state == "broken" for finding in findings)


def settings() -> Iterator[Finding]:
    """Can every setting be read, and is every KITH_ name known?"""
    name = "settings"
    try:
        found = config.current()
    except config.ConfigError as wrong:
        yield Finding(name, "broken", str(wrong))
        return
    for strange, near in config.unknown():
        hint = _("Did you mean {name}?").format(name=near) if near else ""
        yield Finding(name, "warning", " ".join(filter(None, [_("Nothing reads {name}.").format(name=strange), hint])))
    if not found.smtp_url:
        yield Finding(
            name,
            "warning",
            _("No mail is sent: it is kept in {folder}. Set KITH_SMTP_URL.").format(folder=found.data / "outbox"),
        )
    if not found.secure and not found.local:
        yield Finding(
            name,
            "warning",
            _("People reach this site without https: passwords can be read on the way. Put a TLS proxy in front."),
        )
    yield Finding(name, "ok", _("Address: {url}").format(url=found.base_url))


def folder() -> Iterator[Finding]:
    """Can the data folder be written, only by us, and is there room?"""
    name, data = "disk", config.current().data
    place = data
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding(
            name,
            "broken",
            _("{folder} cannot be written. Give it to the user who runs Kith, or set KITH_DATA.").format(folder=place),
        )
        return
    for secret in ("secret_key", "setup_token", config.FILE):
        path = data / secret
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding(
                name, "warning", _("Others on this machine can read {file}. Run: chmod 600 {file}").format(file=path)
            )
    free = shutil.disk_usage(place).free
    text = _("{size} GB free in {folder}").format(size=f"{free / 1e9:.1f}", folder=data)
    yield Finding(name, "ok" if free > FREE else "warning", text)


def database() -> Iterator[Finding]:
    """Does it answer, in the shape that this version needs?"""
    name = "database"
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kith.app.settings")
    django.setup(set_prefix=False)
    from django.db import DatabaseError, connection

    from kith.app.migrating import pending

    if connection.vendor == "sqlite" and not os.path.exists(connection.settings_dict["NAME"]):
        yield Finding(name, "warning", _("There is no database yet. It is made by: kith serve"))
        return
    try:
        connection.ensure_connection()
        steps = pending()
    except DatabaseError as error:
        yield Finding(name, "broken", _("The database does not answer: {error}").format(error=error))
        return
    if steps:
        yield Finding(
            name, "broken", _("{count} steps behind this version. Run: kith migrate").format(count=len(steps))
        )
    if connection.vendor == "mysql":
        yield from _collation(name)
    version = ".".join(str(part) for part in connection.get_database_version())
    yield Finding(name, "ok", f"{connection.display_name} {version}")


def _collation(name: str) -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        collation = cursor.fetchone()[0]
    if not str(collation).endswith("_bin"):
        text = _("The database compares text with {collation}: keys that differ in case count as one. Use utf8mb4_bin.")
        yield Finding(name, "warning", text.format(collation=collation))


def jobs() -> Iterator[Finding]:
    """Is somebody doing the jobs, and which ones were given up?"""
    name = "jobs"
    from django.db import DatabaseError
    from django.utils import timezone

    from kith.kernel.jobs import claim
    from kith.kernel.jobs.models import Job, State

    try:
        dead = list(claim.dead().values_list("task", flat=True)[:100])
        late = Job.objects.filter(state=State.READY, run_after__lt=timezone.now() - LATE).count()
        running = Job.objects.filter(state=State.RUNNING).count()
    except DatabaseError:  # the database's own check has said so
        return
    if dead:
        names = ", ".join(sorted(set(dead))[:5])
        text = _("{count} jobs were given up ({names}). Look at them under Settings, Jobs; they can be tried again.")
        yield Finding(name, "warning", text.format(count=len(dead), names=names))
    if late:
        text = _("{count} jobs have been waiting for more than 10 minutes. Is kith serve or kith worker running?")
        yield Finding(name, "warning", text.format(count=late))
    if not dead and not late:
        yield Finding(name, "ok", _("{count} at work, none late, none given up").format(count=running))


def events() -> Iterator[Finding]:
    """Is the log of changes whole, and is everybody who follows it near its end?"""
    name = "log"
    from django.db import DatabaseError
    from django.utils import timezone

    from kith.kernel.events import delivery
    from kith.kernel.events.models import Event
    from kith.kernel.events.verify import verify

    try:
        verdict = verify()
        old = Event.objects.filter(seq=None, at__lt=timezone.now() - LATE).exists()
        behind = sorted(one for one, count in delivery.behind().items() if count > FAR)
    except DatabaseError:
        return
    if not verdict.ok:
        text = _("Number {seq} of the log is not what was written ({reason}). Compare it with a backup.")
        yield Finding(name, "broken", text.format(seq=verdict.seq, reason=verdict.reason))
    if old:
        yield Finding(name, "warning", _("Changes are waiting to be sealed. Is kith serve or kith worker running?"))
    if behind:
        yield Finding(name, "warning", _("Far behind the log: {names}").format(names=", ".join(behind)))
    if verdict.ok:
        yield Finding(name, "ok", _("{count} changes, all as they were written").format(count=verdict.checked))


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (settings, folder, database, jobs, events)
NEEDED = frozenset({settings, folder})
