"""An export as it is sent: its name, its media type, and its pieces, made while they are sent."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.notes import note
from kith.kernel.kit import dates
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.query.tree import BadFilter
from kith.kernel.records.errors import Forbidden
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import export
from kith.kernel.transfer.everything import pieces

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
    "zip": "application/zip",
}
FIRST: Final = 2
"""Pieces made before anything is sent: a filter that cannot be read is refused, not broken off in the middle."""

BLOCK: Final = 1 << 18
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
"""What one or the other system does not take in the name of a file."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file on its way: its name in the reader's language, its media type, its pieces."""

    name: str
    type: str
    pieces: Iterator[bytes]


def records(ctx: Context, spec: ObjectSpec, format: str, query: Query, ids: Sequence[uuid.UUID] | None = None) -> Sent:
    """Records of one object as ``csv``, ``xlsx`` or ``jsonl``; ``ids`` when they were picked one by one.

    Raises :class:`BadFilter` and :class:`Forbidden`.
    """
    if format not in export.FORMATS:
        raise BadFilter("unknown_format", gettext_noop("There is no format “%(format)s”"), format=format[:20])
    made = _workbook(ctx, spec, query, ids) if format == "xlsx" else export.export(ctx, spec, format, query, ids)
    return Sent(_name(ctx, str(spec.label_many), format), TYPES[format], _begun(made))


def everything(ctx: Context, *, history: bool = False) -> Sent:
    """All that there is, for who administers; the log tells who took it. Raises :class:`Forbidden`."""
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(verb="export")
    note(ctx, "export", None, "downloaded", {"title": "everything"})
    return Sent(_name(ctx, "Kith", "zip"), TYPES["zip"], _begun(pieces(ctx, {}, history=history)))


def _name(ctx: Context, of: str, suffix: str) -> str:
    return f"{_UNFIT.sub('-', of).strip(' .-') or 'export'}-{dates.today(ctx.locale):%Y-%m-%d}.{suffix}"


def _begun(made: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of them made already."""
    return chain(list(islice(made, FIRST)), made)


def _workbook(ctx: Context, spec: ObjectSpec, query: Query, ids: Sequence[uuid.UUID] | None) -> Iterator[bytes]:
    """A workbook is finished before its first byte can go: it waits on the disk, not in memory."""
    with TemporaryFile() as file:
        target: BinaryIO = file
        export.write_xlsx(ctx, spec, target, query, ids)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block
