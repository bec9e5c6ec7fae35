"""Rights that are lost on the way: an import stops where they end, and its report tells no more than they show."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from kith.kernel.jobs.acting import Gone
from kith.kernel.jobs.progress import Progress
from kith.kernel.policy.models import Role
from kith.kernel.records.change import change
from kith.kernel.records.errors import Refusal
from kith.kernel.schema import load
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import run
from tests.canaries import leaks
from tests.contracts import expected, tables
from tests.contracts.plain import plain_field
from tests.contracts.tables import taken_back
from tests.contracts.taking import KernelImport
from tests.contracts.test_hidden import together
from tests.contracts.test_imports import everywhere, row
from tests.world import World, forget

pytestmark = pytest.mark.usefixtures("import_folder")


def lose(**values: Any) -> None:
    Role.objects.filter(key="masked").update(**values)
    load.bump()
    forget()


class Losing(Progress):
    """Takes a right away once the first chunk is done."""

    def __init__(self, loss: Any) -> None:
        self.loss: Any = loss

    def step(self, *_done: Any, **_more: Any) -> None:
        if self.loss is not None:
            loss, self.loss = self.loss, None
            loss()


@everywhere
def test_a_right_lost_between_two_chunks(world: World, object: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was brought in stays; from then on every row is refused, in the run and in taking it back."""
    side, spec = KernelImport(world), world.ctx("ada").schema[object]
    if not expected.imports("hugo", spec) or not spec.is_owned or any(one.unique for one in spec.fields.values()):
        return
    monkeypatch.setattr(run, "CHUNK", 1)
    title, key = plain_field(spec), "masked"
    rights = dict(Role.objects.get(key=key).rights)
    lines = [{**row(world, "hugo", spec), title: f"Seagull {at}"} for at in range(3)]

    def loss(**values: Any) -> Any:
        return lambda: lose(**values)

    cases = {
        "the right to make": loss(rights={"*": {"read": "team", "import": "all"}}),
        "all rights": loss(rights={}),
        "a field": loss(masks={f"{object}.{name}": "hidden" for name in together(spec, title)}),
    }
    for what, taken in cases.items():
        with taken_back():
            lose(rights=rights, masks={})
            job = side.begin("hugo", object, lines)
            with suppress(Refusal):
                imports.carry_out(world.ctx("hugo"), job, Losing(taken))
            held = [id for id in side.records(job) if spec.model._default_manager.filter(pk=id).exists()]
            names = [str(getattr(spec.model._default_manager.get(pk=id), "title_key", "")) for id in held]
            if what == "a field":
                made = "".join(tables.rows()[spec.model._meta.db_table])
                assert "Seagull 1" not in made and "Seagull 2" not in made, (what, names)
            else:
                assert len(held) == 1, (what, names)
    with taken_back():
        lose(rights=rights, masks={})
        job = side.begin("hugo", object, lines)

        def away() -> None:
            root = world.ctx("system")
            change(root, root.schema["users"], world.people["hugo"], {"is_active": False})
            load.bump()
            forget()

        with pytest.raises(Gone):
            imports.carry_out(world.ctx("hugo"), job, Losing(away))
        assert len(side.records(job)) == 1


@everywhere
def test_a_report_does_not_outlive_the_rights_of_its_reader(world: World, object: str) -> None:
    """The changes that a dry run found stand in its report: not for who no longer sees it."""
    side, spec = KernelImport(world), world.ctx("ada").schema[object]
    if not expected.imports("hugo", spec) or not spec.is_owned or expected.is_personal(spec):
        return
    field = plain_field(spec)
    mine = [one for one in world.of(object, "olga") if one.field == field]
    lose(masks={})
    job = side.begin(
        "hugo", object, [{"id": str(world.records[object, "olga"]), field: "Seagull"}], match=["id"], mode="update"
    )
    imports.check(world.ctx("hugo"), job)
    rights = dict(Role.objects.get(key="masked").rights)
    assert leaks(side.told("hugo", job), mine) != []
    for loss in (
        {"masks": {f"{object}.{name}": "hidden" for name in together(spec, field)}},
        {"rights": {**rights, "*": {**rights["*"], "read": "own"}}},
        {"rights": {}},
    ):
        with taken_back():
            lose(**loss)
            assert leaks(side.told("hugo", job), mine) == [], loss
