"""The one refusal of the kit."""

from __future__ import annotations

from kith.kernel.kit.errors import Unreadable


def test_says_code_message_and_parameters() -> None:
    refusal = Unreadable("no_such_day", "%(month)s has no day %(day)s", month="February", day=31)
    assert isinstance(refusal, ValueError)
    assert (refusal.code, refusal.params) == ("no_such_day", {"month": "February", "day": 31})
    assert str(refusal) == "February has no day 31"
    assert str(Unreadable("x", "100 % sure")) == "100 % sure"
