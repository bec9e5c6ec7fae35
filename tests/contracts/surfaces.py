"""The surfaces, each behind the same few calls. An ``Answer`` is what left the house, whatever the surface.

A new surface is one class here and one entry in ``SURFACES``; its tests are left out only while it cannot be imported.
"""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from kith.kernel.accounts.context import Context
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.query.tree import ALL, from_json
from kith.kernel.records import read
from kith.kernel.records.aggregate import aggregate
from kith.kernel.records.change import Change, change, delete, restore
from kith.kernel.records.errors import Conflict, Invalid, NotFound, Refusal
from kith.kernel.records.history import history
from kith.kernel.records.undo import undo
from tests.contracts.surface import DONE as DONE
from tests.contracts.surface import REFUSED as REFUSED
from tests.contracts.surface import Answer, Surface
from tests.contracts.surface import client_of as client_of
from tests.contracts.surface import parting as parting
from tests.contracts.web import Web
from tests.world import World


class Kernel(Surface):
    """``records.read`` and ``records.change`` themselves, told as a surface would."""

    name = "kernel"

    def _ask(self, run: Callable[[], tuple[int, Any, Sequence[Any], str, int | None]]) -> Answer:
        try:
            status, body, ids, cursor, count = run()
        except Refusal as error:
            named = frozenset(one.field for one in error.complaints) if isinstance(error, Invalid) else frozenset[str]()
            return Answer(error.status, json.dumps_text({"message": str(error), **_details(error)}), fields=named)
        except Unreadable as error:
            return Answer(400, json.dumps_text({"message": str(error), "code": error.code, "params": error.params}))
        return Answer(status, json.dumps_text(body), tuple(map(str, ids)), cursor, count)

    def _read(self, found: read.Page) -> tuple[int, Any, Sequence[Any], str, int | None]:
        items = [told(found, row) for row in found.rows]
        count = found.count.value if found.count else None
        return (
            200,
            {"items": items, "next": found.next, "count": count},
            [row.id for row in found.rows],
            found.next,
            count,
        )

    def list(self, who: str, object: str, **query: Any) -> Answer:
        ctx = self.world.ctx(who)
        asked = dict(query)
        if "where" in asked:
            asked["where"] = from_json(asked["where"])
        for name in ("sort", "fields"):
            if name in asked:
                asked[name] = tuple(asked[name])
        return self._ask(lambda: self._read(read.rows(ctx, ctx.schema[object], read.Query(**asked))))

    def one(self, who: str, object: str, id: Any) -> Answer:
        ctx = self.world.ctx(who)
        return self._ask(lambda: self._read(read.one(ctx, ctx.schema[object], id)))

    def history(self, who: str, object: str, id: Any) -> Answer:
        ctx = self.world.ctx(who)
        spec = ctx.schema[object]

        def run() -> tuple[int, Any, Sequence[Any], str, int | None]:
            entries = history(ctx, spec, uuid.UUID(str(id)))
            told = [
                {
                    "verb": one.verb,
                    "by": one.actor_name,
                    "diff": {name: [repr(old), repr(new)] for name, (old, new) in one.diff.items()},
                }
                for one in entries
            ]
            return 200, told, [], "", None

        return self._ask(run)

    def group(self, who: str, object: str, field: str, measure: str = "count") -> Answer:
        ctx = self.world.ctx(who)
        by = (field,) if field else ()
        return self._ask(lambda: (200, aggregate(ctx, ctx.schema[object], ALL, by, (measure,)), [], "", None))

    def _write(self, ctx: Context, run: Callable[[], Change]) -> Answer:
        def told() -> tuple[int, Any, Sequence[Any], str, int | None]:
            made = run()
            return 200, {"id": str(made.id), "version": made.version}, [made.id], "", None

        return self._ask(told)

    def create(self, who: str, object: str, values: Mapping[str, Any]) -> Answer:
        ctx = self.world.ctx(who)
        return self._write(ctx, lambda: change(ctx, ctx.schema[object], None, values))

    def update(self, who: str, object: str, id: Any, values: Mapping[str, Any], expect: int | None = None) -> Answer:
        ctx = self.world.ctx(who)
        return self._write(ctx, lambda: change(ctx, ctx.schema[object], uuid.UUID(str(id)), values, expect=expect))

    def delete(self, who: str, object: str, id: Any) -> Answer:
        ctx = self.world.ctx(who)
        return self._write(ctx, lambda: delete(ctx, ctx.schema[object], uuid.UUID(str(id))))

    def restore(self, who: str, object: str, id: Any) -> Answer:
        ctx = self.world.ctx(who)
        return self._write(ctx, lambda: restore(ctx, ctx.schema[object], uuid.UUID(str(id))))

    def undo(self, who: str, event: Any) -> Answer:
        ctx = self.world.ctx(who)

        def run() -> tuple[int, Any, Sequence[Any], str, int | None]:
            done = undo(ctx, uuid.UUID(str(event)))
            return 200, {"changed": [one.id for one in done.changes], "kept": list(done.kept)}, [], "", None

        return self._ask(run)


def told(found: read.Page, row: read.Row) -> dict[str, Any]:
    """A row as any surface tells it: a reference by its title, and as nothing where that may not be seen."""
    item: dict[str, Any] = {"id": row.id, "version": row.version}
    for one in found.fields:
        value = row.values[one.name]
        if not one.target:
            item[one.name] = one.type.dump(one, value) if not one.type.empty(value) else None
            continue
        ids = [value] if isinstance(value, uuid.UUID) else [getattr(each, "id", each) for each in value or ()]
        titles = [title for id in ids if (title := found.title(one, id)) is not None]
        item[one.name] = [{"id": each.id, "title": each.text} for each in titles]
    return item


def _details(error: Refusal) -> dict[str, Any]:
    if isinstance(error, Invalid):
        return {"errors": [[one.field, one.code, str(one.message)] for one in error.complaints]}
    if isinstance(error, Conflict):
        return {
            "version": error.version,
            "differences": [[one.field, one.before, one.now, one.wanted] for one in error.differences],
        }
    return {"object": error.object} if isinstance(error, NotFound) else {}


class Rest(Surface):
    """``/api/v1`` over HTTP: people by their session, tokens as bearer tokens."""

    name = "rest"
    ROOT = "/api/v1"
    handler: ClassVar[Any] = None

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.clients: dict[str, Any] = {}

    @classmethod
    def is_there(cls) -> bool:
        return importlib.util.find_spec("kith.surfaces.rest.views") is not None

    def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        if who not in self.clients:
            self.clients[who] = client_of(self.world, who)
            # one for all: a new one loads all middleware and reads all static files
            self.clients[who].handler = Rest.handler = Rest.handler or self.clients[who].handler
        client = self.clients[who]
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        response = client.generic(method, f"{self.ROOT}{path}", headers=headers, **more)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        text = content.decode()
        held = json.loads(text) if text.startswith(("{", "[")) else {}
        items = held.get("items") if isinstance(held, dict) else None
        ids = [one["id"] for one in items if isinstance(one, dict) and "id" in one] if isinstance(items, list) else []
        if isinstance(held, dict) and "id" in held and response.status_code in DONE:
            ids = [held["id"]]
        count = held.get("count") if isinstance(held, dict) else None
        cursor = (held.get("next") or "") if isinstance(held, dict) else ""
        errors = held.get("errors", []) if isinstance(held, dict) and response.status_code not in DONE else []
        named = frozenset(one.get("field", "") for one in errors)
        return Answer(
            response.status_code,
            text,
            tuple(ids),
            cursor,
            count.get("value") if isinstance(count, dict) else None,
            named,
        )

    def list(self, who: str, object: str, **query: Any) -> Answer:
        asked: dict[str, Any] = {}
        if "where" in query:
            asked["filter"] = json.dumps_text(query["where"])
        for name in ("sort", "fields"):
            if query.get(name):
                asked[name] = ",".join(query[name])
        for name in ("limit", "after"):
            if query.get(name):
                asked[name] = query[name]
        return self.ask(who, "GET", f"/{object}?{urlencode(asked)}")

    def one(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, "GET", f"/{object}/{id}")

    def history(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, "GET", f"/{object}/{id}/history")

    def group(self, who: str, object: str, field: str, measure: str = "count") -> Answer:
        asked = {"measure": measure, **({"group": field} if field else {})}
        return self.ask(who, "GET", f"/{object}/aggregate?{urlencode(asked)}")

    def since(self, who: str, object: str, seq: int) -> tuple[Answer, dict[str, bool], int]:
        answer = self.ask(who, "GET", f"/{object}?changed_after={seq}&limit=500")
        held = json.loads(answer.body.encode()) if answer.done else {"items": [], "next": seq}
        return answer, {one["id"]: one["deleted"] for one in held["items"]}, held["next"]

    def create(self, who: str, object: str, values: Mapping[str, Any]) -> Answer:
        return self.ask(who, "POST", f"/{object}", dict(values))

    def update(self, who: str, object: str, id: Any, values: Mapping[str, Any], expect: int | None = None) -> Answer:
        headers = {} if expect is None else {"If-Match": f'"{expect}"'}
        return self.ask(who, "PATCH", f"/{object}/{id}", dict(values), **headers)

    def delete(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, "DELETE", f"/{object}/{id}")

    def restore(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, "POST", f"/{object}/{id}/restore", {})

    def undo(self, who: str, event: Any) -> Answer:
        return self.ask(who, "POST", f"/events/{event}/undo", {})


SURFACES: tuple[type[Surface], ...] = (Kernel, Rest, Web)
NAMES = tuple(one.name for one in SURFACES)


def that_can(*calls: str) -> tuple[str, ...]:
    """The surfaces that have all of these calls."""
    return tuple(one.name for one in SURFACES if one.answers(*calls))


def surface_named(name: str, world: World) -> Surface:
    """The surface; the test is left out, and says so, while that surface cannot be imported."""
    chosen = next(one for one in SURFACES if one.name == name)
    if not chosen.is_there():
        pytest.skip(f"the surface {name!r} is not there yet")
    return chosen(world)
