"""Secrets that Kith makes for itself and keeps beside its data: the key that signs cookies, the one-time set-up
token.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path


def keep_secret(path: Path, length: int) -> str:
    """The secret in that file; made on first use. Two processes that start together end up with the same one."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(length)[:length] + "\n")
        os.link(made, path)  # never overwrites: whoever links first wins
    except FileExistsError:
        pass
    finally:
        os.unlink(made)
    return path.read_text(encoding="ascii").strip()


def write_secret(path: Path, secret: str) -> None:
    """Put that secret in the file, whole or not at all, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    os.replace(made, path)
