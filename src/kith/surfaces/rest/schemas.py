"""The schemas of an OpenAPI document: how each object looks when it is read, made and changed, for one caller."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import OPERATORS, Kind
from kith.kernel.fields.points import Points
from kith.kernel.fields.references import ANY, References
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.merge import MOST as MOST_MERGED
from kith.kernel.schema.spec import ObjectSpec

Json = dict[str, Any]

ID: Final[Json] = {"type": "string", "format": "uuid"}
VERSION: Final[Json] = {"type": "integer", "minimum": 1}


def schema_name(spec: ObjectSpec) -> str:
    """``x_site_visit`` -> ``XSiteVisit``: the singular, which is unique among objects, as a name for a type."""
    return "".join(word[:1].upper() + word[1:] for word in spec.one.split("_")) or spec.name


def wire_schema(one: Field) -> Json:
    """The schema of a value that is read."""
    if one.target and isinstance(one.type, References):
        attributes = {name: each.type.json_schema(each) for name, each in one.options.get("attributes", {}).items()}
        return (
            {"type": "array", "items": {"allOf": [ref("Reference")], "properties": attributes}}
            if attributes
            else {"type": "array", "items": ref("Reference")}
        )
    if one.target:
        return {"anyOf": [ref("Reference"), {"type": "null"}]}
    schema = one.type.json_schema(one)
    if one.type.kind is Kind.ENUMS or isinstance(one.type, Points):
        return schema
    return _nullable(schema)


def _write_schema(one: Field) -> Json:
    """The schema of a value that is written; what is read may be sent back as it is."""
    schema = one.type.json_schema(one)
    if one.target:
        if one.target == ANY:
            return _nullable(schema)
        reference = {"type": "object", "properties": {"id": ID}, "required": ["id"]}
        single = {"anyOf": [ID, reference]}
        return (
            {"type": ["array", "null"], "items": single}
            if isinstance(one.type, References)
            else {"anyOf": [*single["anyOf"], {"type": "null"}]}
        )
    if isinstance(one.type, Points):
        return {"anyOf": [{"type": "string"}, schema, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
    return schema if one.required else _nullable(schema)


def _nullable(schema: Json) -> Json:
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _described(one: Field, schema: Json) -> Json:
    words = {"title": str(one.label), "description": str(one.help)}
    return {**schema, **{key: word for key, word in words.items() if word}}


def schemas(ctx: Context, spec: ObjectSpec, name: str) -> Json:
    found: Json = {}
    readable, writable = mask.readable(ctx, spec), mask.writable(ctx, spec)
    if may(ctx, spec, "read"):
        fields = {key: _described(one, wire_schema(one)) for key, one in readable.items()}
        found[name] = {
            "type": "object",
            "title": str(spec.label_one),
            "properties": {**fields, "id": ID, "version": VERSION},
            "required": ["id", "version"],
        }
    written = {key: _described(one, _write_schema(one)) for key, one in writable.items()}
    if may(ctx, spec, "create"):
        needed = [key for key, one in writable.items() if one.required and one.expands is None and one.default is None]
        found[f"{name}Create"] = {
            "type": "object",
            "properties": written,
            "additionalProperties": False,
            **({"required": needed} if needed else {}),
        }
    if may(ctx, spec, "update"):
        found[f"{name}Update"] = {"type": "object", "properties": written, "additionalProperties": False}
    return found


def shared() -> Json:
    text: Json = {"type": "string"}
    fault = {
        "type": "object",
        "properties": {"field": text, "code": text, "message": text},
        "required": ["field", "code", "message"],
    }
    result = {
        "type": ["object", "null"],
        "properties": {"id": ID, "version": VERSION, "status": text, "event": {"type": ["string", "null"]}},
    }
    results = {name: {"type": "array", "items": result} for name in ("create", "update", "upsert", "delete")}
    entry = {
        "type": "object",
        "properties": {"id": ID, "at": {"type": "string", "format": "date-time"}, "verb": text},
        "required": ["id", "at", "verb", "changes"],
    }
    undone = {"changes": {"type": "array", "items": {"type": "object"}}, "kept": {"type": "array", "items": ID}}
    return {
        "Reference": {
            "type": "object",
            "properties": {"object": text, "id": ID, "title": text},
            "required": ["object", "id", "title"],
        },
        "Problem": {
            "type": "object",
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "errors": {"type": "array", "items": fault},
                "request_id": text,
            },
            "required": ["type", "title", "status"],
        },
        "Filter": {
            "description": _("A condition, or and, or, not of conditions. Operators by kind: %(kinds)s")
            % {"kinds": "; ".join(f"{kind.value}: {' '.join(found)}" for kind, found in OPERATORS.items())},
            "type": ["object", "array"],
        },
        "History": {
            "type": "object",
            "properties": {"items": {"type": "array", "items": entry}, "next": {"type": ["string", "null"]}},
            "required": ["items", "next"],
        },
        "Groups": {
            "type": "object",
            "properties": {"items": {"type": "array", "items": {"type": "object"}}},
            "required": ["items"],
        },
        "Hits": _list_of({"object": text, "id": ID, "title": text, "subtitle": text}),
        "Duplicates": _list_of(
            {"id": ID, "title": text, "score": {"type": "integer"}, "fields": {"type": "array", "items": text}}
        ),
        "Node": {
            "allOf": [ref("Reference")],
            "type": "object",
            "properties": {"below": {"type": "array", "items": ref("Node")}},
            "required": ["below"],
        },
        "Branch": {
            "type": "object",
            "properties": {
                "above": {"type": "array", "items": ref("Reference")},
                "below": {"type": "array", "items": ref("Node")},
                "exact": {"type": "boolean"},
                "totals": {"type": "object"},
            },
            "required": ["above", "below", "exact", "totals"],
        },
        "Merge": {
            "type": "object",
            "properties": {
                "survivor": ID,
                "losers": {"type": "array", "items": ID, "minItems": 1, "maxItems": MOST_MERGED - 1},
                "take": {"type": "object", "additionalProperties": ID},
            },
            "required": ["survivor", "losers"],
            "additionalProperties": False,
        },
        "BatchResult": {
            "type": "object",
            "properties": {**results, "errors": {"type": "array", "items": fault}},
            "required": ["errors"],
        },
        "Undone": {"type": "object", "properties": undone, "required": list(undone)},
    }


def _list_of(parts: Json) -> Json:
    one = {"type": "object", "properties": parts, "required": list(parts)}
    return {"type": "object", "properties": {"items": {"type": "array", "items": one}}, "required": ["items"]}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
