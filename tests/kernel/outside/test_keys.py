"""Values that lie encrypted: they open only where they were made for, and with a key that is still among ours."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kith.kernel.outside import keys

TEXT = "JBSWY3DPEHPK3PXP 林悦"


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> Any:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a" * 50, []
    return settings


def test_it_comes_back_and_never_looks_the_same() -> None:
    first, second = keys.encrypt(TEXT, "factors", "user 1"), keys.encrypt(TEXT, "factors", "user 1")
    assert first != second
    assert keys.decrypt(first, "factors", "user 1") == keys.decrypt(second, "factors", "user 1") == TEXT
    assert "JBSW" not in first and first.isascii()


@pytest.mark.parametrize(("purpose", "place"), [("factors", "user 2"), ("factors", ""), ("tokens", "user 1")])
def test_it_opens_nowhere_else(purpose: str, place: str) -> None:
    with pytest.raises(keys.Unopenable):
        keys.decrypt(keys.encrypt(TEXT, "factors", "user 1"), purpose, place)


def test_what_was_altered_is_an_error_and_not_another_text() -> None:
    version, key, body = keys.encrypt(TEXT, "factors").split(".")
    raw = base64.urlsafe_b64decode(body)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(keys.Unopenable):
            keys.decrypt(f"{version}.{key}.{base64.urlsafe_b64encode(changed).decode()}", "factors")
    for wrong in ("", "k1", "k1..", f"k2.{key}.{body}", f"k1.{key}.", f"k1.{key}.äö", TEXT):
        with pytest.raises(keys.Unopenable):
            keys.decrypt(wrong, "factors")


def test_after_a_change_of_keys_the_old_one_still_opens(secrets: Any) -> None:
    old, found = keys.encrypt(TEXT, "factors"), keys.blind("mara@example.com", "mail")
    assert keys.is_current(old)
    secrets.SECRET_KEY, secrets.SECRET_KEY_FALLBACKS = "b" * 50, ["a" * 50]
    assert keys.decrypt(old, "factors") == TEXT
    assert not keys.is_current(old) and keys.is_current(keys.encrypt(TEXT, "factors"))
    assert found in keys.blinds("mara@example.com", "mail") and found != keys.blind("mara@example.com", "mail")
    secrets.SECRET_KEY_FALLBACKS = []
    with pytest.raises(keys.Unopenable):
        keys.decrypt(old, "factors")


def test_a_blind_index_is_the_same_for_the_same_text_and_purpose() -> None:
    assert keys.blind("a", "mail") == keys.blind("a", "mail")
    assert len({keys.blind("a", "mail"), keys.blind("b", "mail"), keys.blind("a", "phone")}) == 3
