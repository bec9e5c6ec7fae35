"""A stored file, by its reference. The bytes lie elsewhere (``outside.files``), where rights are asked again."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop

from kith.kernel.fields.base import Field, FieldType, field_type
from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.fields.kinds import Kind
from kith.kernel.kit import json
from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.locale import NEUTRAL, Locale
from kith.kernel.kit.text import clean

LONGEST_NAME: Final = 200
LARGEST: Final = 2**53
UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file. ``size`` in bytes; ``type`` is its media type, as found when it was stored."""

    id: uuid.UUID
    name: str
    size: int = 0
    type: str = UNKNOWN


@field_type
class StoredFile(FieldType):
    """``{"id", "name", "size", "content_type"}`` on the wire. Nothing here says that the file exists."""

    name, kind, icon = "file", Kind.JSON, "paperclip"

    def parse(self, field: Field, raw: Any, locale: Locale = NEUTRAL) -> FileRef | None:
        if isinstance(raw, str) and raw.strip().startswith("{"):
            raw = json.loads(raw)  # a form can only send a text
        if raw is None or raw == "" or isinstance(raw, FileRef):
            return raw or None
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
        name = " ".join(clean(name).replace("/", " ").replace("\\", " ").split())
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
        }
        return {"type": "object", "properties": parts, "required": ["id", "name"], "additionalProperties": False}

    def sample(self, field: Field, random: random.Random) -> FileRef:
        name = random.choice(("offer.pdf", "合同.docx", "logo.svg"))
        return FileRef(
            uuid.UUID(int=random.getrandbits(128), version=4), name, random.randrange(1, 10**6), "application/pdf"
        )

    def check(self, field: Field, value: Any) -> None:
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


def _not_a_file() -> Unreadable:
    return Unreadable("not_a_file", gettext_noop("Expected a stored file with id and name"))
