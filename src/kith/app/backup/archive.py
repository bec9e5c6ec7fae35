"""The archive: a zip file that any tool opens, with a manifest, and with a digest of itself at its very end.

Its last 64 bytes are the SHA-256 of all bytes before, in the zip's comment: no changed byte goes unnoticed, not even
one that unzipping would not look at. Each member's own digest stands in the manifest and says what is damaged.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from kith.app.words import _

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PIECE: Final = 1 << 20
SEAL: Final = b"kith sha256 "
DIGEST: Final = 64  # hexadecimal digits
LEVEL: Final = 2  # of deflate: three times as fast as the usual 6, and a tenth larger

Told = Callable[[str, int, int], None]  # what is being done, how many, of how many (0: not known)


def quiet(_what: str, _done: int, _total: int) -> None:
    """For whoever does not want to be told."""


class Damaged(Exception):
    """This is no backup of Kith, or not all of it is as it was written; the message says what."""


class Writer:
    """An archive in the making: a hidden file beside ``path``, which takes its name when :meth:`finish` is through."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self.members: dict[str, dict[str, Any]] = {}
        handle = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)  # all that the company knows is in it
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.fp = None  # unfinished, it would write its directory when it is thrown away
        self._file.close()
        self.part.unlink(missing_ok=True)  # after finish() it has gone by itself

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Write one member in pieces."""
        digest, length = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as out:

            def write(piece: bytes) -> None:
                nonlocal length
                out.write(piece)
                digest.update(piece)
                length += len(piece)

            yield write
        self.members[name] = {"sha256": digest.hexdigest(), "bytes": length}

    def add(self, name: str, source: IO[bytes], told: Callable[[int], None] = lambda _length: None) -> None:
        """Write one member out of an open file; ``told`` hears how many bytes are through."""
        with self.member(name) as write:
            at = 0
            while piece := source.read(PIECE):
                write(piece)
                at += len(piece)
                told(at)

    def finish(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest and the seal, and give the archive its name. Returns the manifest as it stands in it."""
        whole = {"format": FORMAT, **manifest, "members": self.members}
        self._zip.writestr(MANIFEST, json.dumps(whole, ensure_ascii=False, indent=1))
        self._zip.comment = SEAL + b"0" * DIGEST
        self._zip.close()
        digest = _digest(self._file, self._file.seek(0, os.SEEK_END) - DIGEST)
        self._file.seek(-DIGEST, os.SEEK_END)
        self._file.write(digest.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self.part, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, outlives a power cut
        finally:
            os.close(folder)
        return whole


class Reader:
    """An archive that is there. Raises :class:`Damaged` for what is none; damage inside is found by :meth:`check`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:  # the last: a version of zip to come
            raise Damaged(_("{file} is not a backup of Kith, or its end is missing").format(file=path)) from error
        try:
            self.manifest: dict[str, Any] = json.loads(self._zip.read(MANIFEST))
            self.members: dict[str, dict[str, Any]] = self.manifest["members"]
            self.format = int(self.manifest["format"])
        except Exception as error:  # zipfile raises whatever its codecs do
            self._zip.close()
            raise Damaged(_("{file} has no manifest that can be read").format(file=path)) from error

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One member, to be read."""
        try:
            with self._zip.open(name) as found:
                yield found
        except (KeyError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise Damaged(_("{name} in it cannot be read").format(name=name)) from error

    def check(self, told: Told = quiet) -> None:
        """Read everything and compare it with the digests. Raises :class:`Damaged` with the first that differs."""
        total = sum(int(one["bytes"]) for one in self.members.values())
        what, name, done, wrong = _("Reading it through"), "", 0, ""
        try:
            for name, stated in self.members.items():
                with self.open(name) as source:
                    found = _digest(source, told=partial(_onwards, told, what, done, total))
                if found != stated["sha256"]:
                    raise Damaged(name)
                done += int(stated["bytes"])
        except Damaged as damaged:
            wrong = str(damaged)
        except Exception as error:  # a flipped byte may raise anything in a decompressor
            wrong = f"{name}: {type(error).__name__}"
        if wrong:
            raise Damaged(_("The backup is damaged: {what}").format(what=wrong))
        strangers = {one.filename for one in self._zip.infolist()} - {*self.members, MANIFEST}
        if strangers or not self._sealed():
            what = ", ".join(sorted(strangers)[:3]) or _("its digest does not fit")
            raise Damaged(_("The backup is damaged: {what}").format(what=what))

    def _sealed(self) -> bool:
        comment = self._zip.comment
        if not comment.startswith(SEAL) or len(comment) != len(SEAL) + DIGEST:
            return False
        with self.path.open("rb") as file:
            length = file.seek(0, os.SEEK_END) - DIGEST
            return _digest(file, length).encode() == comment[len(SEAL) :]


def _onwards(told: Told, what: str, done: int, total: int, at: int) -> None:
    told(what, done + at, total)


def safe(name: str) -> PurePosixPath:
    """The path of a member, which must stay where it is put. Raises :class:`Damaged`."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or any(part in {"..", "."} or "\0" in part for part in path.parts):
        raise Damaged(_("{name} in it cannot be read").format(name=name))
    return path


def _digest(source: IO[bytes], length: int | None = None, told: Callable[[int], None] = lambda _at: None) -> str:
    """SHA-256 of a file from where it stands, or of its first ``length`` bytes."""
    found, at = hashlib.sha256(), 0
    if length is not None:
        source.seek(0)
    while piece := source.read(PIECE if length is None else min(PIECE, length - at)):
        found.update(piece)
        at += len(piece)
        told(at)
    return found.hexdigest()
