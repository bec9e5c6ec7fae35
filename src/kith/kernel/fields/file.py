"""A stored file, by its reference. The bytes lie elsewhere (``outside.files``), where rights are asked again.

A new file is written by its name and its bytes; ``records.change`` stores those and keeps the reference.
"""

from __future__ import annotations

import base64
import binascii
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part_of
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.sniff import HEAD, UNKNOWN, media_type
from kith.kernel.kit.text import clean

LONGEST_NAME: Final = 200
LARGEST: Final = 2**53
LARGEST_NEW: Final = 25_000_000
"""Bytes of a file that is brought: it is held in memory on its way."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file. ``size`` in bytes; ``type`` is its media type, as found when it was stored; ``content`` are the
    bytes of one that is not stored yet.
    """

    id: uuid.UUID
    name: str
    size: int = 0
    type: str = UNKNOWN
    content: bytes | None = part_of(default=None, repr=False, compare=False)


@field_type
class StoredFile(FieldType):
    """``{"id", "name", "size", "content_type"}`` on the wire. Nothing here says that the file exists.

    A new one is ``{"name", "content"}``, the bytes in base64; its id is random, since whoever knows it may refer to it.
    """

    name, kind, icon = "file", Kind.JSON, "paperclip"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> FileRef | None:
        if isinstance(raw, str) and raw.strip().startswith("{"):
            raw = json.loads(raw)  # a form can only send a text
        if raw is None or raw == "" or isinstance(raw, FileRef):
            return raw or None
        if isinstance(raw, Mapping) and "content" in raw:
            return _brought(raw)
        if not isinstance(raw, Mapping) or not set(raw) <= {"id", "name", "size", "content_type"}:
            raise _not_a_file()
        name, size, type = raw.get("name"), raw.get("size", 0), raw.get("content_type") or UNKNOWN
        if (
            not isinstance(name, str)
            or not isinstance(type, str)
            or isinstance(size, bool)
            or not isinstance(size, int)
        ):
            raise _not_a_file()
        try:
            id = raw["id"] if isinstance(raw.get("id"), uuid.UUID) else uuid.UUID(raw.get("id"))
        except (ValueError, TypeError, AttributeError) as error:
            raise _not_a_file() from error
        name = _named(name)
        if not name or not 0 <= size <= LARGEST:
            raise _not_a_file()
        return FileRef(id, name, size, clean(type)[:100])

    def dump(self, field: Field, value: Any) -> dict[str, Any] | None:
        return (
            None
            if value is None
            else {"id": str(value.id), "name": value.name, "size": value.size, "content_type": value.type}
        )

    def display(self, field: Field, value: Any, locale: Locale) -> str:
        return value.name if value else ""

    def form_widget(self, field: Field) -> str:
        return "file"

    def sort_expr(self, field: Field, prefix: str = "") -> None:
        return None

    def search_text(self, field: Field, value: Any) -> str:
        return value.name if value else ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "id": {"type": "string", "format": "uuid"},
            "name": {"type": "string", "maxLength": LONGEST_NAME},
            "size": {"type": "integer", "minimum": 0},
            "content_type": {"type": "string"},
            "content": {
                "type": "string",
                "contentEncoding": "base64",
                "writeOnly": True,
                "description": "The bytes of a new file, beside its name alone.",
            },
        }
        return {"type": "object", "properties": parts, "required": ["name"], "additionalProperties": False}

    def sample(self, field: Field, random: random.Random) -> FileRef:
        name = random.choice(("offer.pdf", "合同.docx", "logo.svg"))
        return FileRef(
            uuid.UUID(int=random.getrandbits(128), version=4), name, random.randrange(1, 10**6), "application/pdf"
        )

    def check(self, field: Field, value: Any) -> None:
        if value.content is not None and value.size > LARGEST_NEW:
            raise Unreadable(
                "too_large", gettext_noop("At most %(most)s MB; this file is larger"), most=LARGEST_NEW // 1_000_000
            )
        if (length := len(value.name)) > LONGEST_NAME:
            raise Unreadable(
                "too_long",
                gettext_noop("At most %(most)s characters; this has %(length)s"),
                most=LONGEST_NAME,
                length=length,
            )


class StoredFileField(JSONColumn):
    """``logo = StoredFileField(_("Logo"))``: the reference to one file."""

    kith_type = "file"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, **options})


def _brought(raw: Mapping[str, Any]) -> FileRef:
    """A file that is not stored yet: its name, and its bytes (a form's) or those in base64 (a program's)."""
    name, content = raw.get("name"), raw["content"]
    if set(raw) != {"name", "content"} or not isinstance(name, str) or not isinstance(content, str | bytes):
        raise _not_a_file()
    if isinstance(content, str):
        try:
            content = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unreadable("not_base64", gettext_noop("Expected the content of a file in base64")) from error
    if not (name := _named(name)):
        raise _not_a_file()
    return FileRef(uuid.uuid4(), name, len(content), media_type(content[:HEAD], name), content)


def _named(name: str) -> str:
    return " ".join(clean(name).replace("/", " ").replace("\\", " ").split())


def _not_a_file() -> Unreadable:
    return Unreadable("not_a_file", gettext_noop("Expected a file: name and content, or id and name of a stored one"))
