"""Filters mean what the oracle says, for everybody, and give nothing away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from kith.kernel.accounts.context import Context
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import And, BadFilter, Is, Not, Or, Tree, Words, from_json, to_json
from kith.kernel.records import read
from kith.kernel.records.sight import ActorSight

from tests.kernel.query import plenty
from tests.kernel.query.oracle import Oracle
from tests.kernel.query.trees import trees

ACTORS = ("system", "olga", "tim", "stella", "ada")


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: Any) -> Iterator[plenty.Plenty]:
    from django.db import connection, transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield plenty.build()
        transaction.set_rollback(True)
    plenty.forget()
    connection.close()


@pytest.fixture
def made(_made: plenty.Plenty, db: None) -> plenty.Plenty:
    return _made


def found(ctx: Context, tree: Tree, object: str = "samples") -> set[Any]:
    spec = ctx.schema[object]
    sight = ActorSight(ctx)
    return set(sight.rows(spec).filter(Compiler(ctx, sight).q(spec, tree)).values_list("pk", flat=True))


def oracle(made: plenty.Plenty, name: str) -> Oracle:
    ctx = made.ctx(name)
    visible = {object: made.rows(name, object) for object in ("samples", "companies", "contacts", "users")}
    targets = {(spec.name, one.name): one.target for spec in ctx.schema for one in spec.fields.values() if one.target}
    return Oracle(visible, targets, ctx.actor.user)


@pytest.mark.parametrize("name", ACTORS)
def test_every_tree_finds_what_the_oracle_finds(made: plenty.Plenty, name: str) -> None:
    ctx, truth = made.ctx(name), oracle(made, name)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees(made))
    def holds(tree: Tree) -> None:
        note(str(to_json(tree)))
        assert found(ctx, tree) == truth.found("samples", tree)
        assert found(ctx, Not(tree)) == truth.found("samples", Not(tree))
        assert found(ctx, tree) | found(ctx, Not(tree)) == set(truth.visible["samples"])

    holds()
