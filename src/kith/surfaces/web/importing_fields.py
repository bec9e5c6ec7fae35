"""Which column gives which field: the form of one file, and what was chosen in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.policy import mask
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.policy.rows import may
from kith.kernel.records.errors import Refusal
from kith.kernel.schema.load import current
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import propose, store
from kith.kernel.transfer.columns import Column
from kith.kernel.transfer.mapping import LINKS, MODES, OWN, TIMES, points_of
from kith.kernel.transfer.models import Import, ImportFile
from kith.kernel.transfer.plan import KEEP_TIMES
from kith.kernel.transfer.profiles import find
from kith.kernel.transfer.targets import KEY, SKIP
from kith.surfaces.web import filters, importing_told
from kith.surfaces.web.marks import noun
from kith.surfaces.web.widgets import PARTS, PLACES, USES

PREVIEWED: Final = 5
WIDE: Final = 7  # columns of the preview
SURE: Final = 0.8
VALUES: Final = 60  # different values of a column that are shown to be mapped
PEOPLE: Final = 100
MODE_WORDS: Final = {
    "upsert": (gettext_lazy("Add new ones and change known ones"), gettext_lazy("The usual way")),
    "create": (gettext_lazy("Only add new ones"), gettext_lazy("Known records stay as they are")),
    "update": (gettext_lazy("Only change known ones"), gettext_lazy("Rows of unknown records are left out")),
    "fill": (gettext_lazy("Only fill what is empty"), gettext_lazy("Values that are there stay")),
}
ENCODINGS: Final = ("utf-8", "utf-16", "gb18030", "big5", "windows-1252", "latin-1", "shift_jis")
DELIMITERS: Final = (
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("tab", gettext_lazy("Tab")),
    ("|", "|"),
)
FORMS: Final = {"csv": "", "sheet": gettext_lazy("Spreadsheet"), "vcard": "vCard", "json": "JSON"}
DATES: Final = frozenset({"date", "datetime"})
NUMBERS: Final = frozenset({"number", "percent", "money", "rating"})
ORDERS: Final = (("dmy", "31/12/2026"), ("mdy", "12/31/2026"), ("ymd", "2026/12/31"))
DECIMALS: Final = ((".", "1,234.50"), (",", "1.234,50"))


def importable(ctx: Context) -> list[ObjectSpec]:
    """The objects of which this person may import records."""
    return [spec for spec in ctx.schema if may(ctx, spec, "import") and may(ctx, spec, "create")]


def fresh(ctx: Context) -> Context:
    """The context after fields were made."""
    return ctx.with_(schema=current())


def files(ctx: Context, job: Import, told: Mapping[str, Any], wrong: Mapping[str, str]) -> list[dict[str, Any]]:
    """The files of an import with all that their forms show."""
    held = {str(one.pk): one for one in job.files.order_by("position")}
    return [_file(ctx, job, held[one["id"]], one, wrong.get(one["id"], "")) for one in told["files"]]


def _file(ctx: Context, job: Import, file: ImportFile, told: Mapping[str, Any], wrong: str) -> dict[str, Any]:
    spec = ctx.schema.get(told["object"])
    made: dict[str, Any] = {
        "file": file,
        "id": str(file.pk),
        "told": told,
        "spec": spec,
        "many": noun(spec.label_many) if spec is not None else "",
        "wrong": wrong,
        "rows": importing_told.number(ctx, file.rows),
        "facts": _facts(file),
        "recognised": _recognised(ctx, file, told, spec),
        "warnings": [one for one in file.warnings if not one["column"]],
        "reading": _reading(ctx, file),
    }
    if spec is None or file.refused:
        return made
    columns = {one.name: one for one in store.surveyed(file).columns}
    places = dict(_places(ctx, spec))
    lines = [_line(ctx, spec, file, at, line, columns, places) for at, line in enumerate(file.mapping["lines"])]
    return made | {
        "lines": lines,
        "options": list(places.items()),
        "modes": [(one, *MODE_WORDS[one], file.mapping.get("mode") == one) for one in ("upsert", *MODES[:2], "fill")],
        "keys": _keys(ctx, spec, file),
        "creates": _creates(ctx, spec, file),
        "bad_values": file.mapping.get("bad_values") == "value",
        "people": _people(ctx, file, columns),
        "preview": _preview(ctx, job, file, spec),
        "filled": sum(bool(one["field"]) for one in lines),
    }


def _facts(file: ImportFile) -> str:
    """How it is read: "UTF-8 · comma"."""
    layout = file.layout
    kind = FORMS.get(layout.get("format", ""), "")
    if layout.get("format") == "csv":
        words = {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}
        sign = words.get(layout.get("delimiter", ""), layout.get("delimiter", ""))
        return f"{str(layout.get('encoding', '')).upper()} · {sign}"
    return " · ".join(filter(None, (str(kind), layout.get("sheet", ""))))


def _recognised(ctx: Context, file: ImportFile, told: Mapping[str, Any], spec: ObjectSpec | None) -> dict[str, Any]:
    vendor = told["vendor"]
    best = next((one for one in file.guesses if one["key"].startswith(f"{vendor}:")), None) if vendor else None
    if vendor == OWN:
        return {"label": _("an export of Kith"), "score": ""}
    if best is None or spec is None:
        return {}
    profile = find(best["key"])
    label = f"{best['label']} · {profile.entity}" if profile else best["label"]
    return {"label": label, "score": f"{round(float(best['score']) * 100)} %"}


def _reading(ctx: Context, file: ImportFile) -> dict[str, Any]:
    """What can be said about how the file is read."""
    layout = file.layout
    objects = [spec for spec in importable(ctx) if spec.menu]
    text = layout.get("format") in ("csv", "vcard", "json", None)
    return {
        "objects": [(spec.name, spec.label_many, spec.name == file.mapping.get("object")) for spec in objects],
        "profiles": [(one["key"], one["label"]) for one in file.guesses if one["object"]],
        "encodings": [(one, one.upper(), one == layout.get("encoding")) for one in ENCODINGS] if text else [],
        "encoding": layout.get("encoding", "") if text else "",
        "delimiters": DELIMITERS if layout.get("format") == "csv" else (),
        "delimiter": "tab" if layout.get("delimiter") == "\t" else layout.get("delimiter", ""),
        "sheets": layout.get("sheets", ()),
        "sheet": layout.get("sheet", ""),
        "header": layout.get("header") if layout.get("format") in ("csv", "sheet") else None,
    }


# --- columns ----------------------------------------------------------------------------------------------------------


def _places(ctx: Context, spec: ObjectSpec) -> Iterator[tuple[str, str]]:
    """Where a column can go: (value, words)."""
    for name, one in mask.writable(ctx, spec).items():
        if one.hidden or one.virtual:
            continue
        label = str(one.label)
        yield name, label
        if one.target and one.type.name in LINKS and (target := ctx.schema.get(one.target)) is not None:
            if one.type.name != "owner":
                yield f"{name}|key", f"{label} › {_('id in the other program')}"
            for part in ("domain", "email"):
                if part in target.fields and one.type.name != "owner":
                    yield f"{name}|{part}", f"{label} › {target.fields[part].label}"
        elif one.type.name == "money":
            yield f"{name}|amount", f"{label} › {_('amount alone')}"
            yield f"{name}|currency", f"{label} › {_('currency')}"
    yield KEY, _("Id in the other program")
    yield "id", _("Id in Kith")
    if grants(ctx).has(KEEP_TIMES):
        for name in sorted(TIMES):
            if name in spec.fields:
                yield name, str(spec.fields[name].label)
    yield SKIP, _("Leave out the rows that say yes here")


def place_of(line: Mapping[str, Any]) -> str:
    """The value of a line's choice: ``field``, ``field|part``, ``field|part|kind|slot``."""
    return "|".join(str(line.get(name, "")) for name in ("field", "part", "kind", "slot")).rstrip("|")


def _words_of(spec: ObjectSpec, line: Mapping[str, Any]) -> str:
    here = spec.field(line["field"])
    label = str(here.label) if here else _("Id in the other program") if line["field"] == KEY else line["field"]
    words = {**dict(PLACES), **dict(USES), **PARTS}
    more = (str(words.get(one, one)) for one in (line.get(name, "") for name in ("part", "kind", "slot")) if one)
    return " › ".join((label, *more))


def _line(
    ctx: Context,
    spec: ObjectSpec,
    file: ImportFile,
    at: int,
    line: Mapping[str, Any],
    columns: Mapping[str, Column],
    places: Mapping[str, str],
) -> dict[str, Any]:
    column, here = columns.get(line["column"]), spec.field(line["field"])
    place, match = place_of(line), set(file.mapping.get("match", ()))
    choices = _choices(line, column, here)
    lost = sum(not one["key"] for one in choices)
    share = round(float(line["confidence"]) * 100)
    several = points_of(spec, line["field"])
    keys = {
        line["field"],
        *([several.name, *(one for one in match if points_of(spec, one) is several)] if several else ()),
    }
    return {
        "at": at,
        "column": line["column"],
        "samples": list(line.get("samples", ())),
        "field": line["field"],
        "place": place,
        "own": (place, _words_of(spec, line)) if place and place not in places else None,
        "share": share if line["field"] else 0,
        "unsure": bool(line["field"]) and (share < SURE * 100 or lost > 0),
        "is_key": bool(line["field"]) and (bool(keys & match) or (line["field"] == KEY and "external_id" in match)),
        "choices": choices,
        "lost": lost,
        "keys": [(one.key, str(one.label)) for one in here.choices if one.active]
        if here is not None and choices
        else [],
        "orders": _orders(line, column, here),
        "decimals": _decimals(line, column, here),
        "remarks": [one["message"] for one in file.warnings if one["column"] == line["column"]],
        "makes": _makes(ctx, line, column),
    }


def _choices(line: Mapping[str, Any], column: Column | None, here: Field | None) -> list[dict[str, Any]]:
    if here is None or not here.choices or column is None or not column.values or line.get("steps"):
        return []
    if here.type.name != "choice" and column.several:
        return []  # cells with several values say nothing about each of them
    held = line.get("choices", {})
    values = sorted(column.values.items(), key=lambda one: (-one[1], one[0]))[:VALUES]
    return [
        {"at": at, "value": value, "count": count, "key": held.get(value, "")}
        for at, (value, count) in enumerate(values)
    ]


def _orders(line: Mapping[str, Any], column: Column | None, here: Field | None) -> list[tuple[str, str, bool]]:
    if here is None or here.type.name not in DATES or column is None or not (column.order or column.unclear):
        return []
    held = line.get("order") or column.order
    return [(value, words, value == held) for value, words in ORDERS]


def _decimals(line: Mapping[str, Any], column: Column | None, here: Field | None) -> list[tuple[str, str, bool]]:
    if here is None or here.type.name not in NUMBERS or column is None or not (column.decimal or column.unclear):
        return []
    held = line.get("decimal") or column.decimal
    return [(value, words, value == held) for value, words in DECIMALS]


def _makes(ctx: Context, line: Mapping[str, Any], column: Column | None) -> bool:
    return not line["field"] and grants(ctx).has(ADMINISTER) and column is not None and column.filled > 0


# --- the file as a whole ----------------------------------------------------------------------------------------------


def _keys(ctx: Context, spec: ObjectSpec, file: ImportFile) -> list[tuple[str, str, bool]]:
    """By what a record is found, the surest first: (key, words, whether it is chosen)."""
    held = tuple(file.mapping.get("match", ()))
    given = {line["field"] for line in file.mapping["lines"] if line["field"]}
    words: dict[str, str] = {"external_id": _("Id in the other program")}
    for name, one in mask.writable(ctx, spec).items():
        several = points_of(spec, name)
        group = {name, several.name} if several is not None else {name}
        if several is not None and several.name == name and spec.field(name[:-1]) is not None:
            continue  # the primary address stands for all of them
        if (several is not None or one.unique or name == "domain") and group & given:
            words[name] = str(one.label)
    title = spec.fields[spec.title]
    if {title.name, *(title.expands.to if title.expands else ())} & given:
        words["name"] = str(title.label)
    for name in held:
        words.setdefault(name, str(spec.fields[name].label) if name in spec.fields else name)
    return [(name, label, name in held) for name, label in words.items()]


def _creates(ctx: Context, spec: ObjectSpec, file: ImportFile) -> list[tuple[str, str, bool]]:
    """References whose missing records can be made on the way."""
    held = file.mapping.get("create", ())
    given = {line["field"] for line in file.mapping["lines"]}
    found = []
    for name, one in mask.writable(ctx, spec).items():
        target = ctx.schema.get(one.target) if one.target and one.type.name in ("reference", "references") else None
        if (
            name in given
            and target is not None
            and target.is_owned
            and may(ctx, target, "create")
            and target is not spec
        ):
            words = _("Make %(objects)s that are not there yet") % {"objects": noun(target.label_many)}
            found.append((name, words, name in held))
    return found


def _people(ctx: Context, file: ImportFile, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Names of the file's owner column, and the user behind each."""
    named = [line["column"] for line in file.mapping["lines"] if line["field"] == "owner"]
    values = sorted({value for name in named if name in columns for value in columns[name].values})[:VALUES]
    users = ctx.schema.get("users")
    if not values or users is None:
        return {}
    held = file.mapping.get("owners", {})
    known = [(one["value"], one["text"]) for one in filters.suggested(ctx, users, "", PEOPLE)]
    return {"lines": [(at, value, held.get(value, "")) for at, value in enumerate(values)], "users": known}


def _preview(ctx: Context, job: Import, file: ImportFile, spec: ObjectSpec) -> dict[str, Any]:
    """The first rows as they will be: heads, and for each row its cells and what is wrong with it."""
    try:
        found = imports.preview(ctx, job.pk, file.pk, PREVIEWED)
    except (Refusal, ValueError, OSError):
        return {}
    shown = mask.writable(ctx, spec)
    names = [name for name in dict.fromkeys(name for one in found for name in one.get("values", ())) if name in shown]
    whole = spec.fields[spec.title].expands
    first = (spec.title, *(whole.to if whole is not None else ()))
    order = {name: at for at, name in reversed(list(enumerate((*first, *spec.list_columns))))}
    names = sorted(names, key=lambda name: order.get(name, len(order)))[:WIDE]
    rows = []
    for one in found:
        values = one.get("values", {})
        cells = [importing_told.display(ctx, shown[name], values.get(name)) for name in names]
        wrong = [": ".join(filter(None, (each["column"], each["message"]))) for each in one.get("problems", ())]
        rows.append({"row": one["row"], "cells": cells, "wrong": wrong, "aside": one.get("aside", "")})
    return {"heads": [shown[name] for name in names], "rows": rows, "width": len(names) + 1}


# --- what was chosen --------------------------------------------------------------------------------------------------


def posted(ctx: Context, file: ImportFile, asked: QueryDict) -> dict[str, Any]:
    """The mapping with what the form says. ``imports.configure`` judges it."""
    made = {**file.mapping, "lines": [{**one} for one in file.mapping.get("lines", [])]}
    spec = ctx.schema.get(made.get("object", ""))
    columns = {one.name: one for one in store.surveyed(file).columns}
    for at, line in enumerate(made["lines"]):
        _choose(spec, line, columns.get(line["column"]), at, asked)
    if "mode" in asked:
        made["mode"] = asked["mode"]
        made["match"] = asked.getlist("match")
        made["create"] = asked.getlist("create")
        made["bad_values"] = "value" if "bad_values" in asked else "row"
    if spec is not None and (people := _people(ctx, file, columns)):
        owners = {value: asked.get(f"owner-{at}", "") for at, value, _held in people["lines"]}
        made["owners"] = {**made.get("owners", {}), **{value: id for value, id in owners.items() if id}}
        for value, id in owners.items():
            if not id:
                made["owners"].pop(value, None)
    return made


def _choose(spec: ObjectSpec | None, line: dict[str, Any], column: Column | None, at: int, asked: QueryDict) -> None:
    wanted = asked.get(f"to-{at}")
    if wanted is None:
        return
    here = spec.field(wanted.partition("|")[0]) if spec is not None else None
    if wanted != place_of(line):
        parts = [*wanted.split("|"), "", "", ""][:4]
        line |= dict(zip(("field", "part", "kind", "slot"), parts, strict=True))
        line |= {"why": "chosen" if wanted else "left_out", "confidence": 1.0 if wanted else 0.0, "choices": {}}
        if here is not None and here.choices and column is not None:
            line["choices"] = propose.choices_of(here, column)
        return
    for name in ("order", "decimal"):
        if f"{name}-{at}" in asked:
            line[name] = asked[f"{name}-{at}"][:3]
    if f"values-{at}" in asked:
        line["choices"] = {
            one["value"]: asked.get(f"choice-{at}-{one['at']}", "") for one in _choices(line, column, here)
        }
