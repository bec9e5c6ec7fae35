"""What the caller can do here: the catalogue, the OpenAPI document, and who they are."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import get_language

import kith
from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import directory
from kith.kernel.kit import json
from kith.kernel.policy import mask
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.policy.rows import may
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.rest import tags
from kith.surfaces.rest.door import JSON, Call, reply
from kith.surfaces.rest.openapi import document
from kith.surfaces.rest.schemas import wire_schema

HELD: Final = 24  # documents in memory, some 100 kB each
_documents: OrderedDict[tuple[Any, ...], tuple[bytes, str]] = OrderedDict()
_lock = threading.Lock()


def fingerprint(ctx: Context) -> tuple[Any, ...]:
    """What two callers must share to be shown the same document: schema version, roles, a token's limits, language."""
    actor, limits = ctx.actor, (ctx.actor.scope, tuple(sorted(ctx.actor.objects)))
    return ctx.schema.version, actor.kind, actor.roles, limits, get_language(), kith.__version__


def catalogue(call: Call) -> HttpResponse:
    """``GET /``: objects, their fields and actions, and the caller's rights."""
    return _held(call, "catalogue", lambda: {"objects": [_object(call.ctx, one) for one in usable(call.ctx)]})


def openapi(call: Call) -> HttpResponse:
    """``GET /openapi.json``: OpenAPI 3.1 of exactly what the caller may use."""
    base = call.request.path.removesuffix("/openapi.json")
    return _held(call, "openapi", lambda: document(call.ctx, usable(call.ctx), base))


def me(call: Call) -> HttpResponse:
    """``GET /me``: the user behind the call, their teams and roles, and the token."""
    ctx, actor = call.ctx, call.ctx.actor
    known = directory(ctx.schema.version)
    if actor.user is None:
        raise TypeError("a caller without a user")  # tokens and sessions both have one
    person = known.people[actor.user]
    teams = [{"object": "teams", "id": id, "title": known.teams[id][0]} for id in actor.teams if id in known.teams]
    return reply(
        {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "time_zone": person.time_zone,
            "team": next((one for one in teams if one["id"] == person.team), None),
            "teams": teams,
            "roles": person.roles,
            "administrator": grants(ctx).has(ADMINISTER),
            "token": call.caller.token,
        }
    )


def usable(ctx: Context) -> list[ObjectSpec]:
    """The objects that this caller may read or make."""
    return [spec for spec in ctx.schema if may(ctx, spec, "read") or may(ctx, spec, "create")]


def _held(call: Call, name: str, build: Callable[[], Any]) -> HttpResponse:
    """A document from memory, or built and kept; its tag is its digest."""
    key = (name, call.request.path, *fingerprint(call.ctx))
    with _lock:
        held = _documents.get(key)
        if held is not None:
            _documents.move_to_end(key)
    if held is None:
        body = json.dumps(build())
        held = body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        with _lock:
            _documents[key] = held
            while len(_documents) > HELD:
                _documents.popitem(last=False)
    body, tag = held
    if tags.unchanged(call.request, tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(body, content_type=JSON, headers={"ETag": tag})


def _object(ctx: Context, spec: ObjectSpec) -> dict[str, Any]:
    held = grants(ctx)
    readable, writable = mask.readable(ctx, spec), mask.writable(ctx, spec)
    return {
        "name": spec.name,
        "one": spec.one,
        "label": str(spec.label_one),
        "labels": str(spec.label_many),
        "icon": spec.icon,
        "title": spec.title if spec.title in readable else None,
        "rights": {verb: held.reach(spec.name, verb).name.lower() for verb in sorted(spec.verbs)},
        "fields": [
            {
                "name": one.name,
                "label": str(one.label),
                "help": str(one.help),
                "type": one.type.name,
                "kind": one.type.kind,
                "required": one.required,
                "unique": one.unique,
                "readable": one.name in readable,
                "writable": one.name in writable,
                "filter": one.operators if one.name in readable else (),
                "sortable": one.name in readable and one.type.sort_expr(one) is not None,
                "parts": dict(one.type.parts),
                "target": one.target or None,
                "choices": [{"key": each.key, "label": str(each.label), "active": each.active} for each in one.choices],
                "max_length": one.max_length,
                "schema": wire_schema(one),
            }
            for one in spec.fields.values()
            if one.name in readable or one.name in writable
        ],
        "actions": [
            {"name": one.name, "label": str(one.label), "icon": one.icon}
            for one in spec.actions
            if may(ctx, spec, one.right)
        ],
    }
