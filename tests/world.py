"""The people and records that tests are about, made through the same paths as in use.

::

    Sales ── North      Olga owns what she made (member, North); Tim is her team mate; Rita may only read, in North
                        Mara manages Sales, and so North
    South               Stella, the stranger (member)
    (no team)           Ada, administrator; Noah, who has no role at all
    North               Hugo, whose one role is masked as a test likes

    anonymous           nobody
    olga_reads          a token of Olga's with the scope "read"
    olga_contacts       a token of Olga's with the scope "write", for contacts only

Each of Olga, Tim, Mara and Stella owns one record of every owned object; Ada made one of every shared one. Each field
that can carry a word carries ``CNR-object-field-owner``, so that one look at an answer tells whose values leaked.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils import timezone

from kith.api import Invalid, Query, Role, Token, read
from kith.kernel.accounts import directory
from kith.kernel.accounts.context import ANONYMOUS, Actor, Context, system
from kith.kernel.fields.base import Field, type_names
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import json
from kith.kernel.people import joining
from kith.kernel.policy import grants, mask
from kith.kernel.policy.rows import may
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.records import samples, shape, titles
from kith.kernel.records.change import Change, change
from kith.kernel.schema import load, registry
from kith.kernel.schema.spec import ObjectSpec, Owned
from tests.canaries import Canary, candidates, carries
from tests.canaries import leaks as leaks

PASSWORD = "Harbour-lantern-77"
OWNERS = ("olga", "tim", "mara", "stella")
PEOPLE = {  # name -> role, team
    "olga": ("member", "North"),
    "tim": ("member", "North"),
    "rita": ("read_only", "North"),
    "mara": ("manager", "Sales"),
    "stella": ("member", "South"),
    "ada": ("administrator", ""),
    "noah": ("", ""),
    "hugo": ("masked", "North"),
}
TOKENS = {"olga_reads": ("read", ""), "olga_contacts": ("write", "contacts")}  # scope, objects
USER_MADE = ("x_visits",)
ACTORS = ("ada", "mara", "olga", "tim", "rita", "stella", "noah", "olga_reads", "olga_contacts", "anonymous")


@dataclass
class World:
    """What was built. ``records[object, owner]`` are ids; ``ctx(name)`` is a fresh context of one of the actors."""

    people: dict[str, uuid.UUID] = field(default_factory=dict)
    teams: dict[str, uuid.UUID] = field(default_factory=dict)
    tokens: dict[str, tuple[uuid.UUID, str]] = field(default_factory=dict)  # id and secret
    records: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)  # keys of signed-in browsers

    def actor(self, name: str) -> Actor:
        if name == "anonymous":
            return ANONYMOUS
        people = directory.directory(load.version())
        if name not in self.tokens:
            found = people.actor(self.people[name])
            assert found is not None, f"{name} is no active user"
            return found
        owner = people.actor(self.people["olga"])
        assert owner is not None
        scope, objects = TOKENS[name]
        id = self.tokens[name][0]
        names = frozenset(filter(None, objects.split(",")))
        return Actor("token", id, name, owner.user, owner.team, owner.teams, owner.roles, scope, names)  # type: ignore[arg-type]

    def ctx(self, name: str, **more: Any) -> Context:
        if name == "system":
            return system("test", **more)
        return Context(self.actor(name), "test", load.current(), **more)

    def owners(self, object: str) -> list[str]:
        """Who made a record of this object."""
        return [owner for held, owner in self.records if held == object]

    def of(self, object: str, owner: str) -> list[Canary]:
        return [one for one in self.canaries if (one.object, one.owner) == (object, owner)]


def forget() -> None:
    """Drop what this process remembers of schema, people and roles: each test begins as a new process does."""
    registry.forget()
    directory.forget()
    grants.forget()
    titles.forget()
    samples.forget()


# --- building ---------------------------------------------------------------------------------------------------------


def build() -> World:
    """The whole company in an empty, migrated database."""
    made = World()
    ensure_roles(Role)
    forget()
    _people(made)
    _user_made(made)
    ada = made.ctx("ada")
    for spec in in_order(ada.schema):
        for owner in OWNERS if spec.is_owned else ("ada",):
            _record(made, spec, owner)
    needles = [one.needle for one in made.canaries]
    assert len(needles) == len(set(needles)), "two canaries look alike"
    return made


def _people(made: World) -> None:
    root = system("test")
    teams = root.schema["teams"]
    made.teams["Sales"] = change(root, teams, None, {"name": "Sales"}).id
    made.teams["North"] = change(root, teams, None, {"name": "North", "parent": made.teams["Sales"]}).id
    made.teams["South"] = change(root, teams, None, {"name": "South"}).id
    member = Role.objects.get(key="member")
    Role(
        key="masked", name="Masked", rights=member.rights, created_at=member.created_at, updated_at=member.updated_at
    ).save()
    for name, (role, team) in PEOPLE.items():
        roles = [role] if role else []
        values = {"email": f"{name}@kith.example", "name": name.title(), "team": made.teams.get(team)}
        user = joining.make(system("test"), values, roles, PASSWORD)
        made.people[name] = user.pk
        made.sessions[name] = _signed_in(user)
    for name, (scope, objects) in TOKENS.items():
        secret = f"secret-of-{name.replace('_', '-')}-{uuid.uuid4().hex}"
        digest = hashlib.sha256(secret.encode()).hexdigest()
        token = Token.objects.create(
            user_id=made.people["olga"], name=name, digest=digest, scope=scope, objects_allowed=objects
        )
        made.tokens[name] = (token.pk, secret)
    load.bump()
    forget()


def _signed_in(user: Any) -> str:
    """The key of a session, as the sign-in page would leave it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _user_made(made: World) -> None:
    """An object that a user made, with a field of every type that users may add; and one field more on contacts."""
    shape.add_object(made.ctx("ada"), {"en": "Visit"}, {"en": "Visits"})
    ada = made.ctx("ada")
    choices = [{"labels": {"en": "Near"}}, {"labels": {"en": "Far"}}]
    for name in type_names():
        target = {"reference": "companies", "references": "contacts"}.get(name, "users")
        for more in ({}, {"target": target}, {"choices": choices}):
            try:
                shape.add_field(ada, USER_MADE[0], name, {"en": f"My {name}"}, **more)
                break
            except (Invalid, LookupError):
                continue  # not a type that users may add, or one that needs more
    shape.add_field(ada, "contacts", "text", {"en": "My text"})


def _token(made: World, owner: str) -> uuid.UUID:
    """A token is made by its own page, which shows the secret once; the object offers no ``create``."""
    digest = hashlib.sha256(f"another token of {owner}".encode()).hexdigest()
    return Token.objects.create(
        user_id=made.people[owner], name="-", digest=digest, created_at=timezone.now(), updated_at=timezone.now()
    ).pk


BY_HAND: dict[str, Callable[[World, str], uuid.UUID]] = {"tokens": _token}
"""How a record comes to be where the object has no ``create``."""


def _record(made: World, spec: ObjectSpec, owner: str) -> None:
    """A record as its owner would make it; then the administrator fills in what the owner may not write."""
    ctx, ada, seed = made.ctx(owner), made.ctx("ada"), random.Random(f"{spec.name} {owner}")
    id = None
    if "create" not in spec.verbs:
        if spec.name not in BY_HAND:
            return
        id = BY_HAND[spec.name](made, owner)
    mine = {name: (wire, needle) for name, wire, needle in filled(ctx, ctx.schema[spec.name], seed, owner)}
    id, held = persuaded(ctx, spec.name, id, mine, seed)
    made.records[spec.name, owner] = id
    rest = {
        name: (wire, needle)
        for name, wire, needle in filled(ada, ada.schema[spec.name], seed, owner)
        if name not in mine
    }
    held |= persuaded(made.ctx("ada"), spec.name, id, rest, seed)[1]
    made.canaries.extend(
        Canary(spec.name, name, owner, needle, wire) for name, (wire, needle) in held.items() if needle
    )


def persuaded(
    ctx: Context, object: str, id: uuid.UUID | None, wishes: Mapping[str, tuple[Any, str]], seed: random.Random
) -> tuple[uuid.UUID, dict[str, tuple[Any, str]]]:
    """Write what the object accepts of these values: a refused canary gives way to a sample, a refused sample to
    nothing.
    """
    spec, held, refused = ctx.schema[object], dict(wishes), set[str]()
    for _try in range(8):
        if not held and id is not None:
            return id, {}
        try:
            done = change(ctx, spec, id, {name: wire for name, (wire, _needle) in held.items()})
            return done.id, held
        except Invalid as error:
            names = {one.field for one in error.complaints} & set(held)
            if not names:
                raise
            for name in names:
                sample = None if name in refused or spec.fields[name].target else fresh(spec.fields[name], seed)
                refused.add(name)
                if sample is None:
                    del held[name]
                else:
                    held[name] = (sample, "")
    raise AssertionError(f"{object} accepts no values")


def acceptable(ctx: Context, object: str, id: uuid.UUID | None = None) -> dict[str, Any]:
    """Values that a new record of the object takes from this actor, or the record ``id``; nothing is written."""
    dice = random.Random(1)
    wishes = {name: (wire, needle) for name, wire, needle in filled(ctx, ctx.schema[object], dice, "")}
    with transaction.atomic():
        held = persuaded(ctx, object, id, wishes, dice)[1]
        transaction.set_rollback(True)
    forget()
    return {name: wire for name, (wire, _needle) in held.items()}


def in_order(schema: Any) -> list[ObjectSpec]:
    """The objects of a snapshot so that what is referred to comes first, as far as that is possible."""
    left, done = {spec.name: spec for spec in schema}, list[ObjectSpec]()
    while left:
        ready = [
            spec for spec in left.values() if not {one.target for one in spec.fields.values()} & set(left) - {spec.name}
        ]
        for spec in ready or list(left.values())[:1]:
            done.append(left.pop(spec.name))
    return done


# --- values -----------------------------------------------------------------------------------------------------------


def make(ctx: Context, spec: ObjectSpec, **values: Any) -> Change:
    """A new record with a sample in every field that this actor may write; ``values`` win, ``None`` leaves one out."""
    seed = random.Random(uuid.uuid4().int)
    given = {name: wire for name, wire, _needle in filled(ctx, spec, seed, "", set(values))}
    given |= {name: value for name, value in values.items() if value is not None}
    return change(ctx, spec, None, given)


def filled(
    ctx: Context, spec: ObjectSpec, seed: random.Random, owner: str, without: Iterable[str] = ()
) -> list[tuple[str, Any, str]]:
    """``(field, wire value, needle)`` of the fields that this actor may write. Without ``owner`` no needles."""
    found = []
    whose = ("owner", spec.policy.shared) if isinstance(spec.policy, Owned) else ()
    for name, one in mask.writable(ctx, spec).items():
        if name in {"team", *whose, *without} or one.expands:
            continue
        wire, needle = value_for(ctx, spec, one, seed, owner)
        if wire is not None:
            found.append((name, wire, needle))
    return found


def value_for(ctx: Context, spec: ObjectSpec, one: Field, seed: random.Random, owner: str = "") -> tuple[Any, str]:
    """A wire value for one field, and the needle in it ("" where the type leaves no room for one)."""
    if one.target:
        return visible_reference(ctx, one), ""
    if owner:
        for wire, needle in candidates(f"CNR-{spec.name}-{one.name}-{owner}"):
            if (held := kept(one, wire)) is not None and carries(json.dumps_text(held), needle):
                return held, needle
    return fresh(one, seed), ""


def fresh(one: Field, seed: random.Random) -> Any:
    """A sample in wire form; one that nobody else has, where the field must be unique."""
    if one.unique:
        for wire in (
            f"u-{seed.getrandbits(60):x}",
            f"u-{seed.getrandbits(60):x}@unique.example",
            seed.randrange(10**6, 10**9),
        ):
            if (held := kept(one, wire)) is not None:
                return held
    value = one.type.sample(one, seed)
    return None if one.type.empty(value) else one.type.dump(one, value)


def kept(one: Field, wire: Any) -> Any:
    """What the field makes of this wire value; ``None`` when it refuses."""
    try:
        value = one.type.parse(one, wire)
        one.type.check(one, value)
        return None if one.type.empty(value) else one.type.dump(one, value)
    except (ValueError, TypeError, AttributeError):
        return None


def visible_reference(ctx: Context, one: Field) -> Any:
    """The first record that this actor may see and the field may lead to; ``None`` when there is none."""
    target = ctx.schema.get(one.target)
    if target is None or not may(ctx, target, "read"):
        return None
    rows = read.rows(ctx, target, Query(fields=(target.title,), limit=1, count=False)).rows
    if not rows:
        return None
    several = one.type.kind is Kind.REFERENCE and one.type.name == "references"
    return [str(rows[0].id)] if several else str(rows[0].id)


def mask_role(masks: Mapping[str, str]) -> None:
    """Give Hugo's role these masks (``{"contacts.phone": "hidden"}``)."""
    Role.objects.filter(key="masked").update(masks=dict(masks))
    load.bump()
    forget()
