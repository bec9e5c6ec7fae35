"""The chain: sealed in order, whole, and every way of tampering with it is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kith.kernel.events import sealer
from kith.kernel.events.chain import HEAD
from kith.kernel.events.models import Event, Seal
from kith.kernel.events.record import erase, event
from kith.kernel.events.sealer import ensure_sealed, seal, seal_all, sealed_to
from kith.kernel.events.verify import verify
from kith.kernel.jobs.acting import SYSTEM
from kith.kernel.kit.ids import new_id

pytestmark = pytest.mark.django_db


class Ctx:
    actor, source, request_id, batch = SYSTEM.actor, "test", "r1", None


@pytest.fixture(autouse=True)
def empty(db: None) -> None:
    Event.objects.all().delete()
    Seal.objects.all().delete()


def write(count: int, object: str = "things") -> list[Event]:
    rows = [
        event(Ctx(), object, new_id(), "updated", {"diff": {"n": [n, n + 1]}}, timezone.now()) for n in range(count)
    ]
    return Event.objects.bulk_create(rows)


def test_events_get_their_numbers_in_the_order_of_their_ids() -> None:
    rows = write(25)
    late = event(Ctx(), "things", new_id(), "created", {}, timezone.now())
    write(3)
    assert seal(limit=10) == 10
    assert seal_all() == 18
    assert seal() == 0
    late.save(force_insert=True)  # born before the last three, committed after them
    assert seal() == 1
    assert [Event.objects.get(pk=one.pk).seq for one in rows] == list(range(1, 26))
    assert Event.objects.get(pk=late.pk).seq == 29 == sealed_to()
    found = verify()
    assert found.ok and found.checked == 29


def test_an_empty_log_is_whole() -> None:
    assert verify().ok and verify().checked == 0 and seal() == 0


def test_a_batch_costs_the_same_whatever_its_size() -> None:
    def cost(count: int) -> int:
        write(count)
        with CaptureQueriesContext(connection) as asked:
            assert seal() == count
        return len(
            [
                q
                for q in asked
                if not q["sql"].startswith(
                    ("UPDATE kith_event SET", 'UPDATE "kith_event" SET', "UPDATE `kith_event` SET")
                )
            ]
        )

    cost(1)
    assert cost(3) == cost(300)


def test_a_sealer_that_was_held_up_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    write(5)
    held = sealer._held

    def slowly() -> Seal:
        """Between our look and our write another sealer seals everything."""
        before = held()
        monkeypatch.setattr(sealer, "_held", held)
        assert seal() == 5
        return before

    monkeypatch.setattr(sealer, "_held", slowly)
    assert seal() == 0
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    assert verify().ok


def test_a_sealer_does_not_number_other_events_than_the_one_that_was_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    late = event(Ctx(), "things", new_id(), "created", {}, timezone.now())
    write(1)
    held = sealer._held

    def slowly() -> Seal:
        before = held()
        monkeypatch.setattr(sealer, "_held", held)
        late.save(force_insert=True)
        assert seal(limit=1) == 1
        return before

    monkeypatch.setattr(sealer, "_held", slowly)
    assert seal() == 0
    assert Event.objects.get(seq=1).pk == late.pk and sealed_to() == 1
    assert seal() == 1 and verify().ok


def test_an_event_that_vanishes_while_it_is_sealed_stops_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = write(5)
    held = sealer._held

    def losing() -> Seal:
        Event.objects.filter(pk=rows[2].pk).delete()
        return held()

    monkeypatch.setattr(sealer, "_held", losing)
    assert seal() == 0
    assert sealed_to() == 0 and not Event.objects.exclude(seq=None).exists()
    monkeypatch.setattr(sealer, "_held", held)
    assert seal() == 4 and verify().ok


CHANGED: dict[str, Any] = {
    "id": new_id(), "at": timezone.now() + timedelta(microseconds=1), "actor_kind": "user", "actor": new_id(),
    "actor_name": "Somebody else", "source": "web", "request_id": "r2", "object": "deals", "record": new_id(),
    "verb": "deleted", "batch": new_id(), "undoes": new_id(), "digest": "0" * 64, "salt": b"0" * 16,
    "payload": b'{"diff":{"n":[1,3]}}', "chain": "f" * 64, "seq": 4_000,
}  # fmt: skip


def test_every_column_is_covered() -> None:
    assert (
        set(CHANGED)
        == {field.name for field in Event._meta.fields}
        == {*HEAD, "digest", "salt", "payload", "chain", "seq"}
    )


@pytest.mark.parametrize("column", sorted(CHANGED))
@pytest.mark.parametrize("which", [1, 6, 10])
def test_tampering_with_a_column_is_found(column: str, which: int) -> None:
    write(10)
    seal_all()
    assert verify().ok
    assert Event.objects.filter(seq=which).update(**{column: CHANGED[column]}) == 1
    found = verify()
    assert not found.ok
    assert found.seq == which, found


@pytest.mark.parametrize("column", ["salt", "payload"])
def test_half_an_erasure_is_tampering(column: str) -> None:
    write(3)
    seal_all()
    Event.objects.filter(seq=2).update(**{column: None})
    assert (verify().seq, verify().reason) == (2, "payload altered")


@pytest.mark.parametrize("which", [1, 6, 10])
def test_a_missing_row_is_found(which: int) -> None:
    write(10)
    seal_all()
    Event.objects.filter(seq=which).delete()
    assert (verify().seq, verify().reason) == (which, "missing")


def test_swapped_and_added_rows_are_found() -> None:
    rows = write(6)
    seal_all()
    a, b = (Event.objects.get(seq=n) for n in (2, 5))
    Event.objects.filter(pk=a.pk).update(seq=None)
    Event.objects.filter(pk=b.pk).update(seq=2, chain=a.chain)
    Event.objects.filter(pk=a.pk).update(seq=5, chain=b.chain)
    assert verify().seq == 2
    Event.objects.filter(pk=a.pk).update(seq=None)
    Event.objects.filter(pk=b.pk).update(seq=5, chain=b.chain)
    Event.objects.filter(pk=a.pk).update(seq=2, chain=a.chain)
    assert verify().ok
    fresh = write(1)[0]
    Event.objects.filter(pk=fresh.pk).update(seq=7, chain=rows[0].chain)
    assert (verify().seq, verify().reason) == (7, "beyond the seal")


def test_rows_that_changed_places_with_their_links_are_found() -> None:
    write(6)
    seal_all()
    a, b = (Event.objects.get(seq=n).pk for n in (2, 5))
    Event.objects.filter(pk=a).update(seq=None)
    Event.objects.filter(pk=b).update(seq=2)
    Event.objects.filter(pk=a).update(seq=5)
    assert (verify().seq, verify().reason) == (2, "altered")


def test_a_gap_that_was_closed_is_found() -> None:
    write(6)
    seal_all()
    Event.objects.filter(seq=3).delete()
    for n in (4, 5, 6):
        Event.objects.filter(seq=n).update(seq=n - 1)
    Seal.objects.update(seq=5)
    assert (verify().seq, verify().reason) == (3, "altered")


def test_a_forged_seal_is_found() -> None:
    write(4)
    seal_all()
    Event.objects.filter(seq=4).delete()
    before = Event.objects.get(seq=3)
    Seal.objects.update(seq=3)
    assert verify().reason == "seal altered"
    Seal.objects.update(seq=3, chain=before.chain)  # whoever can write everything can forge everything
    assert verify().ok


def test_erasing_leaves_the_chain_whole_and_nothing_to_guess_from() -> None:
    rows = write(5)
    erase(rows[3])  # also one that is not sealed yet
    seal_all()
    erase(rows[1])
    for one in (rows[1], rows[3]):
        kept = Event.objects.get(pk=one.pk)
        assert kept.salt is None and kept.payload is None and len(kept.digest) == 64
    assert verify().ok and verify().checked == 5


def test_verifying_from_the_middle_believes_what_came_before() -> None:
    write(10)
    seal_all()
    Event.objects.filter(seq=2).update(verb="x")
    assert verify().seq == 2
    assert verify(5).ok and verify(5).checked == 5
    assert verify(10).ok
    Event.objects.filter(seq=8).update(verb="x")
    assert verify(5).seq == 8


def test_a_reader_can_have_sealed_what_was_just_written() -> None:
    write(2)
    ensure_sealed()
    assert sealed_to() == 2
    assert Event.objects.filter(seq=None).count() == 0
