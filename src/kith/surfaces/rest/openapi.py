"""OpenAPI 3.1 of exactly what one caller may use: their objects, fields and verbs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

import kith
from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.read import MOST
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import openapi_transfers
from kith.surfaces.rest.batch import MOST as MOST_ITEMS
from kith.surfaces.rest.schemas import ID, VERSION, Json, ref, schema_name, schemas, shared

COUNT: Final[Json] = {
    "type": ["object", "null"],
    "properties": {"value": {"type": "integer"}, "exact": {"type": "boolean"}},
    "required": ["value", "exact"],
}


def document(ctx: Context, specs: Sequence[ObjectSpec], base: str) -> Json:
    """The whole document; ``specs`` are the objects that the caller may use, ``base`` is where the paths begin."""
    paths: Json = _common(any(spec.search and may(ctx, spec, "read") for spec in specs))
    types: Json = shared()
    for spec in specs:
        name = schema_name(spec)
        types |= schemas(ctx, spec, name)
        paths |= _paths(ctx, spec, name)
    if transfers := openapi_transfers.paths(ctx, specs):
        paths |= transfers
        types |= openapi_transfers.types()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kith",
            "version": kith.__version__,
            "description": _("What you may use here, with the fields that were added to it."),
        },
        "servers": [{"url": base}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": spec.name, "description": str(spec.label_many)} for spec in specs],
        "paths": paths,
        "components": {
            "schemas": types,
            "responses": {"Problem": _json(ref("Problem"), _("Refused"), "application/problem+json")},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "kith_session",
                    "description": _("With X-CSRFToken for writes."),
                },
            },
        },
    }


def _paths(ctx: Context, spec: ObjectSpec, name: str) -> Json:
    root, verbs = f"/{spec.name}", {verb for verb in ("read", "create", "update", "delete") if may(ctx, spec, verb)}
    shown = "read" in verbs
    record = (
        _json(ref(name), str(spec.label_one), headers={"ETag": {"schema": {"type": "string"}}})
        if shown
        else {"description": str(spec.label_one)}
    )
    calls: dict[str, Json] = {}

    def add(
        path: str,
        method: str,
        verb: str,
        words: str,
        answers: Json,
        parameters: Iterable[Json] = (),
        body: Json | None = None,
    ) -> None:
        call: Json = {
            "operationId": f"{spec.name}.{verb}",
            "tags": [spec.name],
            "summary": words,
            "parameters": list(parameters),
        }
        if body is not None:
            call["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        call["responses"] = {**answers, "default": {"$ref": "#/components/responses/Problem"}}
        calls.setdefault(path, {})[method] = call

    fields = _query("fields", _("Names with commas; one step further with a dot, as in company.name"))
    if shown:
        page = {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": ref(name)},
                "next": {"type": ["string", "null"]},
                "count": COUNT,
            },
        }
        add(
            root,
            "get",
            "list",
            _("A page of records"),
            {
                "200": _json(
                    {"anyOf": [{**page, "required": ["items", "next", "count"]}, _changes(name)]},
                    _("A page; with changed_after what changed since"),
                )
            },
            _list_parameters(ctx, spec, fields),
        )
        add(
            f"{root}/{{id}}",
            "get",
            "read",
            _("One record"),
            {"200": record, "304": {"description": _("Not changed")}},
            [fields, _DELETED, _header("If-None-Match")],
        )
        add(
            f"{root}/{{id}}/history",
            "get",
            "history",
            _("What happened to it"),
            {"200": _json(ref("History"), _("Newest first"))},
            [_LIMIT, _query("after", "")],
        )
        if spec.tree:
            add(
                f"{root}/{{id}}/tree",
                "get",
                "tree",
                _("What lies above and below it, and numbers over all of that"),
                {"200": _json(ref("Branch"), _("The branch"))},
            )
        add(
            f"{root}/aggregate",
            "get",
            "aggregate",
            _("Grouped numbers"),
            {"200": _json(ref("Groups"), _("Groups"))},
            [_query("group", ""), _query("measure", "sum:amount,count"), _FILTER, _Q],
        )
        add(
            f"{root}/duplicates",
            "post",
            "duplicates",
            _("Records that look like these values"),
            {"200": _json(ref("Duplicates"), _("The surest first"))},
            [_query("besides", _("The id of a record to leave out"))],
            {"type": "object"},
        )
    if {"update", "delete"} <= verbs:
        add(
            f"{root}/merge",
            "post",
            "merge",
            _("Merge records into one"),
            {"200": _json(_merged(name, shown), _("What was done, or with dry_run what would be"))},
            [_DRY_RUN, _KEY],
            ref("Merge"),
        )
    if "create" in verbs:
        add(root, "post", "create", _("Make a record"), {"201": record}, [fields, _KEY], ref(f"{name}Create"))
    if "update" in verbs:
        add(
            f"{root}/{{id}}",
            "patch",
            "update",
            _("Change fields"),
            {"200": record},
            [fields, _header("If-Match")],
            ref(f"{name}Update"),
        )
        for one in spec.actions:
            if may(ctx, spec, one.right):
                add(
                    f"{root}/{{id}}/actions/{one.name}",
                    "post",
                    f"action.{one.name}",
                    str(one.label),
                    {"200": record},
                    [fields, _KEY],
                )
    if "delete" in verbs:
        add(
            f"{root}/{{id}}",
            "delete",
            "delete",
            _("Into the bin"),
            {"204": {"description": _("Done")}},
            [_header("If-Match")],
        )
        add(f"{root}/{{id}}/restore", "post", "restore", _("Out of the bin"), {"200": record}, [fields, _KEY])
    if verbs - {"read"}:
        add(
            f"{root}/batch",
            "post",
            "batch",
            _("Many at once"),
            {"200": _json(ref("BatchResult"), _("What became of each"))},
            [_KEY],
            _batch(verbs, name),
        )
    for path, methods in calls.items():
        if "{id}" in path:
            methods["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": ID}]
    return dict(calls)


def _batch(verbs: set[str], name: str) -> Json:
    named: Json = {"type": "object", "properties": {"id": ID, "version": VERSION}, "required": ["id"]}
    lists: Json = {}
    if "create" in verbs:
        lists["create"] = {"type": "array", "maxItems": MOST_ITEMS, "items": ref(f"{name}Create")}
    if "update" in verbs:
        lists["update"] = {"type": "array", "maxItems": MOST_ITEMS, "items": named}
    if {"create", "update"} <= verbs:
        lists |= {
            "upsert": {"type": "array", "maxItems": MOST_ITEMS, "items": {"type": "object"}},
            "match": {"type": "string"},
        }
    if "delete" in verbs:
        lists["delete"] = {"type": "array", "maxItems": MOST_ITEMS, "items": {"anyOf": [ID, named]}}
    return {
        "type": "object",
        "properties": {**lists, "partial": {"type": "boolean", "default": False}},
        "additionalProperties": False,
    }


def _changes(name: str) -> Json:
    """The answer to ``changed_after``."""
    one: Json = {
        "type": "object",
        "properties": {
            "id": ID,
            "seq": {"type": "integer"},
            "deleted": {"type": "boolean"},
            "record": {"anyOf": [ref(name), {"type": "null"}]},
        },
    }
    told = {
        "items": {"type": "array", "items": one},
        "next": {"type": "integer"},
        "more": {"type": "boolean"},
        "reach": {"type": "string"},
    }
    return {"type": "object", "properties": told, "required": list(told)}


def _merged(name: str, shown: bool) -> Json:
    counts: Json = {"type": "object", "additionalProperties": {"type": "integer"}}
    record = {"anyOf": [ref(name), {"type": "null"}]} if shown else {"type": "null"}
    done = {"record": record, "event": {"anyOf": [ID, {"type": "null"}]}, "moved": counts}
    planned = {
        "survivor": ID,
        "losers": {"type": "array", "items": ID},
        "values": {"type": "object", "additionalProperties": {"type": "object"}},
        "moved": counts,
    }
    return {"anyOf": [{"type": "object", "properties": one, "required": list(one)} for one in (done, planned)]}


def _list_parameters(ctx: Context, spec: ObjectSpec, fields: Json) -> list[Json]:
    sortable = [name for name, one in mask.readable(ctx, spec).items() if one.type.sort_expr(one) is not None]
    sort = _query("sort", _("Names with commas, a minus for descending: %(names)s") % {"names": ", ".join(sortable)})
    count = {"name": "count", "in": "query", "schema": {"type": "boolean", "default": True}}
    after = _query("after", _("“next” of the page before"))
    since = {"name": "changed_after", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    return [_FILTER, _Q, sort, fields, _LIMIT, after, count, _DELETED, since]


def _common(finds: bool) -> Json:
    anything: Json = {"type": "object"}
    undo = {
        "operationId": "undo",
        "summary": _("Take back a change, or the batch that it belongs to"),
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": ID}, _KEY],
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"batch": {"type": "boolean"}},
                        "additionalProperties": False,
                    }
                }
            }
        },
        "responses": {
            "200": _json(ref("Undone"), _("What was taken back")),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    plain = {
        "/": ("catalogue", _("Objects, fields, actions, rights")),
        "/openapi.json": ("openapi", _("This document")),
        "/me": ("me", _("Who calls")),
    }
    gets = {
        path: {
            "get": {
                "operationId": name,
                "summary": words,
                "responses": {"200": _json(anything, words), "default": {"$ref": "#/components/responses/Problem"}},
            }
        }
        for path, (name, words) in plain.items()
    }
    search = {
        "operationId": "search",
        "summary": _("Records found by words, over all objects"),
        "parameters": [
            {**_query("q", ""), "required": True},
            _query("objects", _("Names with commas")),
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
            },
        ],
        "responses": {
            "200": _json(ref("Hits"), _("The best first")),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    return {**gets, **({"/search": {"get": search}} if finds else {}), "/events/{id}/undo": {"post": undo}}


def _json(schema: Json, words: str, kind: str = "application/json", **more: Any) -> Json:
    return {"description": words, "content": {kind: {"schema": schema}}, **more}


def _query(name: str, words: str) -> Json:
    return {"name": name, "in": "query", "schema": {"type": "string"}, **({"description": words} if words else {})}


def _header(name: str) -> Json:
    return {"name": name, "in": "header", "schema": {"type": "string"}}


_FILTER: Final = _query("filter", "JSON, or the typed form: stage:won amount>10k")
_Q: Final = _query("q", "")
_KEY: Final = _header("Idempotency-Key")
_LIMIT: Final[Json] = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50},
}
_DELETED: Final[Json] = {"name": "deleted", "in": "query", "schema": {"type": "boolean", "default": False}}
_DRY_RUN: Final[Json] = {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": False}}
