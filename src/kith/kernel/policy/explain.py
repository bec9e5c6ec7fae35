"""Who can see this, and why; and what can this person reach. Answered from the same branches that the lists use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.directory import Person, directory
from kith.kernel.policy import mask
from kith.kernel.policy.rows import Branch, branches, may
from kith.kernel.schema.spec import ObjectSpec


@dataclass(frozen=True, slots=True)
class Access:
    """What one person may do with one record: per verb the branch that lets them (its ``role`` and ``reason``)."""

    person: Person
    verbs: dict[str, Branch]
    hidden: tuple[str, ...]  # fields of the record that they do not see


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one person reaches on one object: per verb all branches, and the fields that are hidden or read-only."""

    spec: ObjectSpec
    verbs: dict[str, tuple[Branch, ...]]
    hidden: tuple[str, ...]
    fixed: tuple[str, ...]


def as_person(ctx: Context, person: Person) -> Context | None:
    """The context that this person would have; ``None`` for one who is deactivated."""
    actor = directory(ctx.schema.version).actor(person.id)
    return None if actor is None else ctx.with_(actor=actor)


def who(ctx: Context, spec: ObjectSpec, row: Any) -> Iterator[Access]:
    """Everybody who can see a loaded record, by name, with the reason for each verb.

    ``row`` is an instance that the caller has read under their own rights. Costs no query unless a role has a
    condition.
    """
    people = directory(ctx.schema.version).people.values()
    for person in sorted(people, key=lambda one: one.name):
        theirs = as_person(ctx, person)
        if theirs is None:
            continue
        verbs = {verb: branch for verb in sorted(spec.verbs) if (branch := _lets(theirs, spec, verb, row)) is not None}
        if "read" in verbs:
            yield Access(person, verbs, _hidden(theirs, spec))


def reached(ctx: Context, person: Person) -> list[Reached]:
    """All objects that a person reaches, with every branch: the other direction of ``who``."""
    theirs = as_person(ctx, person)
    if theirs is None:
        return []
    return [
        Reached(
            spec,
            {verb: branches(theirs, spec, verb) for verb in sorted(spec.verbs) if may(theirs, spec, verb)},
            _hidden(theirs, spec),
            tuple(
                name for name, one in spec.fields.items() if one.editable and name not in mask.writable(theirs, spec)
            ),
        )
        for spec in ctx.schema
        if may(theirs, spec, "read")
    ]


def _lets(theirs: Context, spec: ObjectSpec, verb: str, row: Any) -> Branch | None:
    return next((one for one in branches(theirs, spec, verb) if one.holds(row)), None)


def _hidden(theirs: Context, spec: ObjectSpec) -> tuple[str, ...]:
    shown = mask.readable(theirs, spec)
    return tuple(name for name, one in spec.fields.items() if name not in shown and not one.write_only)
