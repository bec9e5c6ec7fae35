"""What changed since a number, as each actor may know it: deletions included, nothing leaked."""

from __future__ import annotations

from typing import Any

import pytest

from kith.api import Forbidden, Team, change, delete, restore
from kith.kernel.events.models import Event
from kith.kernel.events.record import erase
from kith.kernel.events.sealer import seal_all, sealed_to
from kith.kernel.records.changed import changed_after


def told(world: Any, name: str, seq: int, limit: int = 500) -> dict[Any, bool]:
    """Everything that the actor is told after ``seq``, page by page: id -> gone."""
    ctx = world.ctx(name)
    found: dict[Any, bool] = {}
    while True:
        answer = changed_after(ctx, ctx.schema["companies"], seq, limit)
        found.update({one.id: one.gone for one in answer.changed})
        assert answer.next >= seq
        seq = answer.next
        if not answer.more:
            return found


def make(world: Any, who: str, **values: Any) -> Any:
    ctx = world.ctx(who)
    return change(ctx, ctx.schema["companies"], None, {"name": "Lotus Bay", **values}).id


def edit(world: Any, who: str, id: Any, **values: Any) -> None:
    ctx = world.ctx(who)
    change(ctx, ctx.schema["companies"], id, values)


@pytest.fixture
def start(world: Any) -> int:
    seal_all()
    return sealed_to()


def test_changes_come_at_once_and_each_record_once(world: Any, start: int) -> None:
    first, second = make(world, "olga"), make(world, "olga")
    edit(world, "olga", first, name="Lotus Bay Hotels")
    assert told(world, "olga", start) == {second: False, first: False}
    assert list(told(world, "olga", start)) == [second, first]  # by the last change
    assert told(world, "olga", start, limit=1) == {first: False, second: False}
    assert told(world, "olga", sealed_to()) == {}


def test_a_stranger_is_told_nothing(world: Any, start: int) -> None:
    id = make(world, "olga")
    ctx = world.ctx("olga")
    delete(ctx, ctx.schema["companies"], id)
    assert told(world, "stella", start) == {}
    assert told(world, "olga", start) == {id: True}
    restore(ctx, ctx.schema["companies"], id)
    assert told(world, "olga", start) == {id: False}


def test_without_the_right_to_read_there_is_no_answer(world: Any, start: int) -> None:
    ctx = world.ctx("noah")
    with pytest.raises(Forbidden):
        changed_after(ctx, ctx.schema["companies"], start)


def test_what_moves_out_of_reach_is_gone_for_whoever_reached_it(world: Any, start: int) -> None:
    stella = world.ctx("stella").actor
    id = make(world, "olga")
    seal_all()
    then = sealed_to()
    south = Team.objects.get(name="South").pk
    edit(world, "ada", id, owner=stella.user, team=south)
    assert told(world, "olga", then) == {id: True}
    assert told(world, "tim", then) == {id: True}
    assert told(world, "stella", then) == {id: False}
    assert told(world, "mara", start) == {id: True}  # she reaches North, and no longer South
    seal_all()
    later = sealed_to()
    edit(world, "stella", id, name="Elsewhere")
    assert told(world, "olga", later) == {}  # what happens to it now is none of hers
    assert told(world, "ada", later) == {id: False}


def test_an_erased_and_purged_record_is_gone_only_for_those_who_reach_all(world: Any, start: int) -> None:
    id = make(world, "olga")
    ctx = world.ctx("ada")
    spec = ctx.schema["companies"]
    spec.model._default_manager.filter(pk=id).delete()
    for row in Event.objects.filter(record=id):
        erase(row)
    assert told(world, "ada", start) == {id: True}
    assert told(world, "olga", start) == {}
    assert told(world, "stella", start) == {}


def test_an_edit_of_hidden_fields_only_is_nothing(world: Any, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from kith.kernel.records import changed

    id = make(world, "olga")
    seal_all()
    then = sealed_to()
    edit(world, "olga", id, employees=12)
    assert told(world, "olga", then) == {id: False}
    readable = changed.mask.readable
    monkeypatch.setattr(
        changed.mask, "readable", lambda ctx, spec: {k: v for k, v in readable(ctx, spec).items() if k != "employees"}
    )
    assert told(world, "olga", then) == {}


def test_another_reach_is_seen_in_its_digest(world: Any, start: int) -> None:
    found = {}
    for name in ("olga", "tim", "stella", "ada", "rita"):
        ctx = world.ctx(name)
        found[name] = changed_after(ctx, ctx.schema["companies"], start).reach
    assert len(set(found.values())) == len(found)
    ctx = world.ctx("olga")
    assert changed_after(ctx, ctx.schema["companies"], start).reach == found["olga"]
