"""Exports and imports behind the same few calls. A new way in or out is one line in ``EXPORTS`` or ``IMPORTS``."""

from __future__ import annotations

import csv
import io
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.records.errors import Invalid, Refusal
from kith.kernel.records.read import Query
from kith.kernel.transfer import export as exports
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import ledger
from kith.kernel.transfer import mapping as mappings
from kith.kernel.transfer.models import Import
from tests.contracts.surface import Answer
from tests.world import World

FORMATS = ("csv", "xlsx", "jsonl")
Export = Callable[..., Answer]  # world, who, object, format, and of the query: where, sort, fields


def refused(error: Exception) -> Answer:
    status = error.status if isinstance(error, Refusal) else 400
    told = [[one.field, one.code, str(one.message)] for one in getattr(error, "complaints", ())]
    params = getattr(error, "params", {})
    named = frozenset(one.field for one in error.complaints) if isinstance(error, Invalid) else frozenset[str]()
    return Answer(status, json.dumps_text({"message": str(error), "errors": told, "params": params}), fields=named)


# --- out --------------------------------------------------------------------------------------------------------------


def of_kernel(world: World, who: str, object: str, format: str, **query: Any) -> Answer:
    ctx, out = world.ctx(who), io.BytesIO()
    asked = Query(**{name: tuple(given) if isinstance(given, list) else given for name, given in query.items()})
    try:
        if format == "xlsx":
            exports.write_xlsx(ctx, ctx.schema[object], out, asked)
        else:
            out.writelines(exports.export(ctx, ctx.schema[object], format, asked))
    except (Refusal, Unreadable) as error:
        return refused(error)
    return read_back(format, out.getvalue())


EXPORTS: dict[str, Export] = {"kernel": of_kernel}


def read_back(format: str, sent: bytes) -> Answer:
    """What stands in a file that was exported: all its text, and the ids of its records."""
    if format == "xlsx":
        import openpyxl

        with zipfile.ZipFile(io.BytesIO(sent)) as archive:
            text = " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
        (_head, *rest) = openpyxl.load_workbook(io.BytesIO(sent), read_only=True).active.iter_rows(values_only=True)
        return Answer(200, text, tuple(str(row[0]) for row in rest))
    text = sent.decode("utf-8-sig")
    if format == "csv":
        return Answer(200, text, tuple(row["id"] for row in csv.DictReader(io.StringIO(text))))
    return Answer(200, text, tuple(json.loads(line)["id"] for line in text.splitlines()))


# --- in ---------------------------------------------------------------------------------------------------------------


class KernelImport:
    """Imports by ``transfer.job``. Rows are given as API names and wire values."""

    def __init__(self, world: World) -> None:
        self.world = world

    def bring(
        self, who: str, object: str, rows: Sequence[Mapping[str, Any]], dry: bool = False, **mapping: Any
    ) -> Answer:
        """The whole way, or as far as the dry run; the answer holds everything that the importer is told on it."""
        try:
            job = self.begin(who, object, rows, **mapping)
            told = [self.told(who, job)]
            imports.check(self.world.ctx(who), job)
            told.append(self.told(who, job))
            if not dry:
                imports.carry_out(self.world.ctx(who), job)
                told.append(self.told(who, job))
        except (Refusal, Unreadable) as error:
            return refused(error)
        return Answer(200, " ".join(told), self.records(job))

    def begin(self, who: str, object: str, rows: Sequence[Mapping[str, Any]], **mapping: Any) -> uuid.UUID:
        """Bring the file in and say what its columns are. Raises what the kernel raises."""
        ctx = self.world.ctx(who)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "rows.jsonl"
            path.write_bytes(b"".join(json.dumps({name: row.get(name) for name in columns}) + b"\n" for row in rows))
            job = imports.begin(ctx, [("rows.jsonl", path)], object=object)
        spec = ctx.schema[object]
        lines = [
            mappings.Line(one, one, part="id" if one in spec.fields and spec.fields[one].target else "")
            for one in columns
        ]
        made = mappings.Mapping(object, lines, vendor=mappings.OWN, raw=True, system="elsewhere", whole=True)
        wanted = {**mappings.dump(made), "match": ["external_id"], **mapping}
        imports.configure(ctx, job.pk, job.files.get().pk, wanted)
        return job.pk

    def told(self, who: str, job: uuid.UUID) -> str:
        """All that can be asked about an import."""
        ctx = self.world.ctx(who)
        file = Import.objects.get(pk=job).files.get()
        shown = imports.show(ctx, job)
        for name in ("id", "started_at", "finished_at"):
            shown.pop(name)
        rows = [imports.rows(ctx, job, run=run) for run in (False, True)]
        refused = b"".join(imports.refused_csv(ctx, job)).decode()
        everything = [shown, rows, imports.preview(ctx, job, file.pk), refused, [len(imports.mine(ctx)) > 0]]
        text = json.dumps_text(everything)
        for one in [str(file.pk), *(row["id"] for part in rows for row in part)]:
            text = text.replace(one, "…")
        return text

    def records(self, job: uuid.UUID) -> tuple[str, ...]:
        file = Import.objects.get(pk=job).files.get()
        return tuple(str(record) for _row, _outcome, record in ledger.entries(file) if record)

    def take_back(self, who: str, job: uuid.UUID) -> Answer:
        try:
            imports.take_back(self.world.ctx(who), job)
        except Refusal as error:
            return refused(error)
        return Answer(200, self.told(who, job))


IMPORTS: dict[str, type[KernelImport]] = {"kernel": KernelImport}
