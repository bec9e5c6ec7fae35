"""What happened to a record, as one actor may know it."""

from __future__ import annotations

import pytest

from kith.kernel.accounts.notes import note
from kith.kernel.events.models import Event
from kith.kernel.kit.ids import new_id
from kith.kernel.records import read
from kith.kernel.records.change import Item, change, change_many, delete
from kith.kernel.records.errors import Conflict, NotFound
from kith.kernel.records.history import history
from tests.world import World, mask_role


def test_newest_first_with_who_and_by_what(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    spec = olga.schema["contacts"]
    change(world.ctx("tim"), spec, id, {"job_title": "Captain"})
    change(world.ctx("olga_contacts"), spec, id, {"job_title": "Purser"})
    latest, before, *_more, first = history(olga, spec, id)
    assert latest.diff == {"job_title": ("Captain", "Purser")}
    assert (latest.actor_kind, before.actor_kind, before.actor_name) == ("token", "user", "Tim")
    assert first.verb == "created"


def test_values_are_values_not_wire_forms(world: World) -> None:
    ada, id = world.ctx("ada"), world.records["samples", "olga"]
    change(ada, ada.schema["samples"], id, {"company": str(world.records["companies", "tim"])})
    entry = history(world.ctx("ada"), ada.schema["samples"], id)[0]
    assert entry.diff["company"][1] == world.records["companies", "tim"]


def test_a_page_begins_after_the_last_one(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    spec = olga.schema["contacts"]
    for word in "abcde":
        change(world.ctx("olga"), spec, id, {"job_title": word})
    every = history(olga, spec, id)
    first = history(olga, spec, id, limit=2)
    second = history(olga, spec, id, limit=2, before=first[-1].id)
    assert [one.id for one in first + second] == [one.id for one in every[:4]]


def test_hidden_fields_are_left_out_and_so_is_a_change_of_nothing_else(world: World) -> None:
    ada, id = world.ctx("ada"), world.records["contacts", "olga"]
    spec = ada.schema["contacts"]
    change(ada, spec, id, {"source": "Fair", "job_title": "Captain"})
    change(world.ctx("ada"), spec, id, {"source": "Ferry"})
    mask_role({"contacts.source": "hidden"})
    hugo = history(world.ctx("hugo"), spec, id)
    assert hugo[0].diff.keys() == {"job_title"}
    assert all("source" not in one.diff for one in hugo)
    assert len(history(world.ctx("ada"), spec, id)) == len(hugo) + 1


def test_a_hidden_title_does_not_close_the_history(world: World) -> None:
    mask_role({"companies.name": "hidden"})
    hugo = world.ctx("hugo")
    assert history(hugo, hugo.schema["companies"], world.records["companies", "olga"])


def test_missing_and_forbidden_are_the_same(world: World) -> None:
    for who in ("stella", "noah", "anonymous"):
        ctx = world.ctx(who)
        for id in (world.records["contacts", "olga"], new_id()):
            with pytest.raises(NotFound):
                history(ctx, ctx.schema["contacts"], id)


def test_the_history_of_a_binned_record(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    delete(olga, olga.schema["contacts"], id)
    assert history(world.ctx("tim"), olga.schema["contacts"], id)[0].verb == "deleted"
    with pytest.raises(NotFound):
        history(world.ctx("stella"), olga.schema["contacts"], id)


def test_an_erased_payload_leaves_the_head(world: World) -> None:
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    Event.objects.filter(record=id).update(payload=None, salt=None)
    entry = history(olga, olga.schema["contacts"], id)[-1]
    assert entry.erased
    assert (entry.verb, entry.diff) == ("created", {})


def test_what_others_changed_is_found_however_long_ago(world: World) -> None:
    """A tab that was left open for months: the one change that matters lies behind hundreds of others."""
    olga, id = world.ctx("olga"), world.records["contacts", "olga"]
    spec = olga.schema["contacts"]
    opened = read.one(olga, spec, id).rows[0].version
    before = read.one(olga, spec, id, ("job_title",)).rows[0]["job_title"]
    change(world.ctx("tim"), spec, id, {"job_title": "Purser"})
    change_many(world.ctx("mara"), spec, [Item({"source": str(place)}, id) for place in range(230)])
    with pytest.raises(Conflict) as refused:
        change(world.ctx("olga"), spec, id, {"job_title": "Captain"}, expect=opened, strict=False)
    (one,) = refused.value.differences
    assert (one.field, one.before, one.now, one.wanted) == ("job_title", before, "Purser", "Captain")


def test_what_is_no_change_of_values_hides_none(world: World) -> None:
    """A note in the log of a user (a link was made, a password changed) has no version."""
    ada, id = world.ctx("ada"), world.people["tim"]
    opened = read.one(ada, ada.schema["users"], id).rows[0].version
    change(ada, ada.schema["users"], id, {"name": "Timothy"})
    ada = world.ctx("ada")
    note(ada, "users", id, "password_changed")
    with pytest.raises(Conflict) as refused:
        change(ada, ada.schema["users"], id, {"name": "Timo"}, expect=opened, strict=False)
    assert [one.now for one in refused.value.differences] == ["Timothy"]
