"""The bytes of stored files: written once under a name nobody can guess, never changed, opened by that name.

They lie in ``DIR/files``, or where ``KITH_FILES_URL`` says: another folder, or a bucket. Who may have them is asked
where the record is that refers to them.
"""

from __future__ import annotations

import uuid
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def put(id: uuid.UUID, content: bytes) -> None:
    """Keep the bytes of a new file."""
    default_storage.save(_name(id), ContentFile(content))


def open(id: uuid.UUID) -> IO[Any] | None:
    """The bytes of a file, to be read and closed; ``None`` when there are none of that name."""
    try:
        return default_storage.open(_name(id), "rb")
    except FileNotFoundError:
        return None


def _name(id: uuid.UUID) -> str:
    return f"{id.hex[-2:]}/{id.hex}"
