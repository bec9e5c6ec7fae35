"""UUIDv7: order, layout, time and repeatability."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.ids import id_at, identity, moment_of, new_id


def test_layout_is_rfc_9562() -> None:
    id = new_id()
    assert (id.version, id.variant) == (7, RFC_4122)
    assert abs(moment_of(id) - datetime.now(UTC)) < timedelta(minutes=1)


def test_grows_also_when_the_clock_stands_or_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    for nanoseconds in (1, 10**9):  # 1970: far behind the ids made so far
        monkeypatch.setattr("kith.kernel.kit.ids.time.time_ns", lambda now=nanoseconds: now)
        made = [new_id() for _ in range(5000)]
        assert made == sorted(made)
        assert before < made[0]
        before = made[-1]


def test_unique_and_growing_across_threads() -> None:
    made: list[list[UUID]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda own=own: own.extend(new_id() for _ in range(3000))) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    stamps = [id.int >> 64 for own in made for id in own]
    assert len(set(stamps)) == 12_000  # distinct before the random part


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    id = id_at(moment)
    assert id.version == 7
    assert moment_of(id) == moment


def test_seed_repeats_and_order_follows_time() -> None:
    moment = datetime(2021, 4, 16, 0, 2, tzinfo=UTC)
    assert id_at(moment, random.Random(1)) == id_at(moment, random.Random(1)) != id_at(moment, random.Random(2))
    assert id_at(moment) < id_at(moment + timedelta(milliseconds=1)) < new_id()


def test_before_1970_counts_as_1970() -> None:
    assert moment_of(id_at(datetime(1955, 1, 1, tzinfo=UTC))) == datetime(1970, 1, 1, tzinfo=UTC)


def test_naive_moment_and_other_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        id_at(datetime(2021, 1, 1))
    with pytest.raises(Unreadable):
        moment_of(uuid4())
    with pytest.raises(Unreadable):  # beyond the year 9999
        moment_of(UUID(int=(2**48 - 1) << 80 | 7 << 76 | 2 << 62))


def test_identity_of_what_is_none() -> None:
    id = new_id()
    assert identity(id) is id and identity(str(id)) == id and identity(id.hex) == id
    assert [identity(one) for one in (None, "", 5, "new", [id], f"{id}x")] == [None] * 6
