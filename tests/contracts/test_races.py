"""Threads against one database: connections of their own, so no transaction round the test."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from kith.kernel.events.models import Event
from kith.kernel.records import read
from kith.kernel.records.change import change
from kith.kernel.records.errors import Conflict, Invalid, Refusal
from kith.kernel.schema import registry
from kith.kernel.schema.introspect import fields_of
from tests.world import World, acceptable, build

THREADS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def together(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """What each of the threads got, or the refusal that it met; all begin at once."""
    gate = Barrier(count)

    def one(place: int) -> Any:
        gate.wait(30)
        try:
            return work(place)
        except Refusal as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def company(transactional_db: None) -> World:
    return build()


def unique_fields() -> list[tuple[str, str]]:
    """Every field of any object in which two records may not hold the same."""
    return [
        (spec.name, name)
        for spec in registry.declared()
        if "create" in spec.verbs
        for name, one in fields_of(spec, {}).items()
        if one.unique and one.editable
    ]


def test_there_are_unique_fields() -> None:
    assert {("samples", "serial"), ("users", "email")} <= set(unique_fields())


@pytest.mark.parametrize(("object", "name"), unique_fields())
def test_a_unique_value_is_taken_once(company: World, object: str, name: str) -> None:
    """Twenty people make a record with the same value: one succeeds, nineteen are told, and nothing else is left."""
    values = acceptable(company.ctx("ada"), object)
    ctxs = [company.ctx("ada") for _ in range(THREADS)]
    spec = ctxs[0].schema[object]
    before = spec.model._default_manager.count()
    answers = together(lambda place: change(ctxs[place], spec, None, values))
    made = [one for one in answers if not isinstance(one, Refusal)]
    assert len(made) == 1
    refused = [one for one in answers if isinstance(one, Refusal)]
    assert {type(one) for one in refused} == {Invalid}
    if connection.vendor == "sqlite":  # its writers stand in line, so each sees what the one before left
        assert {said.field for one in refused for said in one.complaints} >= {name}
    assert spec.model._default_manager.count() == before + 1
    assert Event.objects.filter(object=object, record=made[0].id).count() == 1


def test_no_update_is_lost(company: World) -> None:
    """Twenty people save over the same version: one wins, the others are shown the conflict; then each tries again and
    gets in.
    """
    spec = company.ctx("olga").schema["contacts"]
    id = company.records["contacts", "olga"]
    ctxs = [company.ctx("olga") for _ in range(THREADS)]
    start = read.one(ctxs[0], spec, id).rows[0].version
    answers = together(lambda place: change(ctxs[place], spec, id, {"job_title": f"Gull {place}"}, expect=start))
    assert sum(not isinstance(one, Refusal) for one in answers) == 1
    assert all(isinstance(one, Conflict) for one in answers if isinstance(one, Refusal))

    def persist(place: int) -> int:
        tries = 0
        while True:
            tries += 1
            now = read.one(ctxs[place], spec, id).rows[0].version
            try:
                change(ctxs[place], spec, id, {"source": f"{place}"}, expect=now)
                return tries
            except Conflict:
                continue

    together(persist)
    assert read.one(company.ctx("olga"), spec, id).rows[0].version == start + 1 + THREADS
    versions = [entry for entry in Event.objects.filter(object="contacts", record=id, verb="updated")]
    assert len(versions) >= 1 + THREADS
