"""How often a password may be tried: exact, for accounts and addresses apart, and kept where no restart forgets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from kith.kernel.accounts import limits
from kith.kernel.accounts.models import Try

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_ten_for_an_account_from_anywhere() -> None:
    granted = [limits.password("mara@firm.example", f"192.0.2.{place}") for place in range(30)]
    assert [one is not None for one in granted] == [True] * 10 + [False] * 20


def test_capitals_are_the_same_account() -> None:
    for _place in range(10):
        assert limits.password("Mara@Firm.example ", "192.0.2.1")
    assert limits.password("mara@firm.example", "192.0.2.2") is None


def test_fifty_for_an_address_over_many_accounts() -> None:
    granted = [limits.password(f"user{place}@firm.example", "192.0.2.1") for place in range(60)]
    assert [one is not None for one in granted] == [True] * 50 + [False] * 10
    assert limits.password("another@firm.example", "192.0.2.2")


def test_one_network_of_ipv6_counts_as_one_address() -> None:
    for place in range(50):
        assert limits.password(f"user{place}@firm.example", f"2001:db8::{place:x}")
    assert limits.password("another@firm.example", "2001:db8::ffff") is None
    assert limits.password("another@firm.example", "2001:db8:0:1::1")


def test_no_span_of_fifteen_minutes_holds_more_than_ten() -> None:
    """Five at noon and five after ten minutes: at a quarter past, only the first five are free again."""
    with time_machine.travel(NOON, tick=False) as clock:
        for _place in range(5):
            assert limits.password("mara@firm.example", "192.0.2.1")
        clock.move_to(NOON + timedelta(minutes=10))
        for _place in range(5):
            assert limits.password("mara@firm.example", "192.0.2.1")
        clock.move_to(NOON + timedelta(minutes=15))
        assert sum(limits.password("mara@firm.example", "192.0.2.1") is not None for _place in range(10)) == 5


def test_it_opens_by_itself_and_what_was_refused_does_not_count() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _place in range(10):
            limits.password("mara@firm.example", "192.0.2.1")
        clock.move_to(NOON + timedelta(minutes=14))
        for _place in range(100):
            assert limits.password("mara@firm.example", "192.0.2.1") is None
        clock.move_to(NOON + timedelta(minutes=15))
        assert limits.password("mara@firm.example", "192.0.2.1")


def test_the_right_password_gives_its_attempt_back() -> None:
    for _place in range(200):
        taken = limits.password("mara@firm.example", "192.0.2.1")
        assert taken
        taken.give_back()
    assert Try.objects.count() == 0


def test_codes_are_five_and_each_opens_once() -> None:
    assert [limits.code("u1") is not None for _place in range(7)] == [True] * 5 + [False] * 2
    assert limits.code("u2")
    assert limits.once("u1", "123456")
    assert not limits.once("u1", "123456")
    assert limits.once("u2", "123456")


def test_nothing_that_was_typed_is_kept() -> None:
    limits.password("mara@firm.example", "192.0.2.77")
    limits.once("u1", "123456")
    kept = " ".join(Try.objects.values_list("key", flat=True))
    assert "mara" not in kept and "192.0.2.77" not in kept and "123456" not in kept


def test_the_night_drops_what_counts_no_more() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        limits.password("mara@firm.example", "192.0.2.1")
        clock.move_to(NOON + timedelta(minutes=16))
        assert limits.tidy.function(None, None) == 2
    assert not Try.objects.exists()
