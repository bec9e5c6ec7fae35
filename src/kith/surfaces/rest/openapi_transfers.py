"""Imports and exports in the OpenAPI document, for one caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.policy.rows import may
from kith.kernel.records.read import MOST
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer.export import FORMATS
from kith.kernel.transfer.jobs import STATES, TASKS
from kith.kernel.transfer.mapping import BAD_VALUES, DOUBLES, MODES
from kith.kernel.transfer.models import Outcome, State
from kith.kernel.transfer.sent import TYPES
from kith.surfaces.rest.schemas import ID, Json, ref

TEXT: Final[Json] = {"type": "string"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
FLAG: Final[Json] = {"type": "boolean", "default": False}
TEXTS: Final[Json] = {"type": "array", "items": TEXT}
MOMENT: Final[Json] = {"type": ["string", "null"], "format": "date-time"}
REFUSED: Final[Json] = {"$ref": "#/components/responses/Problem"}
KEY: Final[Json] = {"name": "Idempotency-Key", "in": "header", "schema": TEXT}
OUTCOMES: Final = [one.name.lower() for one in Outcome]


def paths(ctx: Context, specs: Sequence[ObjectSpec]) -> Json:
    """The addresses that this caller may use."""
    found: Json = {}
    if any(may(ctx, spec, "import") for spec in ctx.schema):
        found |= _imports(ctx)
    if grants(ctx).has(ADMINISTER):
        words = _("Everything that may be exported, as one ZIP of JSON Lines")
        found["/export"] = {"get": _call("export", words, {"200": _file(words, "zip")}, [_query("history", FLAG)])}
    for spec in specs:
        if may(ctx, spec, "export"):
            found[f"/{spec.name}/export"] = {"get": _export(spec)}
    return found


def types() -> Json:
    """The schemas that these addresses share."""
    line: Json = {
        "column": TEXT, "field": TEXT, "part": TEXT, "kind": TEXT, "slot": TEXT, "steps": TEXTS,
        "choices": {"type": "object", "additionalProperties": TEXT},
        "decimal": {"enum": ["", ".", ","]}, "order": {"enum": ["", "dmy", "mdy", "ymd"]}, "zone": TEXT,
    }  # fmt: skip
    told: Json = {"confidence": {"type": "number"}, "why": TEXT, "type": TEXT, "samples": TEXTS}
    chosen: Json = {
        "object": TEXT, "mode": {"enum": list(MODES)}, "match": TEXTS, "create": TEXTS, "owner": TEXT, "system": TEXT,
        "doubles": {"enum": list(DOUBLES)}, "bad_values": {"enum": list(BAD_VALUES)},
        "owners": {"type": "object", "additionalProperties": TEXT}, "constants": {"type": "object"},
    }  # fmt: skip
    lines: Json = {"type": "array", "items": _object({**line, **told}, "column")}
    wished: Json = {
        **chosen,
        "profile": TEXT,
        "leave_out": FLAG,
        "layout": _object({"encoding": TEXT, "delimiter": TEXT, "sheet": TEXT, "header": COUNT}),
    }
    counts: Json = {"type": "object", "additionalProperties": True}
    kept: Json = {"id": ID, "name": TEXT, "refused": TEXT, "vendor": TEXT, "rows": COUNT, "done": COUNT}
    doing: Json = {"deed": {"enum": list(TASKS)}, "waiting": FLAG, "stopping": FLAG, "done": COUNT, "total": {}}
    file = {**kept, "object": TEXT, "lines": lines, "counts": counts, "checked": counts, "not_imported": TEXTS}
    wrong = {"column": TEXT, "field": TEXT, "value": TEXT, "code": TEXT, "message": TEXT}
    row: Json = {
        "id": ID, "file": ID, "name": TEXT, "row": COUNT, "outcome": {"enum": OUTCOMES}, "reason": TEXT,
        "problems": {"type": "array", "items": {"type": "object", "properties": wrong}},
        "cells": {"type": ["object", "null"]}, "edits": {"type": ["object", "null"]}, "left": FLAG,
        "record": {"type": ["string", "null"]},
    }  # fmt: skip
    return {
        "Import": _open(
            {
                "id": ID,
                "state": {"enum": [one.value for one in State]},
                "error": TEXT,
                "files": {"type": "array", "items": _open(file, "id", "name", "object", "lines")},
                "counts": counts,
                "kept": COUNT,
                "started_at": MOMENT,
                "finished_at": MOMENT,
                "doing": {"anyOf": [_open(doing, "deed"), {"type": "null"}]},
                "can": {"type": "array", "items": {"enum": [one for one in STATES if one != "look"]}},
            },
            "id", "state", "files", "counts", "doing", "can",
        ),
        "ImportChange": _object(
            {"files": {"type": "array", "items": _object({"id": ID, "lines": lines, **wished}, "id")}}, "files"
        ),
        "ImportRow": _open(row, "id", "row", "outcome", "problems"),
    }  # fmt: skip


def _imports(ctx: Context) -> Json:
    one, row = ref("Import"), ref("ImportRow")
    at = [_place("id")]
    page = {"limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}, "after": TEXT}
    paging = [_query(name, schema) for name, schema in page.items()]
    dry = _query("dry_run", {"type": "boolean"})
    upload = _object(
        {
            "file": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1},
            "object": TEXT, "profile": TEXT, "mode": {"enum": list(MODES)}, "match": TEXT, "encoding": TEXT,
        },
        "file",
    )  # fmt: skip
    deeds = {
        "check": _("The dry run"), "run": _("Run it"), "resume": _("Go on"), "undo": _("Take all of it back"),
        "pause": _("Stop after the rows at hand"), "cancel": _("Stop for good"), "mend": _("Try refused rows again"),
    }  # fmt: skip
    every = _object({"every": FLAG})
    lists = _object({"items": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}})
    rows = _object({"items": {"type": "array", "items": row}, "next": {"type": ["string", "null"]}}, "items", "next")
    csv = _("The refused rows, with the reasons")
    preview = _object({"items": {"type": "array", "items": {"type": "object"}}}, "items")
    file = "/imports/{id}/files/{file}"
    found: Json = {
        "/imports": {
            "get": _call("imports.list", _("Your imports, the newest first"), {"200": _json(lists)}, paging),
            "post": _call(
                "imports.create", _("Take files in and propose mappings"), {"201": _json(one)}, [KEY], upload,
                "multipart/form-data",
            ),
        },
        "/imports/{id}": {
            "get": _call("imports.read", _("One import and how far it is"), {"200": _json(one)}, at),
            "patch": _call("imports.update", _("Change mappings"), {"200": _json(one)}, at, ref("ImportChange")),
        },
        "/imports/{id}/rows": {
            "get": _call(
                "imports.rows", _("Rows that need a person"), {"200": _json(rows)},
                [*at, _query("outcome", {"enum": OUTCOMES}), dry, *paging],
            )
        },
        "/imports/{id}/rows/{row}": {
            "patch": _call(
                "imports.edit", _("Mend a row, or leave it out"), {"200": _json(row)}, [*at, _place("row")],
                _object({"cells": {"type": "object", "additionalProperties": TEXT}, "leave_out": FLAG}),
            )
        },
        "/imports/{id}/refused.csv": {"get": _call("imports.refused", csv, {"200": _file(csv, "csv")}, [*at, dry])},
        f"{file}/preview": {
            "get": _call(
                "imports.preview", _("The first rows as they will be"), {"200": _json(preview)},
                [*at, _place("file"), _query("limit", {"type": "integer", "minimum": 1, "maximum": 100})],
            )
        },
    }  # fmt: skip
    if grants(ctx).has(ADMINISTER):
        words = _("Make a field for each of these columns")
        body = _object({"columns": TEXTS}, "columns")
        made = _call("imports.fields", words, {"200": _json(one)}, [*at, _place("file"), KEY], body)
        found[f"{file}/fields"] = {"post": made}
    for deed, words in deeds.items():
        wish = every if deed == "mend" else None
        call = _call(f"imports.{deed}", words, {"202": _json(one)}, [*at, KEY], wish)
        if wish is not None:
            call["requestBody"]["required"] = False
        found[f"/imports/{{id}}/{deed}"] = {"post": call}
    return found


def _export(spec: ObjectSpec) -> Json:
    asked = [
        _query("format", {"enum": list(FORMATS), "default": "csv"}),
        *(_query(name, TEXT) for name in ("filter", "q", "sort", "fields")),
        _query("deleted", FLAG),
    ]
    words = _("All records that the list would show, as a file")
    return {**_call(f"{spec.name}.export", words, {"200": _file(words, *FORMATS)}, asked), "tags": [spec.name]}


def _call(
    name: str, words: str, answers: Json, parameters: Sequence[Json], body: Json | None = None, kind: str = ""
) -> Json:
    made: Json = {"operationId": name, "summary": words, "parameters": list(parameters)}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {kind or "application/json": {"schema": body}}}
    return {**made, "responses": {**answers, "default": REFUSED}}


def _json(schema: Json) -> Json:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _file(words: str, *forms: str) -> Json:
    kinds: dict[str, Any] = {TYPES[one].partition(";")[0]: {"schema": TEXT} for one in forms}
    return {"description": words, "content": kinds}


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "schema": schema}


def _place(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": ID}


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _open(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}
