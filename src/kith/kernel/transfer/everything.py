"""All that an actor may export, in one archive: each object as JSON Lines with all of its fields, links, addresses and
keys of other systems; the history beside it where it is wanted; and a page that says what is in there.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from kith import __version__
from kith.kernel.accounts.context import Context
from kith.kernel.events.models import Event
from kith.kernel.events.record import payload_of
from kith.kernel.jobs.progress import Progress
from kith.kernel.kit import json
from kith.kernel.kit.dates import now
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.read import Query
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer.export import fields_of, pages, wire

LEVEL: Final = 6


def everything(
    ctx: Context, target: Path | BinaryIO, *, history: bool = False, progress: Progress | None = None
) -> dict[str, int]:
    """Write the archive; how many records of each object are in it. Memory does not grow with their number."""
    counts: dict[str, int] = {}
    made = pieces(ctx, counts, history=history, progress=progress)
    if isinstance(target, Path):
        with target.open("wb") as file:
            file.writelines(made)
    else:
        target.writelines(made)
    return counts


def pieces(
    ctx: Context, counts: dict[str, int], *, history: bool = False, progress: Progress | None = None
) -> Iterator[bytes]:
    """The archive piece by piece, for whom it is sent to while it is made; ``counts`` is filled on the way."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for spec in ctx.schema:
            if may(ctx, spec, "export"):
                for count in _object(ctx, spec, archive, progress):
                    counts[spec.name] = count
                    yield from out.taken()
                for _count in _history(ctx, spec, archive, progress) if history else ():
                    yield from out.taken()
        archive.writestr("manifest.json", json.dumps(manifest(ctx, counts, now(), history)))
    yield from out.taken()


class _Out:
    """What the archive writes into. Nothing is sought in it, so what was written can be sent at once."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self.written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """All is handed on anyway."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> Iterator[bytes]:
        """What has been written since."""
        held, self.written = self.written, []
        yield from held


def manifest(ctx: Context, counts: dict[str, int], at: datetime, history: bool) -> dict[str, Any]:
    """What is in the archive: objects, their fields and how many records, by whom and when."""
    objects = {
        name: {
            "records": count,
            "fields": {one.name: one.type.name for one in fields_of(ctx, ctx.schema[name])},
        }
        for name, count in counts.items()
    }
    return {"kith": __version__, "at": at.isoformat(), "by": ctx.actor.name, "history": history, "objects": objects}


def _object(ctx: Context, spec: ObjectSpec, archive: zipfile.ZipFile, progress: Progress | None) -> Iterator[int]:
    """How many records are written, each time that a page of them is."""
    chosen = fields_of(ctx, spec)
    count = 0
    with archive.open(f"{spec.name}.jsonl", "w", force_zip64=True) as out:
        for page in pages(ctx, spec, Query(fields=tuple(one.name for one in chosen), count=False)):
            out.write(b"".join(json.dumps(wire(chosen, row, page)) + b"\n" for row in page.rows))
            count += len(page.rows)
            if progress is not None:
                progress.step(count, message=spec.name)
            yield count
    yield count


def _history(ctx: Context, spec: ObjectSpec, archive: zipfile.ZipFile, progress: Progress | None) -> Iterator[int]:
    """The changes of the same records, with the fields that the actor may read."""
    shown = mask.readable(ctx, spec)
    count = 0
    with archive.open(f"history/{spec.name}.jsonl", "w", force_zip64=True) as out:
        for page in pages(ctx, spec, Query(fields=tuple(shown)[:1], count=False)):
            lines = [json.dumps(one) + b"\n" for one in _events(spec, shown, [row.id for row in page.rows])]
            out.write(b"".join(lines))
            count += len(lines)
            if progress is not None:
                progress.step(count, message=spec.name)
            yield count


def _events(spec: ObjectSpec, shown: dict[str, Any], ids: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in Event.objects.filter(object=spec.name, record__in=list(ids)).order_by("id"):
        diff = payload_of(row).get("diff", {})
        visible = {name: pair for name, pair in diff.items() if name in shown}
        if diff and not visible and row.verb == "updated":
            continue  # only hidden fields changed: for this actor nothing happened
        yield {
            "record": str(row.record),
            "at": row.at.isoformat(),
            "verb": row.verb,
            "by": row.actor_name,
            "source": row.source,
            "diff": visible,
        }
