"""Which fields an actor reads and writes."""

from __future__ import annotations

import pytest

from kith.kernel.policy import mask
from tests.world import World, mask_role


def names(world: World, who: str, object: str) -> tuple[set[str], set[str]]:
    ctx = world.ctx(who)
    spec = ctx.schema[object]
    return set(mask.readable(ctx, spec)), set(mask.writable(ctx, spec))


def test_guards_of_a_field(world: World) -> None:
    readable, writable = names(world, "olga", "samples")
    assert not {"salary", "secret"} & readable
    assert "secret" in writable
    assert not {"salary", "bonus"} & writable
    assert "bonus" in readable
    readable, writable = names(world, "ada", "samples")
    assert "secret" not in readable
    assert {"salary", "bonus", "secret"} <= writable


def test_what_kith_keeps_is_read_and_never_written(world: World) -> None:
    for who in ("ada", "olga", "system"):
        readable, writable = names(world, who, "contacts")
        assert {"created_at", "created_by", "updated_at", "version"} <= readable - writable
        assert not {"id", "title_key", "custom", "derived", "deleted_at", "object"} & (readable | writable)


@pytest.mark.parametrize("how", ["hidden", "read"])
def test_a_mask_of_the_role(world: World, how: str) -> None:
    mask_role({"contacts.job_title": how})
    readable, writable = names(world, "hugo", "contacts")
    assert ("job_title" in readable) is (how == "read")
    assert "job_title" not in writable
    assert "job_title" in names(world, "olga", "contacts")[1], "another role is another matter"


def test_a_mask_hides_what_says_the_same_in_other_words(world: World) -> None:
    mask_role({"contacts.last_name": "hidden"})
    assert not {"last_name", "name"} & names(world, "hugo", "contacts")[0]
    mask_role({"contacts.emails": "hidden"})
    assert not {"emails", "email"} & names(world, "hugo", "contacts")[0]


def test_a_token_reads_what_its_user_reads(world: World) -> None:
    assert names(world, "olga_reads", "samples")[0] == names(world, "olga", "samples")[0]
