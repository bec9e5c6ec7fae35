"""Jobs act with the rights of the moment they run in, never with those of the moment they were asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kith.api import Locale, Token, User, system
from kith.kernel.accounts.context import Actor
from kith.kernel.jobs import acting
from kith.kernel.jobs.acting import Gone
from kith.kernel.schema import load


def again(ctx: Any) -> Any:
    """Through the row and back."""
    from kith.kernel.kit import json

    return acting.context(json.loads(json.dumps(acting.who(ctx).dump())))


def test_a_user_has_todays_rights(world: Any) -> None:
    ctx = replace(world.ctx("olga"), locale=Locale("zh-hans", "Asia/Shanghai"), request_id="r7", notes={})
    held = acting.who(ctx).dump()
    assert not {"roles", "team", "teams", "scope"} & set(held)
    back = again(ctx)
    assert (back.actor, back.locale, back.source, back.request_id) == (ctx.actor, ctx.locale, ctx.source, "r7")
    User.objects.filter(pk=ctx.actor.user).update(roles=["read_only"])
    load.bump()
    assert again(ctx).actor.roles == ("read_only",)


def test_a_deactivated_user_is_gone(world: Any) -> None:
    ctx = world.ctx("olga")
    User.objects.filter(pk=ctx.actor.user).update(is_active=False)
    load.bump()
    with pytest.raises(Gone, match=ctx.actor.name):
        again(ctx)


@pytest.mark.parametrize(
    "change", [{"deleted_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
def test_a_token_that_ended_is_gone(world: Any, change: dict[str, Any]) -> None:
    ctx = world.ctx("olga_contacts")
    Token.objects.filter(pk=ctx.actor.id).update(**change)
    with pytest.raises(Gone):
        again(ctx)


def test_a_token_stays_as_narrow_as_it_is(world: Any) -> None:
    ctx = world.ctx("olga_contacts")
    assert again(ctx).actor == ctx.actor
    Token.objects.filter(pk=ctx.actor.id).update(scope="read")
    assert again(ctx).actor.scope == "read"


def test_others_have_no_rights_and_the_system_keeps_its_depth(world: Any) -> None:
    ctx = world.ctx("ada")
    for kind in ("automation", "plugin", "portal", "public", "anonymous"):
        actor = again(replace(ctx, actor=Actor(kind, None, "X", ctx.actor.user, roles=ctx.actor.roles), notes={})).actor
        assert (actor.kind, actor.roles, actor.user) == (kind, (), None)
    deep = replace(system(), actor=replace(system().actor, depth=3))
    assert (again(deep).actor.is_system, again(deep).actor.depth) == (True, 3)
