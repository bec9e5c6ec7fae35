"""Backups by the clock, kept beside the data; and those that somebody asks for on the health page."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import translation
from django.utils.translation import gettext as _

from kith.app.backup.archive import Damaged
from kith.app.backup.make import CannotBackUp, make
from kith.app.backup.verify import verify
from kith.kernel.jobs.models import Job, State
from kith.kernel.jobs.progress import Failed
from kith.kernel.jobs.schedule import scheduled
from kith.kernel.jobs.task import job
from kith.kernel.outside import backups, clock, mail

ADMINISTRATOR: Final = "administrator"
STALE: Final = timedelta(days=1)
_log = structlog.get_logger(__name__)


@scheduled("40 2 * * *", "backups.daily")
@job(backups.DAILY, retries=2, backoff=900, unique=True)
def daily(_ctx: Any, progress: Any) -> str | None:
    """Once a night; the name of the file. Administrators get a letter when the last try failed, too."""
    if not settings.KITH_BACKUPS:
        return None
    try:
        return _one("daily", progress)
    except Failed as failed:
        running = Job.objects.filter(task=backups.DAILY, state=State.RUNNING).first()
        if running is None or running.attempts >= running.max_attempts:
            _tell(str(failed))
        raise


@job(backups.JOB, retries=0, unique=True)
def now(_ctx: Any, progress: Any) -> str:
    """One more, because somebody wants it."""
    return _one("manual", progress)


def _one(kind: str, progress: Any) -> str:
    """Make it, read it through, and only then throw older ones of its kind away."""
    folder = backups.folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder)
    target = folder / f"{kind}-{clock.stamp()}.zip"

    def told(what: str, done: int, total: int) -> None:
        progress.step(done, total or None, what)

    try:
        make(target, told=told)
        verify(target, told)
    except (CannotBackUp, Damaged, OSError) as error:
        target.unlink(missing_ok=True)
        raise Failed(_("No backup was made: %(error)s") % {"error": error}) from error
    except BaseException:  # cancelled, or this process ends: what was not read through does not count
        target.unlink(missing_ok=True)
        raise
    for old in [one for one in backups.listed() if one.kind == kind][max(settings.KITH_BACKUPS, 1) :]:
        (folder / old.name).unlink(missing_ok=True)
    return target.name


def _sweep(folder: Path) -> None:
    """Throw away what a process left behind that was killed in the middle."""
    for one in folder.glob(".*"):
        if time.time() - one.stat().st_mtime > STALE.total_seconds():
            if one.is_dir():
                for part in one.iterdir():
                    part.unlink(missing_ok=True)
                one.rmdir()
            else:
                one.unlink(missing_ok=True)


def _tell(why: str) -> None:
    if not mail.leaves():
        return
    people = get_user_model()._default_manager.filter(is_active=True, deleted_at=None)
    for one in people:
        if ADMINISTRATOR not in one.roles:
            continue
        with translation.override(one.language or None):
            letter = mail.Letter(
                _("Kith: no backup was made last night"),
                [why, _("Changes since the last backup are lost when the disk is.")],
                f"{settings.KITH_BASE_URL}/settings/health",
                _("Open the health page"),
            )
            try:
                mail.send(one.email, letter)
            except Exception as error:  # a dead mail server must not hide why the backup failed
                _log.warning("letter not sent", error=type(error).__name__)
