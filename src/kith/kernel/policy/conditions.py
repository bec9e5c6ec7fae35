"""Conditions of a role: a filter tree that narrows what its rights reach, in the one grammar.

A condition is written by an administrator about the record's own columns and those of records it leads to, whatever
the actor may see of them; so it is compiled with a sight of its own that masks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit.errors import gettext_noop
from kith.kernel.policy.grants import RoleRights
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import BadFilter, from_json
from kith.kernel.schema.spec import ObjectSpec


@dataclass(frozen=True, slots=True)
class PolicySight:
    """All fields and living rows; no side tables, since a condition is asked for every row of every list."""

    def field(self, spec: ObjectSpec, name: str) -> Field | None:
        return spec.fields.get(name)

    def fields(self, spec: ObjectSpec) -> Sequence[Field]:
        return tuple(spec.fields.values())

    def rows(self, spec: ObjectSpec) -> QuerySet[Model]:
        return spec.model._default_manager.filter(deleted_at=None, **spec.scope)

    def titled(self, spec: ObjectSpec, text: str) -> Any:
        raise BadFilter(
            "not_in_a_condition", gettext_noop("“%(field)s” cannot be used in the condition of a role"), field=text
        )

    def words(self, spec: ObjectSpec, text: str) -> Q:
        raise BadFilter(
            "not_in_a_condition", gettext_noop("“%(field)s” cannot be used in the condition of a role"), field=text
        )

    def aside(self, spec: ObjectSpec, field: Field, op: str, value: Any) -> Q:
        raise BadFilter(
            "not_in_a_condition",
            gettext_noop("“%(field)s” cannot be used in the condition of a role"),
            field=field.name,
        )


def check(ctx: Context, spec: ObjectSpec, raw: Any) -> None:
    """Whether ``raw`` would do as a condition on ``spec``. Raises :class:`Unreadable` naming what would not.

    Asked before it is saved: a condition that cannot be compiled lets nothing through, and nobody would know why.
    """
    Compiler(ctx, PolicySight()).q(spec, from_json(raw))


def condition(ctx: Context, spec: ObjectSpec, role: RoleRights, verb: str) -> Q | None:
    """The condition that ``role`` puts on ``verb``, as ``Q``; ``None`` when there is none.

    One that can no longer be read (its field has gone) lets nothing through: rights fail closed.
    """
    by_verb = role.conditions.get(spec.name) or {}
    raw = by_verb.get(verb) or by_verb.get("*")
    if not raw:
        return None
    try:
        return Compiler(ctx, PolicySight()).q(spec, from_json(raw))
    except BadFilter:
        return Q(pk__in=())
