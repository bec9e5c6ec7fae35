"""What a dry run or a run came to, as the pages tell it: counts, changes, and the rows that were refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from babel.numbers import format_decimal
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import read
from kith.kernel.transfer import job as imports
from kith.kernel.transfer.mapping import LINKS
from kith.kernel.transfer.models import Import, State
from kith.surfaces.web import marks
from kith.surfaces.web.marks import noun

ROWS: Final = 25
CHANGES: Final = 10
KINDS: Final = {
    State.DONE: "ok", State.RUNNING: "acc", State.UNDOING: "acc", State.FAILED: "bad", State.PAUSED: "warn",
}  # fmt: skip
"""Colours of the states."""

TILES: Final = (
    ("created", gettext_lazy("To be added"), gettext_lazy("Added"), "plus"),
    ("updated", gettext_lazy("To be changed"), gettext_lazy("Changed"), "pencil"),
    ("unchanged", gettext_lazy("Already the same"), gettext_lazy("Already the same"), "check"),
    ("skipped", gettext_lazy("To be left out"), gettext_lazy("Left out"), "eye-off"),
    ("failed", gettext_lazy("Refused"), gettext_lazy("Refused"), "alert-circle"),
)


def number(ctx: Context, value: int) -> str:
    """A count as this person reads it: "12,431"."""
    return str(format_decimal(value, locale=ctx.locale.babel))


def objects_of(ctx: Context, names: Iterable[str]) -> str:
    """ "Companies, contacts": what the files hold."""
    known = [ctx.schema[name] for name in dict.fromkeys(names) if ctx.schema.get(name) is not None]
    return ", ".join(str(spec.label_many) for spec in known)


def ran(job: Import) -> bool:
    """Whether the rows to tell about are those of the run, and not of the dry run."""
    return job.state not in (State.UPLOADED, State.MAPPED, State.CHECKED)


def display(ctx: Context, here: Field, value: Any) -> str:
    """A value of a preview, in words."""
    if value in (None, "", [], {}):
        return ""
    if here.type.name in LINKS or (isinstance(value, str) and here.target):
        return str(value)
    try:
        return here.type.display(here, here.type.parse(here, value, ctx.locale), ctx.locale)
    except (ValueError, TypeError):
        return str(value)


def values(ctx: Context, job: Import, told: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    """What the pages of the check, the run and the report show."""
    files = [one for one in told["files"] if not one["refused"]]
    counts = _sum([_counts(one, dry) for one in files])
    at_work = told["doing"]
    return {
        "dry": dry,
        "busy": at_work is not None,
        "progress": _progress(ctx, told),
        "tiles": _tiles(ctx, counts, dry),
        "files": [_file(ctx, job, one, dry) for one in told["files"]],
        "several": len(told["files"]) > 1,
        "also": _also(ctx, files, dry),
        "warned_count": counts.get("warned", 0),
        "warned": number(ctx, counts.get("warned", 0)) if counts.get("warned") else "",
        "changes": [] if not dry else _changes(ctx, files),
        "reasons": _reasons(ctx, files, dry),
        "total": number(ctx, sum(one["rows"] for one in files)),
        "writes": counts.get("created", 0) + counts.get("updated", 0),
        "writes_words": number(ctx, counts.get("created", 0) + counts.get("updated", 0)),
        "failed": counts.get("failed", 0),
        "failed_words": number(ctx, counts.get("failed", 0)),
        "kept": _kept(ctx, told),
        "kept_count": told["kept"],
        **(refused(ctx, job) if counts.get("failed") and at_work is None else {"rows": [], "more": ""}),
    }


def _counts(file: Mapping[str, Any], dry: bool) -> dict[str, Any]:
    return dict(file["checked"].get("counts", {}) if dry else file["counts"])


def _sum(counts: list[dict[str, Any]]) -> dict[str, int]:
    made: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            if isinstance(count, int):
                made[name] = made.get(name, 0) + count
    return made


def _progress(ctx: Context, told: Mapping[str, Any]) -> dict[str, Any]:
    at_work = told["doing"]
    if at_work is None:
        files = [one for one in told["files"] if not one["refused"]]
        done, total = sum(one["done"] for one in files), sum(one["rows"] for one in files)
        return {"done": done, "total": max(total, 1), "words": _of(ctx, done, total)}
    done, total = at_work["done"], at_work["total"] or 0
    return {**at_work, "total": max(total, 1), "words": _of(ctx, done, total) if total else ""}


def _of(ctx: Context, done: int, total: int) -> str:
    return _("%(done)s of %(total)s rows") % {"done": number(ctx, min(done, total)), "total": number(ctx, total)}


def _tiles(ctx: Context, counts: Mapping[str, int], dry: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": before if dry else after,
            "icon": icon,
            "count": number(ctx, counts.get(name, 0)),
            "bad": name == "failed" and bool(counts.get(name)),
            "none": not counts.get(name),
        }
        for name, before, after, icon in TILES
    ]


def _file(ctx: Context, job: Import, file: Mapping[str, Any], dry: bool) -> dict[str, Any]:
    spec, counts = ctx.schema.get(file["object"]), _counts(file, dry)
    shown = [number(ctx, counts.get(name, 0)) for name, *_rest in TILES]
    return {
        "name": file["name"],
        "refused": file["refused"],
        "spec": spec,
        "many": noun(spec.label_many) if spec is not None else "",
        "rows": number(ctx, file["rows"]),
        "counts": shown,
        "warnings": [": ".join(filter(None, (one["column"], one["message"]))) for one in file["warnings"]],
        "to": "" if dry or job.state == State.UNDONE else _address(ctx, job, file),
    }


def _added(counts: Mapping[str, int]) -> int:
    """New records; those that were brought back from the bin are as old as they are."""
    return counts.get("created", 0) - counts.get("restored", 0)


def _address(ctx: Context, job: Import, file: Mapping[str, Any]) -> str:
    """The list of what was added; "" where nothing tells it from the rest (records that kept times of their own)."""
    spec = ctx.schema.get(file["object"])
    if spec is None or not spec.menu or not may(ctx, spec, "read") or _added(file["counts"]) <= 0:
        return ""
    if any(line["field"] == "created_at" for line in file["columns"]) or "created_at" not in mask.readable(ctx, spec):
        return ""
    if job.started_at is None or job.finished_at is None:
        return ""
    until = job.finished_at
    tree = {
        "and": [
            {"field": "created_at", "op": "gte", "value": job.started_at.isoformat()},
            {"field": "created_at", "op": "lte", "value": until.isoformat()},
        ]
    }
    return f"{reverse('list', kwargs={'object': spec.name})}?{urlencode({'filter': json.dumps(tree)})}"


def _also(ctx: Context, files: list[Mapping[str, Any]], dry: bool) -> str:
    found: dict[str, int] = {}
    for one in files:
        for object, count in _counts(one, dry).get("also", {}).items():
            found[object] = found.get(object, 0) + count
    words = []
    for object, count in found.items():
        if count and (spec := ctx.schema.get(object)) is not None:
            words.append(f"{number(ctx, count)} {noun(spec.label_one if count == 1 else spec.label_many)}")
    return ", ".join(words)


def _reasons(ctx: Context, files: list[Mapping[str, Any]], dry: bool) -> list[tuple[str, str]]:
    """Why rows were left out, and how many for each reason."""
    found: dict[str, int] = {}
    for one in files:
        for reason, count in _counts(one, dry).get("reasons", {}).items():
            found[reason] = found.get(reason, 0) + count
    return [(reason, number(ctx, count)) for reason, count in sorted(found.items(), key=lambda one: -one[1])]


def _changes(ctx: Context, files: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A few of the changes of known records, before and after."""
    found = []
    for file in files:
        spec = ctx.schema.get(file["object"])
        if spec is None:
            continue
        shown = mask.readable(ctx, spec)
        wanted = [one for one in file["checked"].get("changes", ()) if one["diff"]][:CHANGES]
        ids = [id for one in wanted if (id := read.identity(one["record"])) is not None]
        titles = {str(id): text for id, text in read.title_rows(ctx, spec, ids)} if ids else {}
        for one in wanted:
            title = titles.get(one["record"], "")
            if not title:
                continue
            pairs = [
                {
                    "label": shown[name].label,
                    "before": display(ctx, shown[name], pair[0]),
                    "after": display(ctx, shown[name], pair[1]),
                }
                for name, pair in one["diff"].items()
                if name in shown and not shown[name].target
            ]
            if pairs:
                to = marks.record_address(spec.name, one["record"])
                found.append({"row": one["row"], "title": title, "to": to, "pairs": pairs[:6]})
    return found[:CHANGES]


def _kept(ctx: Context, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records that an undo left, since somebody has changed them."""
    found = []
    for one in told["kept_records"][:50]:
        spec, id = ctx.schema.get(one.get("object", "")), read.identity(one.get("id", "") or one.get("record", ""))
        if spec is None or id is None or not may(ctx, spec, "read"):
            continue
        titles = dict(read.title_rows(ctx, spec, [id]))
        if id in titles:
            found.append({"title": titles[id], "to": marks.record_address(spec.name, id)})
    return found


# --- refused rows -----------------------------------------------------------------------------------------------------


def refused(ctx: Context, job: Import, after: str = "") -> dict[str, Any]:
    """A page of the rows that were refused."""
    cursor = str(read.identity(after) or "") if after else ""
    found = imports.rows(ctx, job.pk, run=ran(job), outcome="failed", after=cursor, limit=ROWS + 1)
    more, found = len(found) > ROWS, found[:ROWS]
    several = job.files.count() > 1
    return {"rows": [row(one, several=several) for one in found], "more": found[-1]["id"] if more else ""}


def row(told: Mapping[str, Any], *, several: bool) -> dict[str, Any]:
    """One refused row: each problem with the cell to mend; the cells that tell which row it is."""
    cells, edits = told["cells"] or {}, told["edits"] or {}
    wrong: list[dict[str, Any]] = []
    general: list[str] = []
    for one in told["problems"]:
        if one["column"] in cells and one["column"] not in {each["column"] for each in wrong}:
            value = edits.get(one["column"], cells[one["column"]])
            said = one["message"] if value == cells[one["column"]] else ""  # of a mended cell it is no longer true
            wrong.append({"column": one["column"], "value": value, "message": said})
        else:
            general.append(": ".join(filter(None, (one.get("column", ""), one["message"]))))
    if general and not wrong:
        wrong = [
            {"column": name, "value": edits.get(name, text), "message": ""} for name, text in list(cells.items())[:4]
        ]
    about = [text for name, text in cells.items() if text and name not in {one["column"] for one in wrong}][:3]
    return {
        "id": told["id"],
        "file": told["name"] if several else "",
        "row": told["row"],
        "wrong": wrong,
        "general": general,
        "about": about,
        "left": told["left"],
        "edited": bool(edits),
    }
