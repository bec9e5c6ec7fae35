"""Duplicates are looked for among what the actor may see, however many others hold the same."""

from __future__ import annotations

from kith.kernel.records.change import Item, change, change_many
from kith.kernel.records.duplicates import NEAR, like, typed
from tests.world import World

CROWD = NEAR + 5


def test_what_others_hold_does_not_hide_what_the_actor_may_see(world: World) -> None:
    root, olga = world.ctx("system"), world.ctx("olga")
    for object, values in (
        ("contacts", {"last_name": "Kettle", "email": "info@kettle.example"}),
        ("companies", {"name": "Kettle Works", "domain": "kettle.example"}),
    ):
        spec = root.schema[object]
        theirs = {**values, "owner": world.people["stella"], "team": world.teams["South"]}
        change_many(root, spec, [Item(theirs, verb="create") for _ in range(CROWD)])
        mine = change(olga, spec, None, values).id
        change_many(root, spec, [Item(theirs, verb="create") for _ in range(CROWD)])
        for name in set(values) - {"last_name"}:
            given, _wrong = typed(olga, spec, {name: values[name]})
            assert [one.id for one in like(world.ctx("olga"), spec, given)] == [mine], name
        given, _wrong = typed(olga, spec, values)
        assert [one.id for one in like(world.ctx("olga"), spec, given)] == [mine]
