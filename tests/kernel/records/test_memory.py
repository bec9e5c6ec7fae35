"""What a transaction builds of schema, people and rights goes with it when it is rolled back."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kith.api import Role, change
from kith.kernel.accounts.directory import directory
from kith.kernel.policy.grants import roles_at
from kith.kernel.policy.mask import readable
from kith.kernel.records import shape
from kith.kernel.schema.load import begin_change, bump, current, version


def test_a_snapshot_that_never_came_to_be_is_met_by_nobody(world: Any) -> None:
    with transaction.atomic():
        shape.add_field(world.ctx("ada"), "contacts", "text", {"en": "Phantom"})
        assert "x_phantom" in current()["contacts"].fields
        transaction.set_rollback(True)
    assert "x_phantom" not in current()["contacts"].fields
    shape.add_field(world.ctx("ada"), "contacts", "text", {"en": "Real"})  # the same number as the one rolled back
    assert "x_real" in current()["contacts"].fields
    assert "x_phantom" not in current()["contacts"].fields


def test_people_and_rights_that_were_taken_back(world: Any) -> None:
    ada, olga = world.ctx("ada"), world.people["olga"]
    begun = version()
    with transaction.atomic():
        change(ada, ada.schema["users"], olga, {"name": "Nobody"})
        role = Role.objects.get(key="masked")
        ada = world.ctx("ada")
        change(ada, ada.schema["roles"], role.pk, {"masks": {"contacts.source": "hidden"}})
        assert directory(version()).people[olga].name == "Nobody"
        assert "source" not in readable(world.ctx("hugo"), current()["contacts"])
        transaction.set_rollback(True)
    assert version() == begun
    ada = world.ctx("ada")
    change(ada, ada.schema["users"], world.people["tim"], {"name": "Timothy"})
    ada = world.ctx("ada")
    change(ada, ada.schema["users"], world.people["tim"], {"name": "Tim"})
    assert version() == begun + 2
    assert directory(version()).people[olga].name == "Olga"
    assert not roles_at(version())["masked"].masks
    assert "source" in readable(world.ctx("hugo"), current()["contacts"])


def test_what_is_written_before_the_new_number_is_not_kept_under_the_old_one(world: Any) -> None:
    """Between the first write and the new number a miss of the cache would keep what is not committed."""
    from tests.world import forget

    with transaction.atomic():
        begin_change()
        forget()
        Role.objects.filter(key="member").update(extra=["everything"])
        assert roles_at(version())["member"].extra == {"everything"}
        transaction.set_rollback(True)
    assert roles_at(version())["member"].extra != {"everything"}
    assert bump() > 1
