"""What the tests of imports share: a short way to import, and a picture of the database to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.transfer import job as imports


class Bench:
    """``bench.run("olga", path, object="contacts")`` imports files in somebody's name and gives back the report."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.id: Any = None

    def begin(self, who: str, *paths: Path, **options: Any) -> dict[str, Any]:
        ctx = self.world.ctx(who)
        self.id = imports.begin(ctx, imports.files(paths), **options).pk
        return imports.show(ctx, self.id)

    def run(self, who: str, *paths: Path, **options: Any) -> dict[str, Any]:
        self.begin(who, *paths, **options)
        imports.carry_out(self.world.ctx(who), self.id)
        return self.report(who)

    def check(self, who: str, *paths: Path, **options: Any) -> dict[str, Any]:
        self.begin(who, *paths, **options)
        imports.check(self.world.ctx(who), self.id)
        return self.report(who)

    def report(self, who: str) -> dict[str, Any]:
        return imports.show(self.world.ctx(who), self.id)

    def rows(self, who: str, **options: Any) -> list[dict[str, Any]]:
        return imports.rows(self.world.ctx(who), self.id, **options)

    def remap(self, who: str, file: int = 0, **changes: Any) -> None:
        """Change attributes of a file's mapping before the run."""
        from kith.kernel.transfer import store

        ctx = self.world.ctx(who)
        job = store.held(ctx, self.id)
        row = job.files.order_by("position")[file]
        imports.configure(ctx, job.pk, row.pk, {**row.mapping, **changes})


@pytest.fixture
def bench(world: Any, settings: Any, tmp_path: Path) -> Bench:
    settings.KITH_DATA = tmp_path / "data"
    return Bench(world)


@pytest.fixture
def living(world: Any) -> Callable[[str], int]:
    """``living("contacts")``: how many records of an object are not in the bin."""

    def count(object: str) -> int:
        from kith.kernel.records.sight import living as rows

        return int(rows(world.ctx("system").schema[object]).count())

    return count


@pytest.fixture
def picture(world: Any) -> Callable[[], str]:
    """A digest of all living companies, contacts and needs with all that hangs on them, but for versions and times of
    change: an undo writes, too.
    """

    def take() -> str:
        digest = hashlib.sha256()
        for line in _lines(world):
            digest.update(repr(line).encode())
        return digest.hexdigest()

    return take


def _lines(world: Any) -> Iterator[Any]:
    from kith.kernel.records.models import ContactPoint, ExternalKey, Facet, Link
    from kith.kernel.records.sight import living as rows
    from kith.kernel.search.models import SearchDoc

    schema = world.ctx("system").schema
    for name in ("companies", "contacts", "needs"):
        spec = schema[name]
        columns = [
            one.attname for one in spec.model._meta.concrete_fields if one.attname not in ("version", "updated_at")
        ]
        held = sorted(rows(spec).values_list(*columns), key=repr)
        yield name, held
        ids = {row[columns.index("id")] for row in held}
        for model, values in (
            (ContactPoint, ("record", "field", "kind", "use", "value", "key", "primary", "status", "position")),
            (ExternalKey, ("record", "system", "key")),
            (Link, ("record", "field", "to_record", "attributes", "position")),
            (Facet, ("record", "field", "value")),
            (SearchDoc, ("record", "title_key", "body")),
        ):
            beside = model._default_manager.filter(object=name).values_list(*values)
            yield model.__name__, sorted((one for one in beside if one[0] in ids), key=repr)
