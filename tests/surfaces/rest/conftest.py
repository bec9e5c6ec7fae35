"""The API as one of the world's actors: ``api("olga").get("/contacts")``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.kit import json
from tests.world import World

ROOT = "/api/v1"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Any
    bytes: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.bytes)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.json["items"]]

    def codes(self) -> set[tuple[str, str]]:
        return {(one["field"], one["code"]) for one in self.json["errors"]}


@dataclass(frozen=True)
class Api:
    client: Any

    def call(self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        kind = named.pop("content-type", "application/json")
        data = raw if raw is not None else b"" if body is None else json.dumps(body)
        found = self.client.generic(method, ROOT + path, data=data, content_type=kind, headers=named)
        return Reply(found.status_code, found.headers, found.content)

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.call("DELETE", path, **headers)


@pytest.fixture
def desk(api: Callable[[str], Api], settings: Any, tmp_path: Path) -> Callable[[str], Any]:
    from tests.surfaces.rest.desk import Desk  # it stands on this module

    settings.KITH_DATA = tmp_path / "data"
    return lambda name: Desk(api(name))


@pytest.fixture
def api(world: World, client_as: Callable[[str], Any]) -> Callable[[str], Api]:
    return lambda name: Api(client_as(name))
