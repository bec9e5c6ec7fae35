"""The one-time link that opens a fresh installation: whoever can read the data folder or the console makes the first
user.

The page behind it must also ask :func:`needed`, make the user, and call :func:`burn` in the same request.
"""

from __future__ import annotations

import hmac
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

from kith.kernel.kit.secret_file import keep_secret

LENGTH = 43  # characters of base64: 256 bits


def needed() -> bool:
    """Whether nobody can sign in yet; one query."""
    users = get_user_model()._default_manager
    return not users.exists()


def setup_url() -> str:
    """The link, with a token made on first call and kept in ``DIR/setup_token`` (mode 0600) until it is used."""
    return f"{settings.KITH_BASE_URL}/setup?token={keep_secret(_file(), LENGTH)}"


def check_setup_token(token: str) -> bool:
    """Whether this is the token; looking does not use it up, since mail scanners look, too."""
    try:
        kept = _file().read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    return bool(kept) and hmac.compare_digest(kept.encode(), token.encode())


def burn() -> bool:
    """Use the token up. True for exactly one caller, so that two people with the link cannot both become the first
    user.
    """
    try:
        _file().unlink()
    except FileNotFoundError:
        return False
    return True


def _file() -> Path:
    return Path(settings.KITH_DATA) / "setup_token"
