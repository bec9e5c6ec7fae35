"""The company's people, teams and roles as one cached picture, so that a request needs no query to know its actor.

It is keyed by the schema version: whoever changes a user, a team or a role bumps it, and every process sees the
change at its next request. Memory is about 400 bytes a user.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings

from kith.kernel.accounts.context import Actor, Context
from kith.kernel.accounts.models import Organisation, Team, User
from kith.kernel.kit.locale import Locale
from kith.kernel.schema.memory import Memory


@dataclass(frozen=True, slots=True)
class Person:
    """What every page needs of a user."""

    id: uuid.UUID
    name: str
    email: str
    language: str
    time_zone: str
    team: uuid.UUID | None
    roles: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Company:
    """What every page needs of the organisation; the settings of the installation until somebody has set it up."""

    id: uuid.UUID | None = None
    name: str = "Kith"
    logo: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    country: str = "US"
    currency: str = "USD"
    week_start: int = 0
    fiscal_start: int = 1


@dataclass(frozen=True, slots=True)
class Directory:
    """The company, its people and teams at one version."""

    version: int
    company: Company
    people: dict[uuid.UUID, Person]
    teams: dict[uuid.UUID, tuple[str, uuid.UUID | None]]  # id -> name, parent
    below: dict[uuid.UUID, tuple[uuid.UUID, ...]]  # team -> itself and all teams under it

    def actor(self, user: uuid.UUID) -> Actor | None:
        """The user as an actor; ``None`` when unknown or deactivated."""
        person = self.people.get(user)
        if person is None or not person.active:
            return None
        teams = self.below.get(person.team, ()) if person.team else ()
        return Actor("user", person.id, person.name, person.id, person.team, teams, person.roles)

    def locale(self, user: uuid.UUID | None = None) -> Locale:
        """How this person reads and writes values; without one, how the company does."""
        firm, person = self.company, self.people.get(user) if user else None
        return Locale(
            language=(person and person.language) or firm.language,
            time_zone=(person and person.time_zone) or firm.time_zone,
            region=firm.country,
            currency=firm.currency,
            week_start=firm.week_start,
            fiscal_start=firm.fiscal_start,
        )


def directory(version: int) -> Directory:
    """The directory of that schema version; three queries when it is new to this process, else none."""
    return _memory.at(version)


def forget() -> None:
    """Drop the cached directory: for tests that change users behind its back."""
    _memory.forget()


def _load(version: int) -> Directory:
    rows = User.objects.values_list(
        "id", "name", "email", "language", "time_zone", "team_id", "roles", "is_active", "deleted_at"
    )
    people = {row[0]: Person(*row[:6], roles=tuple(row[6]), active=row[7] and row[8] is None) for row in rows}
    teams: dict[uuid.UUID, tuple[str, uuid.UUID | None]] = {
        id: (name, parent)
        for id, name, parent in Team.objects.filter(deleted_at=None).values_list("id", "name", "parent_id")
    }
    return Directory(version, _company(), people, teams, _below(teams))


_memory = Memory(_load)


def _company() -> Company:
    row = Organisation.objects.values_list(
        "id", "name", "logo", "language", "time_zone", "country", "currency", "week_start", "fiscal_start"
    ).first()
    if row is not None:
        return Company(*row)
    return Company(
        language=settings.LANGUAGE_CODE,
        time_zone=settings.TIME_ZONE,
        currency=getattr(settings, "KITH_CURRENCY", "") or "USD",
    )


def _below(teams: dict[uuid.UUID, tuple[str, uuid.UUID | None]]) -> dict[uuid.UUID, tuple[uuid.UUID, ...]]:
    below: dict[uuid.UUID, list[uuid.UUID]] = {id: [] for id in teams}
    for id in teams:
        above: uuid.UUID | None = id
        seen: set[uuid.UUID] = set()
        while above is not None and above in teams and above not in seen:
            seen.add(above)
            below[above].append(id)
            above = teams[above][1]
    return {id: tuple(found) for id, found in below.items()}


def acting_as(ctx: Context, user: uuid.UUID) -> Context | None:
    """``ctx`` in the name and with the rights of that user; ``None`` when unknown or deactivated."""
    held = directory(ctx.schema.version)
    actor = held.actor(user)
    return None if actor is None else ctx.with_(actor=actor, locale=held.locale(user))


def members(ctx: Context, team: uuid.UUID) -> list[Person]:
    """The active people of one team, not of those below it. No query."""
    return [one for one in directory(ctx.schema.version).people.values() if one.active and one.team == team]


def by_email(ctx: Context, email: str) -> Person | None:
    """Whoever has this address, also in the bin, whatever its case. No query."""
    wanted = email.strip().casefold()
    return next((one for one in directory(ctx.schema.version).people.values() if one.email.casefold() == wanted), None)


def holders(ctx: Context, role: str) -> list[Person]:
    """The active people who have a role, by its key. No query."""
    return [one for one in directory(ctx.schema.version).people.values() if one.active and role in one.roles]


def teams_below(ctx: Context, team: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """The teams under this one at any depth, without itself. No query."""
    return tuple(one for one in directory(ctx.schema.version).below.get(team, ()) if one != team)
