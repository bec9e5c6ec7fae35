"""What nobody may do to people, whoever asks: lock everybody out, close their own account, tie the tree of teams in a
knot.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kith.kernel.accounts.models import Token, User
from kith.kernel.people import keys, profile
from kith.kernel.policy.models import Role
from kith.kernel.records.change import Item, change, change_many, delete, restore
from kith.kernel.records.errors import Forbidden, Invalid, NotFound
from kith.kernel.records.merge import merge
from kith.kernel.records.undo import undo
from tests.world import World, forget


def write(world: World, who: str, object: str, id: Any, **values: Any) -> Any:
    ctx = world.ctx(who)
    done = change(ctx, ctx.schema[object], id, values)
    forget()
    return done


def second_administrator(world: World) -> uuid.UUID:
    write(world, "ada", "users", world.people["mara"], roles=["administrator"])
    return world.people["mara"]


# --- somebody must stay ----------------------------------------------------------------------------------------------

LAST = {
    "deactivate": lambda world: write(world, "system", "users", world.people["ada"], is_active=False),
    "another role": lambda world: write(world, "ada", "users", world.people["ada"], roles=["member"]),
    "no role": lambda world: write(world, "ada", "users", world.people["ada"], roles=[]),
    "delete": lambda world: delete(world.ctx("system"), world.ctx("ada").schema["users"], world.people["ada"]),
}


@pytest.mark.parametrize("how", LAST)
def test_the_last_administrator_stays(world: World, how: str) -> None:
    with pytest.raises(Invalid) as refused:
        LAST[how](world)
    assert [one.code for one in refused.value.complaints] == ["last_administrator"]
    forget()
    assert world.ctx("ada").actor.roles == ("administrator",)


@pytest.mark.parametrize("how", ["deactivate", "another role", "delete"])
def test_with_a_second_one_the_first_may_go(world: World, how: str) -> None:
    second_administrator(world)
    LAST[how](world)


def test_not_both_in_one_go(world: World) -> None:
    """Each of the two would leave the other; together they leave nobody."""
    ids = [world.people["ada"], second_administrator(world)]
    ctx = world.ctx("system")
    with pytest.raises(Invalid):
        change_many(ctx, ctx.schema["users"], [Item({"is_active": False}, id) for id in ids])
    with pytest.raises(Invalid):
        change_many(ctx, ctx.schema["users"], [Item(id=id, verb="delete") for id in ids])
    assert User.objects.filter(pk__in=ids, is_active=True, deleted_at=None).count() == 2


def test_a_role_that_administers_counts_too_and_cannot_lose_it_last(world: World) -> None:
    everything = {"*": {"read": "all", "update": "all"}}
    role = write(world, "ada", "roles", None, name="Office", rights=everything, extra=["workspace.administer"]).record
    write(world, "ada", "users", world.people["mara"], roles=[role.key])
    write(world, "mara", "users", world.people["ada"], roles=["member"])
    with pytest.raises(Invalid) as refused:
        write(world, "mara", "roles", role.pk, extra=[])
    assert [one.code for one in refused.value.complaints] == ["last_administrator"]


def test_an_undo_locks_nobody_out_either(world: World) -> None:
    second = second_administrator(world)
    made = write(world, "ada", "users", second, name="Mara V.")
    grant = made.event
    write(world, "ada", "users", world.people["ada"], roles=["member"])
    from kith.kernel.events.models import Event

    granted = Event.objects.filter(object="users", record=second, verb="updated").order_by("id").first()
    assert granted is not None and grant is not None
    with pytest.raises(Invalid):
        undo(world.ctx("mara"), granted.id)


def test_nobody_closes_their_own_account(world: World) -> None:
    second_administrator(world)
    for act in (
        lambda ctx: change(ctx, ctx.schema["users"], world.people["ada"], {"is_active": False}),
        lambda ctx: delete(ctx, ctx.schema["users"], world.people["ada"]),
    ):
        with pytest.raises(Invalid, match="your own account"):
            act(world.ctx("ada"))


def test_the_shipped_administrator_cannot_be_changed_or_deleted(world: World) -> None:
    role = Role.objects.get(key="administrator")
    for values in (
        {"rights": {}},
        {"extra": []},
        {"masks": {"contacts.name": "hidden"}},
        {"conditions": {"contacts": {}}},
    ):
        with pytest.raises(Invalid):
            write(world, "ada", "roles", role.pk, **values)
    ctx = world.ctx("ada")
    with pytest.raises(Invalid):
        delete(ctx, ctx.schema["roles"], role.pk)


def test_a_role_in_use_is_not_deleted(world: World) -> None:
    ctx = world.ctx("ada")
    with pytest.raises(Invalid, match="people have this role"):
        delete(ctx, ctx.schema["roles"], Role.objects.get(key="member").pk)


# --- teams -----------------------------------------------------------------------------------------------------------


def test_a_team_is_not_below_itself(world: World) -> None:
    for above in ("Sales", "North"):
        with pytest.raises(Invalid, match="part of itself"):
            write(world, "ada", "teams", world.teams["Sales"], parent=str(world.teams[above]))
    write(world, "ada", "teams", world.teams["South"], parent=str(world.teams["North"]))
    with pytest.raises(Invalid, match="part of itself"):
        write(world, "ada", "teams", world.teams["Sales"], parent=str(world.teams["South"]))


def test_two_teams_put_below_each_other_in_one_go(world: World) -> None:
    a, b = (write(world, "ada", "teams", None, name=name).id for name in ("A", "B"))
    ctx = world.ctx("ada")
    with pytest.raises(Invalid, match="part of itself"):
        change_many(ctx, ctx.schema["teams"], [Item({"parent": str(b)}, a), Item({"parent": str(a)}, b)])


def test_only_an_empty_team_is_deleted(world: World) -> None:
    ctx = world.ctx("ada")
    with pytest.raises(Invalid, match="people are in this team"):
        delete(ctx, ctx.schema["teams"], world.teams["North"])
    with pytest.raises(Invalid, match="teams are part of this one"):
        delete(ctx, ctx.schema["teams"], world.teams["Sales"])
    empty = write(world, "ada", "teams", None, name="Empty").id
    ctx = world.ctx("ada")
    delete(ctx, ctx.schema["teams"], empty)
    forget()
    assert empty not in _known_teams(world)
    restore(world.ctx("ada"), world.ctx("ada").schema["teams"], empty)
    forget()
    assert empty in _known_teams(world)


def _known_teams(world: World) -> Any:
    from kith.kernel.accounts.directory import directory

    return directory(world.ctx("ada").schema.version).teams


# --- nobody gets more than they have (AZ-07) -------------------------------------------------------------------------

ADMIN = ["administrator"]
UNPRIVILEGED = ("mara", "olga", "tim", "rita", "stella", "noah", "olga_reads", "olga_contacts")


def _vectors(world: World, who: str) -> dict[str, Any]:
    """Each way to more rights that there is today, as this actor would try it."""
    me = world.people.get(who, world.people["olga"])
    role = {one.key: one.pk for one in Role.objects.all()}
    ctx = world.ctx(who)

    def into(object: str, id: Any, **values: Any) -> Any:
        return lambda: change(ctx, ctx.schema[object], id, values)

    def gone(object: str, id: Any) -> Any:
        return lambda: delete(ctx, ctx.schema[object], id)

    everything = {"*": dict.fromkeys(("create", "read", "update", "delete", "export", "import"), "all")}
    return {
        "make an administrator": into("users", None, name="Eve", email="eve@evil.example", roles=ADMIN),
        "make oneself one": into("users", me, roles=ADMIN),
        "one's own team": into("users", me, team=str(world.teams["Sales"])),
        "take an administrator's address": into("users", world.people["ada"], email="eve@evil.example"),
        "close an administrator's account": into("users", world.people["ada"], is_active=False),
        "delete an administrator": gone("users", world.people["ada"]),
        "a role with everything": into("roles", None, name="Eve", rights=everything, extra=["workspace.administer"]),
        "more rights for one's role": into("roles", role["member"], rights=everything),
        "a named right": into("roles", role["member"], extra=["workspace.administer", "*"]),
        "no condition": into("roles", role["member"], conditions={}),
        "no masks": into("roles", role["masked"], masks={"contacts.phone": "hidden"}),
        "delete a role": gone("roles", role["masked"]),
        "a team above one's own": into("teams", world.teams["North"], parent=None),
        "others' team below one's own": into("teams", world.teams["South"], parent=str(world.teams["North"])),
        "a team": into("teams", None, name="Eve"),
        "delete a team": gone("teams", world.teams["South"]),
        "an invitation": into("invitations", None, email="eve@evil.example", roles=ADMIN),
        "the company": into("organisation", None, name="Evil"),
        "a token by the object": into("tokens", None, name="Eve", scope="admin"),
        "a wider token": into("tokens", world.tokens["olga_contacts"][0], scope="admin", objects_allowed=""),
        "somebody else's token": into("tokens", world.tokens["olga_reads"][0], user=str(world.people["ada"])),
        "merge oneself with an administrator": lambda: merge(ctx, ctx.schema["users"], me, [world.people["ada"]]),
        "merge the other way": lambda: merge(ctx, ctx.schema["users"], world.people["ada"], [me]),
        "a token that administers": lambda: keys.make(ctx, "Eve", "admin"),
    }


@pytest.mark.parametrize("who", UNPRIVILEGED)
def test_no_way_to_more_rights(world: World, who: str) -> None:
    before = _rights(world)
    through = []
    for name, attempt in _vectors(world, who).items():
        try:
            attempt()
        except (Forbidden, NotFound, Invalid):
            continue
        through.append(name)
    assert through == []
    forget()
    assert _rights(world) == before


def _rights(world: World) -> Any:
    users = sorted(User.objects.values_list("email", "roles", "team_id", "is_active", "deleted_at"), key=str)
    roles = sorted(Role.objects.values_list("key", "rights", "extra", "masks", "conditions", "deleted_at"), key=str)
    tokens = sorted(Token.objects.values_list("user_id", "name", "scope", "objects_allowed", "deleted_at"), key=str)
    return users, roles, tokens


def test_the_profile_changes_oneself_and_four_things_only(world: World) -> None:
    wanted = {
        "name": "Olga O.",
        "language": "zh-hans",
        "roles": ADMIN,
        "is_active": False,
        "email": "x@x.example",
        "team": None,
    }
    done = profile.edit(world.ctx("olga"), wanted)
    assert set(done.diff) == {"name", "language"} and done.id == world.people["olga"]
    assert done.event is not None and done.event.actor_name == "Olga" and done.event.actor == world.people["olga"]
    user = User.objects.get(pk=world.people["olga"])
    assert (user.name, user.roles, user.is_active, user.email) == ("Olga O.", ["member"], True, "olga@kith.example")
    for who in ("olga_reads", "olga_contacts", "anonymous", "system"):
        with pytest.raises(Forbidden):
            profile.edit(world.ctx(who), {"name": "x"})


def test_a_change_of_a_role_is_in_the_history_and_one_undo_takes_it_back(world: World) -> None:
    role = Role.objects.get(key="member")
    wider = {**role.rights, "contacts": {"read": "all"}}
    done = write(world, "ada", "roles", role.pk, rights=wider)
    assert done.diff["rights"] == (role.rights, wider)
    undo(world.ctx("ada"), done.event.id)
    forget()
    assert Role.objects.get(key="member").rights == role.rights


def test_what_happened_to_an_account_is_its_owners_and_the_administrators_to_know(world: World) -> None:
    from kith.kernel.accounts.notes import by, note
    from kith.kernel.records.changed import changed_after
    from kith.kernel.records.history import history

    olga = world.people["olga"]
    start = changed_after(world.ctx("ada"), world.ctx("ada").schema["users"], 0).next
    note(by(User.objects.get(pk=olga)), "users", olga, "signed_in", {"address": "192.0.2.1"})
    for who, known in {"olga": True, "ada": True, "tim": False, "mara": False, "olga_reads": True}.items():
        ctx = world.ctx(who)
        told = [one.verb for one in history(ctx, ctx.schema["users"], olga)]
        assert ("signed_in" in told) is known, who
        assert changed_after(ctx, ctx.schema["users"], start).changed == ()
