"""The ledger of an import: row, outcome and record of every row, 21 bytes each, written with the rows themselves."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

from kith.kernel.transfer.cells import text_of
from kith.kernel.transfer.drafts import Draft
from kith.kernel.transfer.engine import Result
from kith.kernel.transfer.models import ImportChunk, ImportFile, ImportRow, Outcome
from kith.kernel.transfer.seen import SHORT, Seen

ENTRY: Final = struct.Struct(">Ic16s")
NOBODY: Final = b"\0" * 16
MOST_NOTES: Final = 10_000
"""Skipped rows and rows with warnings are kept one by one up to here; beyond it they are only counted, and in the
ledger.
"""


def pack(results: Iterable[Result]) -> bytes:
    """A chunk of the ledger."""
    return b"".join(
        ENTRY.pack(
            one.draft.number & 0xFFFFFFFF, one.outcome.value.encode(), one.record.bytes if one.record else NOBODY
        )
        for one in results
    )


def unpack(entries: bytes | memoryview) -> Iterator[tuple[int, Outcome, uuid.UUID | None]]:
    """(row, outcome, record) of a chunk."""
    for number, letter, record in ENTRY.iter_unpack(bytes(entries)):
        yield number, Outcome(letter.decode()), uuid.UUID(bytes=record) if record != NOBODY else None


def entries(file: ImportFile) -> Iterator[tuple[int, Outcome, uuid.UUID | None]]:
    """The whole ledger of a file, in the order of the work; a row that was mended comes again, and then counts."""
    for chunk in ImportChunk.objects.filter(file=file).order_by("number").iterator(chunk_size=50):
        yield from unpack(chunk.entries)


def touched(file: ImportFile) -> Seen:
    """Which records the rows so far were about: what a resumed import must know of its own past."""
    found = Seen()
    for chunk in ImportChunk.objects.filter(file=file).order_by("number").iterator(chunk_size=50):
        found.add(
            {
                record.int & SHORT: number
                for number, outcome, record in reversed(list(unpack(chunk.entries)))
                if record is not None and outcome not in (Outcome.SKIPPED, Outcome.FAILED)
            }
        )
    return found


def counted(counts: dict[str, Any], results: Iterable[Result], back: bool = False) -> dict[str, Any]:
    """The counts with these results; ``back`` takes a failed row out again before it is mended."""
    for one in results:
        sign = -1 if back else 1
        for name in (
            one.outcome.name.lower(),
            *(("created",) if one.outcome is Outcome.RESTORED else ()),
            *(("rows",) if not back else ()),
        ):
            counts[name] = counts.get(name, 0) + sign
        if one.draft.warnings and not back and one.outcome is not Outcome.FAILED:
            counts["warned"] = counts.get("warned", 0) + 1
        if one.reason:
            reasons = counts.setdefault("reasons", {})
            reasons[_key(one.reason)] = reasons.get(_key(one.reason), 0) + sign
    return counts


def _key(reason: str) -> str:
    """Reasons that differ by a row only are one."""
    return " ".join("…" if word.isdecimal() else word for word in reason.split())


def notes(file: ImportFile, results: Iterable[Result], counts: dict[str, Any], run: bool) -> list[ImportRow]:
    """The rows that a person should see, as unsaved rows."""
    made = []
    kept = counts.get("noted", 0)
    for one in results:
        failed = one.outcome is Outcome.FAILED
        if not failed and one.outcome is not Outcome.SKIPPED and not one.draft.warnings:
            continue
        if not failed and kept >= MOST_NOTES:
            continue
        kept += not failed
        problems = [asdict(each) for each in (*one.problems, *one.draft.warnings)]
        made.append(
            ImportRow(
                file=file,
                number=one.draft.number,
                run=run,
                outcome=one.outcome,
                reason=one.reason[:300],
                problems=problems,
                cells=cells_of(one.draft) if failed else None,
                record=one.record,
            )
        )
    counts["noted"] = kept
    return made


def cells_of(draft: Draft) -> list[str]:
    """The cells of a row as they are kept for mending: as text."""
    from kith.kernel.kit.json import dumps_text

    return [
        dumps_text(cell) if isinstance(cell, list | dict) and cell else text_of(cell).replace("\x00", "")
        for cell in draft.cells
    ]
