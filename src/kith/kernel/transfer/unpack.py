"""Compressed files: one in a ``gz``, several in a ``zip``. Names are only names here: nothing is written by them."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from kith.kernel.kit.errors import Unreadable, gettext_noop

LARGEST: Final = 4_000_000_000
"""Bytes of all files of one import, unpacked."""

MOST: Final = 200
"""Files in one archive."""

RATIO: Final = 250
"""How many times larger a file may be unpacked: tables shrink thirty times, a bomb a thousand."""

BLOCK: Final = 1 << 20
MANIFEST: Final = "manifest.json"
_WANTED: Final = frozenset(
    [".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".ods", ".vcf", ".vcard", ".json", ".jsonl", ".ndjson", ".gz"]
)


def files(name: str, path: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The tables in this file, as (name, path): itself, or what it holds, unpacked into ``folder``.

    Raises :class:`Unreadable` for what grows beyond reason, is locked, or is no archive although it says so.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        target = folder / f"{path.name}.plain"
        with path.open("rb") as packed:
            _copy(_gzip(packed), target, path.stat().st_size)
        yield name.removesuffix(".gz"), target
    elif magic == b"PK\x03\x04" and not _is_spreadsheet(path):
        yield from _zip(path, folder)
    elif magic == b"PK\x05\x06":
        raise Unreadable("empty_file", gettext_noop("This file is empty"))
    else:
        yield name, path


def _is_spreadsheet(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise _broken() from error
    return "[Content_Types].xml" in names or ("mimetype" in names and "content.xml" in names)


def _zip(path: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    left = LARGEST
    try:
        with zipfile.ZipFile(path) as archive:
            ours = MANIFEST in archive.namelist()  # an archive of our own: what it says of itself is no table
            wanted = [
                one
                for one in archive.infolist()
                if not one.is_dir()
                and one.file_size
                and _is_table(one.filename)
                and not (ours and _beside(one.filename))
            ]
            if len(wanted) > MOST:
                raise Unreadable("too_many_files", gettext_noop("At most %(most)s files in one archive"), most=MOST)
            if not wanted:
                raise Unreadable("empty_file", gettext_noop("This archive holds no table"))
            for number, one in enumerate(wanted):
                if one.flag_bits & 1:
                    raise Unreadable("locked", gettext_noop("This file is locked with a password"))
                target = folder / f"{path.name}.{number}"
                with archive.open(one) as packed:
                    left -= _copy(packed, target, max(one.compress_size, 1), left)  # type: ignore[arg-type]
                inside = PurePosixPath(one.filename.replace("\\", "/")).name
                if inside.lower().endswith(".gz"):
                    yield from files(inside, target, folder)
                else:
                    yield inside, target
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise _broken() from error


def _is_table(name: str) -> bool:
    held = PurePosixPath(name.replace("\\", "/"))
    return held.suffix.lower() in _WANTED and not held.name.startswith((".", "~")) and "__MACOSX" not in held.parts


def _beside(name: str) -> bool:
    return name == MANIFEST or name.startswith("history/")


def _gzip(packed: BinaryIO) -> BinaryIO:
    return gzip.GzipFile(fileobj=packed)  # type: ignore[return-value]


def _copy(source: BinaryIO, target: Path, packed: int, most: int = LARGEST) -> int:
    """Write at most so many bytes; what the archive says of itself is not believed."""
    written, most = 0, min(most, packed * RATIO + 10_000_000)
    try:
        with target.open("wb") as out:
            while block := source.read(BLOCK):
                written += len(block)
                if written > most:
                    raise Unreadable("too_large", gettext_noop("This file is too large once it is unpacked"))
                out.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise _broken() from error
    return written


def _broken() -> Unreadable:
    return Unreadable("broken_archive", gettext_noop("This archive is broken"))


def keep(source: Path | BinaryIO, target: Path) -> None:
    """A copy of our own: the original may be gone when the import goes on."""
    if isinstance(source, Path):
        shutil.copyfile(source, target)
        return
    with target.open("wb") as out:
        shutil.copyfileobj(source, out, BLOCK)
