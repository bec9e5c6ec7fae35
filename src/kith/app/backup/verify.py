"""Looking through a backup as if it were put back: every byte, every row, and the database's own checks."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kith.app.backup import sqlite
from kith.app.backup.archive import FORMAT, Damaged, Reader, Told, quiet
from kith.app.backup.make import DATABASE
from kith.app.words import _


def verify(file: Path, told: Told = quiet) -> dict[str, Any]:
    """The manifest, when everything is as it was written; raises :class:`Damaged` or ``OSError``."""
    with Reader(file) as archive:
        readable(archive)
        archive.check(told)
        if archive.manifest["kind"] == "sqlite":
            with unpacked(archive, file.parent) as copy:
                told(_("Database"), 0, 0)
                if wrong := sqlite.sound(copy):
                    raise Damaged(_("The database in the backup is damaged: {what}").format(what=wrong))
                found = sqlite.counts(copy, list(archive.manifest["tables"]))
        else:
            found = {name: sum(1 for _line in lines(archive, name)) for name in archive.manifest["tables"]}
        for name, stated in archive.manifest["tables"].items():
            if found[name] != stated:
                text = _("The backup is damaged: {table} has {found} rows and should have {stated}")
                raise Damaged(text.format(table=name, found=found[name], stated=stated))
        return archive.manifest


def readable(archive: Reader) -> None:
    """Raise :class:`Damaged` when this version cannot read archives of that form."""
    if archive.format > FORMAT or archive.manifest.get("kind") not in {"sqlite", "rows"}:
        text = _("This backup was made by Kith {version}, which is newer. Restore it with that version.")
        raise Damaged(text.format(version=archive.manifest.get("kith", "?")))


@contextmanager
def unpacked(archive: Reader, folder: Path) -> Iterator[Path]:
    """The SQLite database of an archive as a file in ``folder``, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".kith-backup-") as place:
        copy = Path(place) / DATABASE
        with archive.open(DATABASE) as source, copy.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        yield copy


def lines(archive: Reader, table: str, *, head: bool = False) -> Iterator[bytes]:
    """The rows of a table as they lie in the archive; with ``head`` the names of its columns first."""
    with archive.open(f"tables/{table}.jsonl") as source:
        for number, line in enumerate(source):
            if number == 0 and not isinstance(json.loads(line), list):
                raise Damaged(_("{name} in it cannot be read").format(name=table))
            if number or head:
                yield line
