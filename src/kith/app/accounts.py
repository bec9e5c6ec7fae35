"""How Django and allauth sign people in here: the password hash, who may sign up (nobody), and second factors kept
encrypted.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: Django's 100 MiB would let four sign-ins at once fill a small
    machine.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class AccountAdapter(DefaultAccountAdapter):
    """People are invited; nobody makes an account by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MFAAdapter(DefaultMFAAdapter):
    """allauth keeps second-factor seeds as they are; here they are encrypted under the secret key."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


@cache
def _box() -> MultiFernet:
    """Encrypts with today's key, also opens what the fallbacks closed."""
    keys: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"kith second factors")
    return urlsafe_b64encode(kdf.derive(secret.encode()))
