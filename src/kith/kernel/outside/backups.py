"""The backups that lie beside the data: which there are, and reading one. ``kith.app.backup`` makes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from kith.kernel.outside import clock

JOB: Final = "backups.now"
DAILY: Final = "backups.daily"
"""The jobs that make one; declared in ``kith.app.backup.daily``."""

KINDS: Final = ("daily", "manual", "before-migration", "before-restore")
_NAME = re.compile(rf"({'|'.join(KINDS)})-([0-9]{{8}}T[0-9]{{6}}Z)\.(zip|db)")


@dataclass(frozen=True, slots=True)
class Backup:
    """One file. ``kind`` says why it was made; ``size`` is in bytes. Every one was read through when it was made."""

    name: str
    kind: str
    made_at: datetime
    size: int


def folder() -> Path:
    """Where they lie."""
    return Path(settings.KITH_DATA) / "backups"


def listed() -> list[Backup]:
    """All of them, the newest first."""
    found = []
    for one in folder().iterdir() if folder().is_dir() else ():
        parts = _NAME.fullmatch(one.name)
        made_at = clock.from_stamp(parts[2]) if parts else None
        if parts and made_at and one.is_file():
            found.append(Backup(one.name, parts[1], made_at, one.stat().st_size))
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def path(name: str) -> Path | None:
    """The file of that name; None for anything that is not a backup, so that no name leads out of the folder."""
    if not _NAME.fullmatch(name):
        return None
    found = folder() / name
    return found if found.is_file() and not found.is_symlink() else None
