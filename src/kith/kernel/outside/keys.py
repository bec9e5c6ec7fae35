"""Encryption of single values under the secret key, and look-ups of values that only lie there encrypted.

AES-256-GCM, a key of its own for each purpose (HKDF of the secret key), and the value bound to the place where it lies,
so that a ciphertext copied to another row does not open. Each carries the id of its key: after the secret key was
changed, what the old one closed still opens as long as that one is among ``SECRET_KEY_FALLBACKS``.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION: Final = "k1"
NONCE: Final = 12


class Unopenable(ValueError):
    """The value was closed with a key that is not here, lies in another place than it was made for, or was altered."""


def encrypt(text: str, purpose: str, place: str = "") -> str:
    """``k1.<key id>.<base64>``. The same text gives another ciphertext each time. ``place`` is needed again to
    open it.
    """
    secret, nonce = _secrets()[0], os.urandom(NONCE)
    body = AESGCM(_key(secret, purpose)).encrypt(nonce, text.encode(), _bound(purpose, place))
    return f"{VERSION}.{_id(secret)}.{urlsafe_b64encode(nonce + body).decode()}"


def decrypt(sealed: str, purpose: str, place: str = "") -> str:
    """The text. Raises :class:`Unopenable`."""
    version, _dot, rest = sealed.partition(".")
    key_id, _dot, body = rest.partition(".")
    secret = next((one for one in _secrets() if _id(one) == key_id), None)
    if version != VERSION or secret is None:
        raise Unopenable("closed with a key that is not here")
    try:
        raw = urlsafe_b64decode(body)
        return AESGCM(_key(secret, purpose)).decrypt(raw[:NONCE], raw[NONCE:], _bound(purpose, place)).decode()
    except (InvalidTag, ValueError) as error:
        raise Unopenable("altered, or not of this place") from error


def is_current(sealed: str) -> bool:
    """Whether it was closed with today's key; else it is due to be closed anew."""
    return sealed.startswith(f"{VERSION}.{_id(_secrets()[0])}.")


def blind(text: str, purpose: str) -> str:
    """What an encrypted value is found by: its HMAC, the same for the same text, under a key of its own."""
    return _blind(_secrets()[0], text, purpose)


def blinds(text: str, purpose: str) -> list[str]:
    """The same under every key that is here, today's first: to look up what was written before a change of keys."""
    return [_blind(secret, text, purpose) for secret in _secrets()]


def _blind(secret: str, text: str, purpose: str) -> str:
    return hmac.new(_key(secret, f"blind {purpose}"), text.encode(), hashlib.sha256).hexdigest()


def _secrets() -> list[str]:
    return [str(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _bound(purpose: str, place: str) -> bytes:
    return f"{VERSION}\0{purpose}\0{place}".encode()


@lru_cache(maxsize=64)
def _id(secret: str) -> str:
    return _derive(secret, "key id").hex()[:8]


@lru_cache(maxsize=64)
def _key(secret: str, purpose: str) -> bytes:
    return _derive(secret, f"use {purpose}")


def _derive(secret: str, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kith {info}".encode()).derive(secret.encode())
